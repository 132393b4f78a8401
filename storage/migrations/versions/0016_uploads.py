"""Files on their way in."""

import sqlalchemy as sa
from alembic import op

from storage.tables import BIG, Json, UtcDateTime

revision = "0016"
down_revision = "0015"


def upgrade() -> None:
    op.create_table(
        "upload",
        sa.Column("seq", BIG, autoincrement=True, nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("project", sa.Text(), nullable=False),
        sa.Column("filename", sa.Text(), nullable=False),
        sa.Column("size", BIG, nullable=False),
        sa.Column("sha256", sa.Text(), nullable=True),
        sa.Column("choices", Json(), nullable=False),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["project"], ["project.name"], name=op.f("fk_upload_project"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_upload")),
        sa.UniqueConstraint("id", name=op.f("uq_upload_id")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_upload_created_at", "upload", ["created_at"], unique=False)
