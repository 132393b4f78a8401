"""Own recipes: every pinned state of every name."""

import sqlalchemy as sa
from alembic import op

from storage.tables import BIG, Json, UtcDateTime

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    op.create_table(
        "recipe",
        sa.Column("seq", BIG, autoincrement=True, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("summary", sa.Text(), nullable=False),
        sa.Column("tasks", Json(), nullable=False),
        sa.Column("scaled", sa.Boolean(), nullable=False),
        sa.Column("parameters", Json(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("removed_at", UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_recipe")),
        sa.UniqueConstraint("name", "number", name=op.f("uq_recipe_name_number")),
        sqlite_autoincrement=True,
    )
