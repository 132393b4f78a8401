"""Own recipes that come from an installed package."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"


def upgrade() -> None:
    op.add_column("recipe", sa.Column("package", sa.Text(), nullable=False, server_default=""))
