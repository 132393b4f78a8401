"""Windows of served answers: of the calendar in UTC, or of so many answers each."""

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise

from core.errors import NothingToMeasure

MOST = 400
"""Windows of one check at most."""

EVERY = ("hour", "day", "week", "month", "all")


@dataclass(frozen=True)
class Window:
    """A time (``since <= at < until``) and the places of its answers."""

    since: datetime
    until: datetime
    first: int
    last: int


def cut(moments: Sequence[datetime], every: str, since: datetime | None, until: datetime | None) -> list[Window]:
    """Cut answers, oldest first, into windows: one of ``EVERY``, or a number of answers.

    Windows without answers are kept, so that a gap shows.

    Raises:
        NothingToMeasure: there are no answers, or too many windows.
    """
    if not moments:
        raise NothingToMeasure(problem="no prediction was logged in that time.")
    first, last = since or moments[0], until or moments[-1] + timedelta(microseconds=1)
    if every.isdecimal():
        return _by_rows(moments, int(every))
    edges = [first, last] if every == "all" else _edges(first, last, every)
    if len(edges) - 1 > MOST:
        problem = f"a window each {every} makes {len(edges) - 1:,}; at most {MOST} are measured at once."
        raise NothingToMeasure(problem=problem)
    return [_window(moments, begin, end) for begin, end in pairwise(edges)]


def _by_rows(moments: Sequence[datetime], rows: int) -> list[Window]:
    size = max(rows, len(moments) // MOST + 1)
    return [
        Window(moments[begin], moments[end - 1] + timedelta(microseconds=1), begin, end)
        for begin, end in ((at, min(at + size, len(moments))) for at in range(0, len(moments), size))
    ]


def _edges(first: datetime, last: datetime, every: str) -> list[datetime]:
    edges = [_start(first, every)]
    while edges[-1] < last and len(edges) <= 100 * MOST:
        edges.append(_next(edges[-1], every))
    return edges


def _start(moment: datetime, every: str) -> datetime:
    hour = moment.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
    day = hour.replace(hour=0)
    starts = {"hour": hour, "day": day, "week": day - timedelta(days=day.weekday()), "month": day.replace(day=1)}
    return starts[every]


def _next(moment: datetime, every: str) -> datetime:
    if every == "month":
        return (moment + timedelta(days=32)).replace(day=1)
    return moment + {"hour": timedelta(hours=1), "day": timedelta(days=1), "week": timedelta(weeks=1)}[every]


def _window(moments: Sequence[datetime], begin: datetime, end: datetime) -> Window:
    return Window(begin, end, bisect_left(moments, begin), bisect_left(moments, end))
