"""Proofs: which bundles answered as they did at training, in which surroundings."""

import sqlalchemy as sa
from alembic import op

from storage.tables import UtcDateTime

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.create_table(
        "proof",
        sa.Column("bundle_sha256", sa.Text(), nullable=False),
        sa.Column("environment", sa.Text(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("bundle_sha256", "environment", name=op.f("pk_proof")),
    )
