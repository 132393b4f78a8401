"""Preparation recipes: immutable versions of a project's steps."""

import sqlalchemy as sa
from alembic import op

from storage.tables import BIG, Json, UtcDateTime

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    op.create_table(
        "preparation",
        sa.Column("seq", BIG, autoincrement=True, nullable=False),
        sa.Column("project", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("steps", Json(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["project"], ["project.name"], name=op.f("fk_preparation_project"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_preparation")),
        sa.UniqueConstraint("project", "number", name=op.f("uq_preparation_project_number")),
        sqlite_autoincrement=True,
    )
