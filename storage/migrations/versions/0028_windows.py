"""Reports know the dataset version that their window is a part of."""

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0027"


def upgrade() -> None:
    op.add_column("report", sa.Column("dataset", sa.Text(), nullable=False, server_default=""))
