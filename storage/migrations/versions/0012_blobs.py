"""Faults found in blobs, and marks on unused ones."""

import sqlalchemy as sa
from alembic import op

from storage.tables import BIG, UtcDateTime

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    op.create_table(
        "blob_fault",
        sa.Column("seq", BIG, autoincrement=True, nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("found", sa.Text(), nullable=False),
        sa.Column("size", BIG, nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("mended_at", UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_blob_fault")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_blob_fault_sha256", "blob_fault", ["sha256"], unique=False)
    op.create_table(
        "blob_mark",
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("marked_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("sha256", name=op.f("pk_blob_mark")),
    )
