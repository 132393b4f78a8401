"""Retraining rules, the looks they took, and signals from outside."""

import sqlalchemy as sa
from alembic import op

from storage.tables import BIG, Json, UtcDateTime

revision = "0021"
down_revision = "0020"


def _common(table: str) -> list[sa.schema.SchemaItem]:
    return [
        sa.Column("seq", BIG, autoincrement=True, nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("project", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["project"], ["project.name"], name=op.f(f"fk_{table}_project"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("seq", name=op.f(f"pk_{table}")),
    ]


def upgrade() -> None:
    op.create_table(
        "retraining_rule",
        *_common("retraining_rule"),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("conditions", Json(), nullable=False),
        sa.Column("needed", sa.Integer(), nullable=False),
        sa.Column("mode", sa.Text(), nullable=False),
        sa.Column("quiet", Json(), nullable=True),
        sa.Column("cooldown_s", sa.Integer(), nullable=False),
        sa.Column("per_day", sa.Integer(), nullable=False),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.Column("since", UtcDateTime(), nullable=False),
        sa.Column("seen", sa.Text(), nullable=False),
        sa.Column("look_at", UtcDateTime(), nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.UniqueConstraint("id", name=op.f("uq_retraining_rule_id")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_retraining_rule_project", "retraining_rule", ["project"])
    op.create_table(
        "evaluation",
        *_common("evaluation"),
        sa.Column("rule_id", sa.Text(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("decision", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("findings", Json(), nullable=False),
        sa.Column("job_id", sa.Text(), nullable=True),
        sa.Column("answer", sa.Text(), nullable=True),
        sa.Column("answered_by", sa.Text(), nullable=True),
        sa.Column("answered_at", UtcDateTime(), nullable=True),
        sa.UniqueConstraint("id", name=op.f("uq_evaluation_id")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_evaluation_project", "evaluation", ["project", "seq"])
    op.create_index("ix_evaluation_rule_id", "evaluation", ["rule_id", "seq"])
    op.create_table(
        "signal",
        *_common("signal"),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.UniqueConstraint("project", "id", name=op.f("uq_signal_project_id")),
        sqlite_autoincrement=True,
    )
