"""Retraining plans, and what became of retrainings."""

import sqlalchemy as sa
from alembic import op

from storage.tables import BIG, Json, UtcDateTime

revision = "0025"
down_revision = "0024"

TEXTS = ("cause", "cause_id", "reason", "dataset", "metric", "verdict", "outcome", "note")


def upgrade() -> None:
    fk = ["project"], ["project.name"]
    op.create_table(
        "retraining_plan",
        sa.Column("project", sa.Text(), nullable=False),
        sa.Column("plan", Json(), nullable=False),
        sa.ForeignKeyConstraint(*fk, name=op.f("fk_retraining_plan_project"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("project", name=op.f("pk_retraining_plan")),
    )
    op.create_table(
        "retraining",
        sa.Column("seq", BIG, autoincrement=True, nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("project", sa.Text(), nullable=False),
        *(sa.Column(name, sa.Text(), nullable=False) for name in TEXTS),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("champion", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=True),
        sa.Column("value", sa.Float(), nullable=True),
        sa.Column("champion_value", sa.Float(), nullable=True),
        sa.Column("same_rows", sa.Boolean(), nullable=False),
        sa.Column("seconds", sa.Float(), nullable=False),
        sa.Column("decided_at", UtcDateTime(), nullable=False),
        sa.Column("due_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(*fk, name=op.f("fk_retraining_project"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_retraining")),
        sa.UniqueConstraint("id", name=op.f("uq_retraining_id")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_retraining_project", "retraining", ["project", "seq"])
    op.create_index("ix_retraining_outcome", "retraining", ["outcome"])
