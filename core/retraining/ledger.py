"""The ledger's rules: which moments of a schedule have passed, and what becomes of each."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from core.records.schedule import Firing, FiringOutcome, MissedPolicy, Schedule
from core.retraining import timing

GRACE = timedelta(seconds=60)
"""A slot that is decided within this time counts as on time."""

MAX_ROWS = 100
"""Rows a schedule gets at once, however long nobody looked."""


@dataclass(frozen=True)
class Passed:
    """The slots of a schedule that have come: the one to ``decide`` now, ``earlier`` ones oldest first, whether there
    are ``more`` before it that get no rows, and the one to decide ``then``, which may have come as well."""

    decide: datetime
    earlier: tuple[datetime, ...]
    more: bool
    then: datetime | None


def passed(schedule: Schedule, now: datetime) -> Passed:
    """Return the slots of a due schedule from its ``next_at`` up to ``now``, in bounded time and number.

    The latest is decided, and stands for those before it; a schedule that makes up for all it missed decides the
    oldest of its ``most_missed`` newest slots, and goes on with the one after that.
    """
    assert schedule.next_at is not None, "a due schedule has a next moment"  # noqa: S101
    first = schedule.next_at
    kept = _newest(schedule, first, now - timing.delay(schedule, first))
    then = kept[1] if len(kept) > 1 else timing.next_slot(schedule, kept[0])
    if kept[0] == first:
        return Passed(first, (), more=False, then=then)
    listed = [first, *timing.slots(schedule, first, MAX_ROWS - 1)]
    earlier = tuple(slot for slot in listed if slot < kept[0])
    return Passed(kept[0], earlier[: MAX_ROWS - 1], more=len(earlier) >= MAX_ROWS, then=then)


def _newest(schedule: Schedule, first: datetime, now: datetime) -> list[datetime]:
    """Return the newest slots that each get a job, oldest first: one, or as many as the schedule makes up for."""
    most = schedule.conduct.most_missed if schedule.conduct.missed is MissedPolicy.RUN_ALL else 1
    kept = [timing.last_slot(schedule, first, now)]
    while len(kept) < most and kept[0] > first:
        kept.insert(0, timing.last_slot(schedule, first, kept[0] - timing.INSTANT))
    return kept


def outcome(schedule: Schedule, slot: datetime, now: datetime) -> tuple[FiringOutcome, str]:
    """Return what becomes of the slot that is decided, and why; RAN and LATE start a job."""
    waited = schedule.waiting_since
    if waited is not None:
        return FiringOutcome.LATE, f"it waited {words(now - waited)} for the job of an earlier moment"
    behind = now - slot - timing.delay(schedule, slot)
    if behind <= GRACE:
        return FiringOutcome.RAN, ""
    if schedule.conduct.missed is MissedPolicy.SKIP:
        skips = f"no worker was there to fire it; found {words(behind)} later, and this schedule skips then"
        return FiringOutcome.MISSED, skips
    return FiringOutcome.LATE, f"no worker was there to fire it; it ran {words(behind)} later"


def earlier_rows(schedule: Schedule, slots: Passed, now: datetime) -> list[Firing]:
    """Return the rows of the slots before the one that is decided: none of them starts a job."""
    rows = [_earlier(schedule, slot, slots.decide, now) for slot in slots.earlier]
    if slots.more:
        end = slots.decide.isoformat(timespec="seconds")
        rows[-1] = rows[-1].model_copy(
            update={"reason": f"{rows[-1].reason}; so were the many moments after this one, before {end}"},
        )
    return rows


def _earlier(schedule: Schedule, slot: datetime, decided: datetime, now: datetime) -> Firing:
    if schedule.waiting_since is None and now - slot > GRACE:
        if schedule.conduct.missed is MissedPolicy.SKIP:
            missed = "missed: no worker was there to fire it, and this schedule skips then"
            return row(schedule, slot, FiringOutcome.MISSED, None, missed, now)
        if schedule.conduct.missed is MissedPolicy.RUN_ALL:
            most = schedule.conduct.most_missed
            missed = f"missed: no worker was there to fire it, and this schedule makes up for the newest {most} only"
            return row(schedule, slot, FiringOutcome.MISSED, None, missed, now)
    reason = f"merged into the moment {decided.isoformat(timespec='seconds')}"
    return row(schedule, slot, FiringOutcome.MERGED, None, reason, now)


def not_made_up(firings: Sequence[Firing]) -> list[Firing]:
    """Return the newest missed moment of each schedule after which none of it started a job; ``firings`` come latest
    first."""
    seen: set[str] = set()
    found = []
    for firing in firings:
        if firing.schedule_id in seen:
            continue
        if firing.outcome is FiringOutcome.MISSED:
            found.append(firing)
        if firing.outcome in (FiringOutcome.MISSED, FiringOutcome.RAN, FiringOutcome.LATE):
            seen.add(firing.schedule_id)
    return found


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
