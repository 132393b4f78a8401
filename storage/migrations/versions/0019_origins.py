"""Where dataset versions and uploads were fetched from."""

import sqlalchemy as sa
from alembic import op

from storage.tables import Json

revision = "0019"
down_revision = "0018"


def upgrade() -> None:
    op.add_column("dataset_version", sa.Column("origin", Json(), nullable=True))
    op.add_column("upload", sa.Column("origin", Json(), nullable=True))
