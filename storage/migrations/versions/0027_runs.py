"""The index of runs, and what people add to runs."""

import sqlalchemy as sa
from alembic import op

from storage.tables import BIG, Json, UtcDateTime

revision = "0027"
down_revision = "0026"


def upgrade() -> None:
    op.create_table(
        "run_entry",
        sa.Column("seq", BIG, autoincrement=True, nullable=False),
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("project", "run_id", "name", "status", "kind")),
        *(sa.Column(name, sa.Text(), nullable=True) for name in ("estimator", "dataset", "task", "target")),
        sa.Column("version", sa.Integer(), nullable=True),
        *(sa.Column(name, sa.Text(), nullable=True) for name in ("parent_id", "job_id")),
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("author", "note")),
        sa.Column("started_at", UtcDateTime(), nullable=False),
        sa.Column("finished_at", UtcDateTime(), nullable=True),
        sa.Column("took", sa.Float(), nullable=True),
        *(sa.Column(name, Json(), nullable=False) for name in ("params", "numbers", "metrics", "tags")),
        *(sa.Column(name, sa.Text(), nullable=True) for name in ("split_sha256", "holdout_sha256")),
        sa.Column("gone_at", UtcDateTime(), nullable=True),
        sa.Column("words", sa.Text(), nullable=False),
        _of_project("run_entry"),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_run_entry")),
        sa.UniqueConstraint("run_id", name=op.f("uq_run_entry_run_id")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_run_entry_started", "run_entry", ["project", "started_at"])
    op.create_table(
        "run_mark",
        sa.Column("run_id", sa.Text(), nullable=False),
        sa.Column("project", sa.Text(), nullable=False),
        sa.Column("starred", sa.Boolean(), nullable=False),
        sa.Column("archived", sa.Boolean(), nullable=False),
        _of_project("run_mark"),
        sa.PrimaryKeyConstraint("run_id", name=op.f("pk_run_mark")),
    )
    op.create_table(
        "run_comment",
        sa.Column("seq", BIG, autoincrement=True, nullable=False),
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("id", "project", "run_id", "author")),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        _of_project("run_comment"),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_run_comment")),
        sa.UniqueConstraint("id", name=op.f("uq_run_comment_id")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_run_comment_run", "run_comment", ["run_id", "seq"])
    op.create_table(
        "run_view",
        sa.Column("seq", BIG, autoincrement=True, nullable=False),
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("project", "name", "address", "author")),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        _of_project("run_view"),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_run_view")),
        sa.UniqueConstraint("project", "name", name=op.f("uq_run_view_project_name")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "run_cursor",
        sa.Column("project", sa.Text(), nullable=False),
        *(sa.Column(name, UtcDateTime(), nullable=True) for name in ("newest", "ended", "oldest", "swept_at")),
        sa.Column("swept_mark", sa.Text(), nullable=True),
        sa.Column("whole", sa.Boolean(), nullable=False),
        *(sa.Column(name, Json(), nullable=False) for name in ("metrics", "params", "tags")),
        _of_project("run_cursor"),
        sa.PrimaryKeyConstraint("project", name=op.f("pk_run_cursor")),
    )


def _of_project(table: str) -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_{table}_project")
    return sa.ForeignKeyConstraint(["project"], ["project.name"], name=name, ondelete="CASCADE")
