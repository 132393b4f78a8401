"""When a schedule acts: the moments of its trigger between its start and its end, each moved by its share of jitter."""

from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

from core.errors import InvalidSchedule
from core.records.schedule import Schedule, ScheduleDraft, Trigger, TriggerKind
from core.retraining import triggers

INSTANT = timedelta(microseconds=1)


def check(trigger: Trigger, starts_at: datetime | None, ends_at: datetime | None, now: datetime) -> None:
    """Make sure that a schedule will fire at least once after ``now``, between its start and its end.

    Raises:
        InvalidSchedule: it will not, with the reason.
    """
    triggers.check(trigger, now)
    if starts_at is not None and ends_at is not None and ends_at <= starts_at:
        raise InvalidSchedule(problem="it ends before it starts: choose an end after the start")
    after = max(now, starts_at - INSTANT) if starts_at else now
    first = triggers.next_slot(trigger, anchor(trigger, starts_at, now), after)
    if first is None:
        raise InvalidSchedule(problem="it would never fire: its moment comes before its start")
    if ends_at is not None and first > ends_at:
        raise InvalidSchedule(
            problem=f"it would never fire: its first moment comes after its end, {ends_at.isoformat()}",
        )


def anchor(trigger: Trigger, starts_at: datetime | None, now: datetime) -> datetime:
    """Return the moment a period counts from: now, or one period before the start so that the start is a moment."""
    if starts_at is None or trigger.kind is not TriggerKind.EVERY:
        return now.replace(microsecond=0)
    return starts_at - triggers.period(trigger.expression)


def next_slot(schedule: Schedule, after: datetime) -> datetime | None:
    """Return the first moment of the schedule after ``after``, or None when there is none."""
    return _next(schedule, schedule.anchor, after)


def _next(draft: ScheduleDraft, counted_from: datetime, after: datetime) -> datetime | None:
    if draft.starts_at is not None:
        after = max(after, draft.starts_at - INSTANT)
    slot = triggers.next_slot(draft.trigger, counted_from, after)
    return None if slot is None or (draft.ends_at is not None and slot > draft.ends_at) else slot


def slots(schedule: Schedule, after: datetime, n: int) -> list[datetime]:
    """Return the next ``n`` moments of the schedule after ``after``, fewer when it ends before."""
    return _walk(schedule, schedule.anchor, after, n)


def preview(draft: ScheduleDraft, now: datetime, n: int) -> list[datetime]:
    """Return the first ``n`` moments a draft would have if it were saved now.

    Raises:
        InvalidSchedule: it cannot be read, or would never fire.
    """
    check(draft.trigger, draft.starts_at, draft.ends_at, now)
    return _walk(draft, anchor(draft.trigger, draft.starts_at, now), now, n)


def _walk(draft: ScheduleDraft, counted_from: datetime, after: datetime, n: int) -> list[datetime]:
    found: list[datetime] = []
    while len(found) < n and (slot := _next(draft, counted_from, found[-1] if found else after)) is not None:
        found.append(slot)
    return found


def still_right(schedule: Schedule) -> bool:
    """Tell whether the stored next moment is one by the rules its zone has now; one that cannot be read is left to its
    firing."""
    if not schedule.enabled or schedule.next_at is None or schedule.trigger.kind is TriggerKind.EVERY:
        return True
    try:
        return next_slot(schedule, schedule.next_at - INSTANT) == schedule.next_at
    except InvalidSchedule:
        return True


def coming(schedule: Schedule, n: int) -> list[datetime]:
    """Return the next ``n`` moments of an active schedule, its ``next_at`` first."""
    if not schedule.enabled or schedule.next_at is None:
        return []
    return [schedule.next_at, *slots(schedule, schedule.next_at, n - 1)]


def last_slot(schedule: Schedule, first: datetime, now: datetime) -> datetime:
    """Return the latest moment that is not after ``now``, given that ``first`` is one."""
    until = now if schedule.ends_at is None else min(now, schedule.ends_at)
    return triggers.last_slot(schedule.trigger, schedule.anchor, first, until)


def delay(schedule: Schedule, slot: datetime) -> timedelta:
    """Return how much later than ``slot`` the schedule acts: evenly spread over its jitter, always the same for a
    slot."""
    if not schedule.conduct.jitter_s:
        return timedelta()
    digest = sha256(f"{schedule.id}:{slot.isoformat()}".encode()).digest()
    return timedelta(seconds=int.from_bytes(digest[:8]) % (schedule.conduct.jitter_s + 1))


def moved(schedule: Schedule, next_at: datetime | None, **changes: Any) -> Schedule:
    """Return the schedule with ``next_at`` as its next moment, and other fields changed."""
    changed = schedule.model_copy(update={**changes, "next_at": next_at, "waiting_since": None})
    due_at = None if next_at is None else next_at + delay(changed, next_at)
    return changed.model_copy(update={"due_at": due_at})
