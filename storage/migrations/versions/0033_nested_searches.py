"""Searches made anew within outer folds, beside the study they belong to."""

import sqlalchemy as sa
from alembic import op

from storage.tables import Json

revision = "0033"
down_revision = "0032"


def upgrade() -> None:
    with op.batch_alter_table("study") as table:
        table.add_column(sa.Column("nested", Json(), nullable=False, server_default="[]"))
