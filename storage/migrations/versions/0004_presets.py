"""Presets: hyperparameters kept under a name within a project."""

import sqlalchemy as sa
from alembic import op

from storage.tables import Json, UtcDateTime

revision = "0004"
down_revision = "0003"

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "preset",
        sa.Column("seq", BIG, autoincrement=True, nullable=False),
        sa.Column("project", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("estimator", sa.Text(), nullable=False),
        sa.Column("params", Json(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["project"], ["project.name"], name=op.f("fk_preset_project"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_preset")),
        sa.UniqueConstraint("project", "name", name=op.f("uq_preset_project_name")),
        sqlite_autoincrement=True,
    )
