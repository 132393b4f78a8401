"""Traffic: candidates beside the champion, and what the scoring API answered minute by minute."""

import sqlalchemy as sa
from alembic import op

from storage.tables import BIG, Json, UtcDateTime

revision = "0023"
down_revision = "0022"


def upgrade() -> None:
    op.create_table(
        "traffic",
        sa.Column("id", BIG, autoincrement=True, nullable=False),
        sa.Column("project", sa.Text(), nullable=False),
        sa.Column("mode", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("run_id", sa.Text(), nullable=False),
        sa.Column("bundle_sha256", sa.Text(), nullable=False),
        sa.Column("share", sa.Float(), nullable=False),
        sa.Column("sticky", sa.Text(), nullable=False),
        sa.Column("guards", Json(), nullable=False),
        sa.Column("since", UtcDateTime(), nullable=False),
        sa.Column("until", UtcDateTime(), nullable=True),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("end", sa.Text(), nullable=True),
        sa.Column("ended_by", sa.Text(), nullable=False),
        sa.Column("end_reason", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["project"], ["project.name"], name=op.f("fk_traffic_project"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_traffic")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_traffic_project", "traffic", ["project", "id"])
    is_open = sa.text("until IS NULL")
    op.create_index(
        "uq_traffic_open", "traffic", ["project"], unique=True, sqlite_where=is_open, postgresql_where=is_open
    )
    op.create_table(
        "serving_tally",
        sa.Column("seq", BIG, autoincrement=True, nullable=False),
        sa.Column("project", sa.Text(), nullable=False),
        sa.Column("process", sa.Text(), nullable=False),
        sa.Column("minute", UtcDateTime(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("cohort", sa.Text(), nullable=False),
        sa.Column("requests", BIG, nullable=False),
        sa.Column("refused", BIG, nullable=False),
        sa.Column("failed", BIG, nullable=False),
        sa.Column("rows", BIG, nullable=False),
        sa.Column("buckets", Json(), nullable=False),
        sa.Column("seconds", sa.Float(), nullable=False),
        sa.ForeignKeyConstraint(
            ["project"], ["project.name"], name=op.f("fk_serving_tally_project"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_serving_tally")),
        sa.UniqueConstraint(
            "project",
            "minute",
            "process",
            "version",
            "cohort",
            name=op.f("uq_serving_tally_project_minute_process_version_cohort"),
        ),
        sqlite_autoincrement=True,
    )
