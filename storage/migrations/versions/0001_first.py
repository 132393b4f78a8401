"""The tables of the first release."""

import sqlalchemy as sa
from alembic import op

from storage.tables import Json, UtcDateTime

revision = "0001"
down_revision = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
OPEN_INTERVAL = sa.text("until IS NULL")
OPEN_JOB = sa.text("state IN ('queued', 'running')")


def upgrade() -> None:
    _account()
    _api_key()
    _attempt()
    _event()
    _lease()
    _project()
    _revision()
    _worker()
    _dataset_version()
    _deployment()
    _firing()
    _job()
    _report()
    _schedule()
    _session()
    op.execute("INSERT INTO revision (id, number) VALUES (1, 0)")


def _account() -> None:
    op.create_table(
        "account",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("password_hash", sa.Text(), nullable=False),
        sa.Column("disabled", sa.Boolean(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_account")),
    )


def _api_key() -> None:
    op.create_table(
        "api_key",
        sa.Column("seq", BIG, autoincrement=True, nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("prefix", sa.Text(), nullable=False),
        sa.Column("key_sha256", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("expires_at", UtcDateTime(), nullable=True),
        sa.Column("revoked_at", UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_api_key")),
        sa.UniqueConstraint("id", name=op.f("uq_api_key_id")),
        sa.UniqueConstraint("key_sha256", name=op.f("uq_api_key_key_sha256")),
        sqlite_autoincrement=True,
    )


def _attempt() -> None:
    op.create_table(
        "attempt",
        sa.Column("seq", BIG, autoincrement=True, nullable=False),
        sa.Column("user", sa.Text(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_attempt")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_attempt_user", "attempt", ["user", "at"], unique=False)


def _event() -> None:
    op.create_table(
        "event",
        sa.Column("number", BIG, autoincrement=False, nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("project", sa.Text(), nullable=True),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("details", Json(), nullable=False),
        sa.Column("previous", sa.Text(), nullable=False),
        sa.Column("hash", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_event")),
    )
    op.create_index("ix_event_project", "event", ["project", "number"], unique=False)


def _lease() -> None:
    op.create_table(
        "lease",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("holder", sa.Text(), nullable=False),
        sa.Column("lease_until", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_lease")),
    )


def _project() -> None:
    op.create_table(
        "project",
        sa.Column("seq", BIG, autoincrement=True, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("task", sa.Text(), nullable=False),
        sa.Column("target", sa.Text(), nullable=False),
        sa.Column("positive", sa.Text(), nullable=True),
        sa.Column("id_column", sa.Text(), nullable=True),
        sa.Column("time_column", sa.Text(), nullable=True),
        sa.Column("metric", sa.Text(), nullable=False),
        sa.Column("cost_matrix", Json(), nullable=True),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_project")),
        sa.UniqueConstraint("name", name=op.f("uq_project_name")),
        sqlite_autoincrement=True,
    )


def _revision() -> None:
    op.create_table(
        "revision",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("number", BIG, nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_revision_one_row")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_revision")),
    )


def _worker() -> None:
    op.create_table(
        "worker",
        sa.Column("worker", sa.Text(), nullable=False),
        sa.Column("host", sa.Text(), nullable=False),
        sa.Column("pid", sa.Integer(), nullable=False),
        sa.Column("slots", sa.Integer(), nullable=False),
        sa.Column("leader", sa.Boolean(), nullable=False),
        sa.Column("started_at", UtcDateTime(), nullable=False),
        sa.Column("seen_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("worker", name=op.f("pk_worker")),
    )


def _dataset_version() -> None:
    op.create_table(
        "dataset_version",
        sa.Column("seq", BIG, autoincrement=True, nullable=False),
        sa.Column("project", sa.Text(), nullable=False),
        sa.Column("dataset", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("parquet_sha256", sa.Text(), nullable=False),
        sa.Column("size", BIG, nullable=False),
        sa.Column("rows", BIG, nullable=False),
        sa.Column("columns", Json(), nullable=False),
        sa.Column("profile", Json(), nullable=False),
        sa.Column("reading", Json(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("tags", Json(), nullable=False),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["project"], ["project.name"], name=op.f("fk_dataset_version_project"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_dataset_version")),
        sa.UniqueConstraint("project", "dataset", "number", name=op.f("uq_dataset_version_project_dataset_number")),
        sqlite_autoincrement=True,
    )


def _deployment() -> None:
    op.create_table(
        "deployment",
        sa.Column("id", BIG, autoincrement=True, nullable=False),
        sa.Column("project", sa.Text(), nullable=False),
        sa.Column("alias", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("run_id", sa.Text(), nullable=False),
        sa.Column("bundle_sha256", sa.Text(), nullable=False),
        sa.Column("since", UtcDateTime(), nullable=False),
        sa.Column("until", UtcDateTime(), nullable=True),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["project"], ["project.name"], name=op.f("fk_deployment_project"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deployment")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_deployment_project", "deployment", ["project", "alias", "id"], unique=False)
    op.create_index(
        "uq_deployment_open",
        "deployment",
        ["project", "alias"],
        unique=True,
        sqlite_where=sa.text("until IS NULL"),
        postgresql_where=sa.text("until IS NULL"),
    )


def _firing() -> None:
    op.create_table(
        "firing",
        sa.Column("seq", BIG, autoincrement=True, nullable=False),
        sa.Column("schedule_id", sa.Text(), nullable=False),
        sa.Column("project", sa.Text(), nullable=False),
        sa.Column("slot", UtcDateTime(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("job_id", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("decided_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["project"], ["project.name"], name=op.f("fk_firing_project"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_firing")),
        sa.UniqueConstraint("schedule_id", "slot", name=op.f("uq_firing_schedule_id_slot")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_firing_project", "firing", ["project", "slot"], unique=False)


def _job() -> None:
    op.create_table(
        "job",
        sa.Column("seq", BIG, autoincrement=True, nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("project", sa.Text(), nullable=True),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("payload", Json(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.Column("key", sa.Text(), nullable=True),
        sa.Column("engine", sa.Text(), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("max_attempts", sa.Integer(), nullable=False),
        sa.Column("token", sa.Integer(), nullable=False),
        sa.Column("worker", sa.Text(), nullable=True),
        sa.Column("lease_until", UtcDateTime(), nullable=True),
        sa.Column("cancel_requested", sa.Boolean(), nullable=False),
        sa.Column("timeout_s", sa.Integer(), nullable=False),
        sa.Column("memory_mb", sa.Integer(), nullable=False),
        sa.Column("stage", sa.Text(), nullable=False),
        sa.Column("fraction", sa.Float(), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("result", Json(), nullable=True),
        sa.Column("error_code", sa.Text(), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("cause", Json(), nullable=True),
        sa.Column("process", Json(), nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("started_at", UtcDateTime(), nullable=True),
        sa.Column("finished_at", UtcDateTime(), nullable=True),
        sa.CheckConstraint(
            "state IN ('queued', 'running', 'succeeded', 'failed', 'cancelled')", name=op.f("ck_job_state")
        ),
        sa.CheckConstraint("fraction >= 0 AND fraction <= 1", name=op.f("ck_job_fraction")),
        sa.ForeignKeyConstraint(["project"], ["project.name"], name=op.f("fk_job_project"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_job")),
        sa.UniqueConstraint("id", name=op.f("uq_job_id")),
        sa.UniqueConstraint("key", name=op.f("uq_job_key")),
        sqlite_autoincrement=True,
    )
    op.create_index(
        "ix_job_open",
        "job",
        ["engine", sa.literal_column("priority DESC"), "seq"],
        unique=False,
        sqlite_where=sa.text("state IN ('queued', 'running')"),
        postgresql_where=sa.text("state IN ('queued', 'running')"),
    )
    op.create_index("ix_job_project", "job", ["project", "seq"], unique=False)


def _report() -> None:
    op.create_table(
        "report",
        sa.Column("seq", BIG, autoincrement=True, nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("project", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("current", sa.Text(), nullable=False),
        sa.Column("rows_reference", BIG, nullable=False),
        sa.Column("rows_current", BIG, nullable=False),
        sa.Column("drifted", sa.Boolean(), nullable=False),
        sa.Column("drifted_columns", sa.Integer(), nullable=False),
        sa.Column("tested_columns", sa.Integer(), nullable=False),
        sa.Column("summary", sa.Text(), nullable=False),
        sa.Column("columns", Json(), nullable=False),
        sa.Column("job_id", sa.Text(), nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["project"], ["project.name"], name=op.f("fk_report_project"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_report")),
        sa.UniqueConstraint("id", name=op.f("uq_report_id")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_report_project", "report", ["project", "seq"], unique=False)


def _schedule() -> None:
    op.create_table(
        "schedule",
        sa.Column("seq", BIG, autoincrement=True, nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("project", sa.Text(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("payload", Json(), nullable=False),
        sa.Column("trigger", Json(), nullable=False),
        sa.Column("missed", sa.Text(), nullable=False),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.Column("anchor", UtcDateTime(), nullable=False),
        sa.Column("next_at", UtcDateTime(), nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["project"], ["project.name"], name=op.f("fk_schedule_project"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_schedule")),
        sa.UniqueConstraint("id", name=op.f("uq_schedule_id")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_schedule_next_at", "schedule", ["next_at"], unique=False)
    op.create_index("ix_schedule_project", "schedule", ["project"], unique=False)


def _session() -> None:
    op.create_table(
        "session",
        sa.Column("token_sha256", sa.Text(), nullable=False),
        sa.Column("user", sa.Text(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("seen_at", UtcDateTime(), nullable=False),
        sa.Column("expires_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["user"], ["account.name"], name=op.f("fk_session_user"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("token_sha256", name=op.f("pk_session")),
    )
    op.create_index("ix_session_user", "session", ["user"], unique=False)
