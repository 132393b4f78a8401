"""Promotions that name their verdict, approvals, and what MLflow's aliases are expected to say."""

import sqlalchemy as sa
from alembic import op

from storage.tables import BIG, Json, UtcDateTime

revision = "0029"
down_revision = "0028"


def upgrade() -> None:
    op.add_column("deployment", sa.Column("verdict", sa.Text(), nullable=False, server_default=""))
    op.add_column("deployment", sa.Column("overridden", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.create_table(
        "approval",
        sa.Column("seq", BIG, autoincrement=True, nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("project", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("bundle_sha256", sa.Text(), nullable=False),
        sa.Column("champion", sa.Integer(), nullable=False),
        sa.Column("policy", sa.Integer(), nullable=False),
        sa.Column("verdict", sa.Text(), nullable=False),
        sa.Column("comment", sa.Text(), nullable=False),
        sa.Column("requested_by", sa.Text(), nullable=False),
        sa.Column("requested_at", UtcDateTime(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("answered_by", sa.Text(), nullable=False),
        sa.Column("answered_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["project"], ["project.name"], name=op.f("fk_approval_project"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_approval")),
        sa.UniqueConstraint("id", name=op.f("uq_approval_id")),
        sqlite_autoincrement=True,
    )
    op.create_index(
        "uq_approval_waiting",
        "approval",
        ["project", "version"],
        unique=True,
        sqlite_where=sa.text("state = 'waiting'"),
        postgresql_where=sa.text("state = 'waiting'"),
    )
    op.create_table(
        "alias_expectation",
        sa.Column("seq", BIG, autoincrement=True, nullable=False),
        sa.Column("project", sa.Text(), nullable=False),
        sa.Column("alias", sa.Text(), nullable=False),
        sa.Column("versions", Json(), nullable=False),
        sa.Column("noticed", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["project"], ["project.name"], name=op.f("fk_alias_expectation_project"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_alias_expectation")),
        sa.UniqueConstraint("project", "alias", name=op.f("uq_alias_expectation_project_alias")),
        sqlite_autoincrement=True,
    )
