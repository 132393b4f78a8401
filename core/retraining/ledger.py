"""The ledger's rules: which moments of a schedule have passed, and what becomes of each."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from core.records.schedule import Firing, FiringOutcome, MissedPolicy, Schedule
from core.retraining import triggers

GRACE = timedelta(seconds=60)
"""A slot that is decided within this time counts as on time."""

MAX_ROWS = 100
"""Rows a schedule gets at once, however long nobody looked."""


@dataclass(frozen=True)
class Passed:
    """The slots of a schedule that have come: the ``latest``, ``earlier`` ones oldest first, and whether there are
    ``more`` between the two that get no rows."""

    latest: datetime
    earlier: tuple[datetime, ...]
    more: bool


def passed(schedule: Schedule, now: datetime) -> Passed:
    """Return the slots of a due schedule from its ``next_at`` up to ``now``, in bounded time and number."""
    assert schedule.next_at is not None, "a due schedule has a next moment"  # noqa: S101
    first = schedule.next_at
    latest = triggers.last_slot(schedule.trigger, schedule.anchor, first, now)
    if latest == first:
        return Passed(latest, (), more=False)
    listed = [first, *triggers.slots(schedule.trigger, schedule.anchor, first, MAX_ROWS - 1)]
    earlier = tuple(slot for slot in listed if slot < latest)
    return Passed(latest, earlier[: MAX_ROWS - 1], more=len(earlier) >= MAX_ROWS)


def outcome(schedule: Schedule, slot: datetime, now: datetime) -> tuple[FiringOutcome, str]:
    """Return what becomes of the latest slot, and why; RAN and LATE start a job."""
    if now - slot <= GRACE:
        return FiringOutcome.RAN, ""
    ago = words(now - slot)
    if schedule.missed is MissedPolicy.SKIP:
        return FiringOutcome.MISSED, f"no worker was there to fire it; found {ago} later, and this schedule skips then"
    return FiringOutcome.LATE, f"no worker was there to fire it; it ran {ago} later"


def earlier_rows(schedule: Schedule, slots: Passed, now: datetime) -> list[Firing]:
    """Return the rows of the slots before the latest: none of them starts a job."""
    rows = [_earlier(schedule, slot, slots.latest, now) for slot in slots.earlier]
    if slots.more:
        end = slots.latest.isoformat(timespec="seconds")
        rows[-1] = rows[-1].model_copy(
            update={"reason": f"{rows[-1].reason}; so were the many moments after this one, before {end}"},
        )
    return rows


def _earlier(schedule: Schedule, slot: datetime, latest: datetime, now: datetime) -> Firing:
    if schedule.missed is MissedPolicy.SKIP and now - slot > GRACE:
        missed = "missed: no worker was there to fire it, and this schedule skips then"
        return row(schedule, slot, FiringOutcome.MISSED, None, missed, now)
    reason = f"merged into the moment {latest.isoformat(timespec='seconds')}"
    return row(schedule, slot, FiringOutcome.MERGED, None, reason, now)


def row(
    schedule: Schedule,
    slot: datetime,
    what: FiringOutcome,
    job_id: str | None,
    reason: str,
    now: datetime,
) -> Firing:
    """Return the ledger row of one slot."""
    return Firing(
        schedule_id=schedule.id,
        project=schedule.project,
        slot=slot,
        outcome=what,
        job_id=job_id,
        reason=reason,
        decided_at=now,
    )


def words(length: timedelta) -> str:
    """Return a length of time in its two largest units, such as ``3 d 2 h``."""
    seconds = int(length.total_seconds())
    parts = [(seconds // 86_400, "d"), (seconds // 3600 % 24, "h"), (seconds // 60 % 60, "min"), (seconds % 60, "s")]
    shown = [f"{count} {unit}" for count, unit in parts if count]
    return " ".join(shown[:2]) or "0 s"
