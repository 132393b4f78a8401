"""How schedules behave around their moments: names, bounds, jitter, overlap."""

import sqlalchemy as sa
from alembic import op

from storage.tables import Json, UtcDateTime

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    op.add_column("schedule", sa.Column("name", sa.Text(), nullable=False, server_default=""))
    op.add_column("schedule", sa.Column("conduct", Json(), nullable=False, server_default="{}"))
    for moment in ("starts_at", "ends_at", "due_at", "waiting_since"):
        op.add_column("schedule", sa.Column(moment, UtcDateTime(), nullable=True))
    schedule = sa.table("schedule", *map(sa.column, ("missed", "conduct", "next_at", "due_at")))
    for missed in ("run-once", "skip"):
        those = schedule.update().where(schedule.c.missed == missed)
        op.execute(those.values(conduct=f'{{"missed":"{missed}"}}', due_at=schedule.c.next_at))
    op.drop_index("ix_schedule_next_at", "schedule")
    op.create_index("ix_schedule_due_at", "schedule", ["due_at"])
    op.drop_column("schedule", "missed")
