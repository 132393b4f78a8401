"""How served answers did, in reports; from which share of labels on a project's figures are final."""

import sqlalchemy as sa
from alembic import op

from storage.tables import Json

revision = "0026"
down_revision = "0025"


def upgrade() -> None:
    op.add_column("report", sa.Column("production", Json(), nullable=True))
    op.add_column("report", sa.Column("slices", Json(), nullable=False, server_default="[]"))
    op.add_column("project", sa.Column("enough_labels", sa.Float(), nullable=False, server_default="0.8"))
