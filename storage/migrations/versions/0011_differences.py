"""Differences between dataset versions."""

import sqlalchemy as sa
from alembic import op

from storage.tables import BIG, Json, UtcDateTime

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    op.create_table(
        "difference",
        sa.Column("seq", BIG, autoincrement=True, nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("project", sa.Text(), nullable=False),
        sa.Column("before", sa.Text(), nullable=False),
        sa.Column("after", sa.Text(), nullable=False),
        sa.Column("key", Json(), nullable=False),
        sa.Column("is_key_proposed", sa.Boolean(), nullable=False),
        sa.Column("tolerance", sa.Float(), nullable=False),
        sa.Column("rows_before", BIG, nullable=False),
        sa.Column("rows_after", BIG, nullable=False),
        sa.Column("added", BIG, nullable=False),
        sa.Column("removed", BIG, nullable=False),
        sa.Column("changed", BIG, nullable=False),
        sa.Column("unchanged", BIG, nullable=False),
        sa.Column("schema_changes", Json(), nullable=False),
        sa.Column("columns", Json(), nullable=False),
        sa.Column("rows_sha256", sa.Text(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["project"], ["project.name"], name=op.f("fk_difference_project"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_difference")),
        sa.UniqueConstraint("id", name=op.f("uq_difference_id")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_difference_project", "difference", ["project", "seq"], unique=False)
