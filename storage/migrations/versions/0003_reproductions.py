"""Reproductions: the answers of reruns."""

import sqlalchemy as sa
from alembic import op

from storage.tables import BIG, Json, UtcDateTime

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.create_table(
        "reproduction",
        sa.Column("seq", BIG, autoincrement=True, nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("project", sa.Text(), nullable=False),
        sa.Column("run_id", sa.Text(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("differences", Json(), nullable=False),
        sa.Column("largest", sa.Float(), nullable=True),
        sa.Column("where", sa.Text(), nullable=False),
        sa.Column("metrics", sa.Integer(), nullable=False),
        sa.Column("rows", BIG, nullable=False),
        sa.Column("summary", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["project"], ["project.name"], name=op.f("fk_reproduction_project"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_reproduction")),
        sa.UniqueConstraint("id", name=op.f("uq_reproduction_id")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_reproduction_run", "reproduction", ["project", "run_id", "seq"])
