"""Cron expressions: standard crontab rules in front of APScheduler's trigger, which reads weekdays differently."""

import re
from datetime import UTC, datetime
from functools import lru_cache

from apscheduler.triggers.cron import CronTrigger

from core.errors import InvalidSchedule

PRESETS = {
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
    "@monthly": "0 0 1 * *",
    "@weekly": "0 0 * * 0",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@hourly": "0 * * * *",
}
WEEKDAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
FIELDS = (("minute", 0, 59), ("hour", 0, 23), ("day of the month", 1, 31), ("month", 1, 12), ("day of the week", 0, 7))
RESTARTS = ((60, "hour"), (24, "day"), (1, "month"), (12, "year"), (7, "week"))
PART = re.compile(r"(?:\*|(\d{1,2}|[a-z]{3})(?:-(\d{1,2}|[a-z]{3}))?)(?:/(\d{1,2}))?")


@lru_cache(maxsize=1024)
def parse(expression: str) -> CronTrigger:
    """Return APScheduler's trigger for a crontab expression, on a clock without summer time.

    Weekdays count as in cron: 0 and 7 are Sunday. The trigger reads wall-clock times as if they were UTC; what they
    mean in a time zone is for :mod:`core.retraining.triggers`.

    Raises:
        InvalidSchedule: the expression is no crontab line, or not one that can be told without doubt.
    """
    minute, hour, day, month, weekday = _values(expression)
    return CronTrigger(
        minute=_written(minute),
        hour=_written(hour),
        day=_written(day),
        month=_written(month),
        day_of_week=",".join(WEEKDAYS[value] for value in sorted({v % 7 for v in weekday})) if weekday else "*",
        timezone=UTC,
    )


def next_wall(expression: str, after: datetime) -> datetime | None:
    """Return the first wall-clock time (naive, whole minutes) after ``after`` (naive), or None when there is none."""
    trigger = parse(expression)
    found = trigger.get_next_fire_time(None, after.replace(tzinfo=UTC))
    if found is not None and found.replace(tzinfo=None) == after:
        found = trigger.get_next_fire_time(found, found)
    return None if found is None else found.replace(tzinfo=None)


def describe(expression: str) -> str:
    """Return the expression in words, such as "at 02:30, only on Sunday".

    Raises:
        InvalidSchedule: the expression cannot be used.
    """
    from cron_descriptor import Options, get_description

    parse(expression)
    parts = _split(expression)
    parts[4] = _named(parts[4])
    options = Options()
    options.use_24hour_time_format = True
    words = str(get_description(" ".join(parts), options))
    return words[0].lower() + words[1:] + "".join(map(_restart, parts, RESTARTS))


def _split(expression: str) -> list[str]:
    text = expression.strip().lower()
    parts = PRESETS.get(text, text).split()
    if len(parts) != len(FIELDS):
        raise InvalidSchedule(
            problem=f"{expression!r} is no cron expression: it needs five fields (minute, hour, day of the month, "
            "month, day of the week), like '30 2 * * mon', or one of " + ", ".join(sorted(PRESETS)),
        )
    return parts


@lru_cache(maxsize=1024)
def _values(expression: str) -> list[tuple[int, ...]]:
    """Return the allowed values of each field; an empty tuple where all are."""
    parts = _split(expression)
    values = [_field(part, index, expression) for index, part in enumerate(parts)]
    if parts[2] != "*" and parts[4] != "*":
        raise InvalidSchedule(
            problem=f"{expression!r} restricts both the day of the month and the day of the week, which cron reads as "
            "'either' and most people as 'both'. Leave one of them '*', and make two schedules if you mean either",
        )
    return values


def _field(text: str, index: int, expression: str) -> tuple[int, ...]:
    if text == "*":
        return ()
    values: set[int] = set()
    for part in text.split(","):
        values.update(_part(part, index, expression))
    return tuple(sorted(values))


def _part(text: str, index: int, expression: str) -> range:
    name, low, high = FIELDS[index]
    match = PART.fullmatch(text)
    if match is None:
        raise InvalidSchedule(problem=f"{text!r} is no {name} in {expression!r}: use numbers, '*', ',', '-' and '/'")
    first, last, step = match.groups()
    start = low if first is None else _number(first, index, expression)
    is_open = first is None or (last is None and step is not None)
    end = _number(last, index, expression) if last else (_last(index, high) if is_open else start)
    if index == 4 and last and end == 0 and start > 0:
        end = 7
    if start > end or step == "0" or (step and set(step) == {"0"}):
        raise InvalidSchedule(problem=f"{text!r} in {expression!r} holds no {name}: write the smaller number first")
    return range(start, end + 1, int(step or 1))


def _last(index: int, high: int) -> int:
    return 6 if index == 4 else high


def _number(text: str, index: int, expression: str) -> int:
    name, low, high = FIELDS[index]
    names = {3: MONTHS, 4: WEEKDAYS}.get(index, ())
    if text in names:
        return names.index(text) + low
    if not text.isdigit() or not low <= int(text) <= high:
        raise InvalidSchedule(problem=f"{text!r} is no {name} in {expression!r}: it goes from {low} to {high}")
    return int(text)


def _written(values: tuple[int, ...]) -> str:
    return ",".join(map(str, values)) or "*"


def _named(weekdays: str) -> str:
    """Return a list or stepped range of weekdays as their names, each once."""
    if "," not in weekdays and "/" not in weekdays:
        return weekdays
    return ",".join(WEEKDAYS[day] for day in sorted({value % 7 for value in _field(weekdays, 4, weekdays)}))


def _restart(part: str, restart: tuple[int, str]) -> str:
    """Return what to add to the words of a step that does not fill its range evenly, such as every 7 minutes."""
    size, unit = restart
    match = re.fullmatch(r"(?:\*|\d+)/(\d+)", part)
    return f", starting anew each {unit}" if match and size % int(match[1]) else ""
