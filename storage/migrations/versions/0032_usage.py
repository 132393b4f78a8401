"""Processor time and memory of the scoring API, beside what it answered."""

import sqlalchemy as sa
from alembic import op

revision = "0032"
down_revision = "0031"


def upgrade() -> None:
    with op.batch_alter_table("serving_tally") as table:
        table.add_column(sa.Column("cpu_s", sa.Float(), nullable=False, server_default="0"))
        table.add_column(sa.Column("memory_mb", sa.Float(), nullable=False, server_default="0"))
