"""When a schedule fires: cron, every so often, or once; with the rules for the two nights the clocks change.

Cron and one-off times are wall-clock times of the schedule's zone. Each wall-clock minute fires at most once: an hour
that comes twice in autumn fires the first time only, and a time that spring leaves out fires at the moment the clocks
jump. A period ("every") is elapsed time and knows no clock changes.
"""

import re
from datetime import UTC, datetime, timedelta, tzinfo
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from core.errors import InvalidSchedule
from core.records.schedule import Trigger, TriggerKind
from core.retraining import cron

UNITS = {"s": ("second", 1), "m": ("minute", 60), "h": ("hour", 3600), "d": ("day", 86_400), "w": ("week", 604_800)}
SHORTEST = timedelta(seconds=10)
LONGEST = timedelta(days=366)

DST_RULE = (
    "When clocks go back, a time that comes twice fires the first time only; when they go forward, a time that is left "
    "out fires at the moment of the jump."
)
"""What a schedule in wall-clock time does when the clocks change, for people to read beside it."""


def check(trigger: Trigger, now: datetime | None = None) -> None:
    """Make sure that the trigger can be read and will fire; with ``now``, that it will fire after that moment.

    Raises:
        InvalidSchedule: it cannot, with the reason.
    """
    zone(trigger.timezone)
    if trigger.kind is TriggerKind.EVERY:
        period(trigger.expression)
        return
    if trigger.kind is TriggerKind.AT:
        _check_moment(trigger, now)
        return
    if cron.next_wall(trigger.expression, _wall(now or datetime.now(UTC), UTC)) is None:
        raise InvalidSchedule(problem=f"{trigger.expression!r} never fires: there is no such date in any year")


def next_slot(trigger: Trigger, anchor: datetime, after: datetime) -> datetime | None:
    """Return the first moment (UTC) after ``after`` at which the trigger fires, or None when there is none.

    A period counts from ``anchor``, which itself is no slot.

    Raises:
        InvalidSchedule: the trigger cannot be read.
    """
    if trigger.kind is TriggerKind.EVERY:
        step = period(trigger.expression)
        return anchor + step * max((after - anchor) // step + 1, 1)
    if trigger.kind is TriggerKind.AT:
        at = moment(trigger.expression, trigger.timezone)
        return at if at > after else None
    return _next_cron(trigger, after)


def last_slot(trigger: Trigger, anchor: datetime, first: datetime, now: datetime) -> datetime:
    """Return the latest slot that is not after ``now``, given that ``first`` is one; quick however long ago that is."""
    if trigger.kind is TriggerKind.EVERY:
        step = period(trigger.expression)
        return max(anchor + step * ((now - anchor) // step), first)
    if trigger.kind is TriggerKind.AT:
        return first
    return _last_cron(trigger, first, now)


def describe(trigger: Trigger) -> str:
    """Return the trigger in plain words.

    Raises:
        InvalidSchedule: it cannot be read.
    """
    if trigger.kind is TriggerKind.EVERY:
        count, unit = _period_parts(trigger.expression)
        name = UNITS[unit][0]
        return f"every {name}" if count == 1 else f"every {count} {name}s"
    if trigger.kind is TriggerKind.AT:
        wall = moment(trigger.expression, trigger.timezone).astimezone(zone(trigger.timezone))
        return f"once, on {wall:%Y-%m-%d} at {wall:%H:%M} {trigger.timezone}"
    return f"{cron.describe(trigger.expression)} ({trigger.timezone})"


@lru_cache(maxsize=256)
def zone(name: str) -> ZoneInfo:
    """Return the time zone called ``name``.

    Raises:
        InvalidSchedule: there is none.
    """
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise InvalidSchedule(
            problem=f"there is no time zone {name!r}: use a name like Europe/Berlin or UTC",
        ) from error


def period(expression: str) -> timedelta:
    """Return the length of a period like ``30s``, ``15m``, ``6h``, ``2d`` or ``1w``.

    Raises:
        InvalidSchedule: it has another shape, or is shorter than 10 seconds or longer than 366 days.
    """
    count, unit = _period_parts(expression)
    length = timedelta(seconds=count * UNITS[unit][1])
    if not SHORTEST <= length <= LONGEST:
        raise InvalidSchedule(problem=f"every {expression} is out of range: use 10 seconds to 366 days")
    return length


def moment(text: str, timezone: str) -> datetime:
    """Return the moment (UTC) that ISO 8601 text means; one without an offset is read in the zone.

    Raises:
        InvalidSchedule: it cannot be read, or there is no such zone.
    """
    try:
        read = datetime.fromisoformat(text.strip())
    except ValueError as error:
        raise InvalidSchedule(problem=f"{text!r} is no moment: write it like 2026-03-01T06:00") from error
    return read.astimezone(UTC) if read.tzinfo else _instant(read, zone(timezone))


def _period_parts(expression: str) -> tuple[int, str]:
    match = re.fullmatch(r"([1-9]\d{0,7})([smhdw])", expression.strip().lower())
    if match is None:
        raise InvalidSchedule(
            problem=f"{expression!r} is no period: write a number and s, m, h, d or w, like 15m, 6h or 2d",
        )
    return int(match[1]), match[2]


def _check_moment(trigger: Trigger, now: datetime | None) -> None:
    at = moment(trigger.expression, trigger.timezone)
    if now is not None and at <= now:
        raise InvalidSchedule(
            problem=f"{trigger.expression} ({trigger.timezone}) is in the past: it was {at.isoformat()}, and now "
            f"is {now.isoformat(timespec='seconds')}",
        )


def _next_cron(trigger: Trigger, after: datetime) -> datetime | None:
    where = zone(trigger.timezone)
    wall: datetime | None = _wall(after, where)
    while wall is not None:
        wall = cron.next_wall(trigger.expression, wall)
        if wall is not None and (at := _instant(wall, where)) > after:
            return at
    return None


def _last_cron(trigger: Trigger, first: datetime, now: datetime) -> datetime:
    """Look back in doubling steps until one holds a slot, then walk to the last one."""
    back = timedelta(minutes=1)
    start = first
    while now - back > first:
        slot = _next_cron(trigger, now - back)
        if slot is not None and slot <= now:
            start = slot
            break
        back *= 2
    while (slot := _next_cron(trigger, start)) is not None and slot <= now:
        start = slot
    return start


def _wall(at: datetime, where: tzinfo) -> datetime:
    return at.astimezone(where).replace(tzinfo=None, fold=0)


def _instant(wall: datetime, where: ZoneInfo) -> datetime:
    """Return the moment a wall-clock time means: the first of two, or the jump when there is none."""
    early = wall.replace(tzinfo=where, fold=0).astimezone(UTC)
    if _wall(early, where) == wall:
        return early
    return _jump(wall.replace(tzinfo=where, fold=1).astimezone(UTC), early, where)


def _jump(before: datetime, after: datetime, where: ZoneInfo) -> datetime:
    """Return the moment between the two at which the offset of the zone changes."""
    old = before.astimezone(where).utcoffset()
    while after - before > timedelta(seconds=1):
        middle = before + (after - before) // 2
        if middle.astimezone(where).utcoffset() == old:
            before = middle
        else:
            after = middle
    return after.replace(microsecond=0)
