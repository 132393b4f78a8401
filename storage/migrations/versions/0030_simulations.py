"""Simulations of retraining policies."""

import sqlalchemy as sa
from alembic import op

from storage.tables import BIG, Json

revision = "0030"
down_revision = "0029"


def upgrade() -> None:
    op.create_table(
        "simulation",
        sa.Column("seq", BIG, autoincrement=True, nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("project", sa.Text(), nullable=False),
        sa.Column("document", Json(), nullable=False),
        sa.ForeignKeyConstraint(["project"], ["project.name"], name=op.f("fk_simulation_project"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_simulation")),
        sa.UniqueConstraint("id", name=op.f("uq_simulation_id")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_simulation_project", "simulation", ["project", "seq"])
