"""What is left of dataset versions that were deleted."""

import sqlalchemy as sa
from alembic import op

from storage.tables import BIG, UtcDateTime

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    op.create_table(
        "deleted_version",
        sa.Column("seq", BIG, autoincrement=True, nullable=False),
        sa.Column("project", sa.Text(), nullable=False),
        sa.Column("dataset", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("rows", BIG, nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("deleted_at", UtcDateTime(), nullable=False),
        sa.Column("deleted_by", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["project"], ["project.name"], name=op.f("fk_deleted_version_project"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_deleted_version")),
        sa.UniqueConstraint("project", "dataset", "number", name=op.f("uq_deleted_version_project_dataset_number")),
        sqlite_autoincrement=True,
    )
