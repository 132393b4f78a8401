"""Profiles with findings instead of plain warnings, and the version that a dataset version follows."""

import sqlalchemy as sa
from alembic import op

from storage.tables import Json

revision = "0015"
down_revision = "0014"

version = sa.table(
    "dataset_version",
    sa.column("seq", sa.BigInteger()),
    sa.column("project", sa.Text()),
    sa.column("dataset", sa.Text()),
    sa.column("number", sa.Integer()),
    sa.column("parent", sa.Integer()),
    sa.column("profile", Json()),
)


def upgrade() -> None:
    op.add_column("dataset_version", sa.Column("parent", sa.Integer(), nullable=True))
    earlier = version.alias("earlier")
    before = (
        sa.select(sa.func.max(earlier.c.number))
        .where(
            earlier.c.project == version.c.project,
            earlier.c.dataset == version.c.dataset,
            earlier.c.number < version.c.number,
        )
        .scalar_subquery()
    )
    connection = op.get_bind()
    connection.execute(sa.update(version).values(parent=before))
    for seq in connection.scalars(sa.select(version.c.seq)).all():
        profile = dict(connection.execute(sa.select(version.c.profile).where(version.c.seq == seq)).scalar_one())
        findings = [_finding(text) for text in profile.pop("warnings", [])]
        changed = {**profile, "findings": findings}
        connection.execute(sa.update(version).where(version.c.seq == seq).values(profile=changed))


def _finding(text: str) -> dict[str, object]:
    return {"kind": "reading", "severity": "warning", "text": text, "columns": []}
