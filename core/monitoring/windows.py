"""Sides of a check, their columns read when they are asked for, and the windows a side is cut into."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from core.errors import NothingToCompare
from core.monitoring.drift import Pair
from core.monitoring.request import A_YEAR_BEFORE
from core.monitoring.roles import EXTRA
from core.records.dataset import ColumnKind, DatasetVersion

if TYPE_CHECKING:
    import pyarrow as pa

Rows = np.ndarray[Any, Any]

MOST = 400
"""Windows that one check may have."""

PREFIX = "features."
"""What the names of inputs begin with in the log of predictions."""

PERIODS = {"h": "hours", "d": "days", "w": "weeks"}

YEAR = timedelta(weeks=52)
"""A year of whole weeks: what people do goes by the weekday."""


@dataclass(frozen=True)
class Side:
    """One side of a check: what it is called, how many rows it has, the kind of every column, and how one is read."""

    label: str
    rows: int
    kinds: Mapping[str, ColumnKind]
    read: Callable[[str], "pd.Series[Any]"]

    def column(self, name: str) -> "pd.Series[Any] | None":
        """Return the values of a column, or None when this side does not have it."""
        return self.read(name) if name in self.kinds else None


@dataclass(frozen=True)
class Window:
    """A part of a side: places of its rows in the side (None: all of them), and its time where it has one."""

    label: str
    rows: Rows | None = field(default=None, compare=False)
    since: datetime | None = None
    until: datetime | None = None

    def of(self, column: "pd.Series[Any]") -> "pd.Series[Any]":
        """Return the values of a column in this window."""
        return column if self.rows is None else column.iloc[self.rows]

    def size(self, side: Side) -> int:
        """Return how many rows of ``side`` lie in the window."""
        return side.rows if self.rows is None else len(self.rows)


@dataclass(frozen=True)
class Asked:
    """A column to compare: the part it plays and the kind it is tested as; with a ``reason`` it is not tested."""

    name: str
    role: str
    kind: ColumnKind
    reason: str = ""


def of_dataset(version: DatasetVersion, read: Callable[[str], "pd.Series[Any]"]) -> Side:
    """Return the side of a dataset version."""
    return Side(str(version.ref), version.rows, {column.name: column.kind for column in version.columns}, read)


def of_predictions(table: "pa.Table", kinds: Mapping[str, ColumnKind]) -> Side:
    """Return the inputs of logged predictions (at least one, as columns), those that ``kinds`` names."""
    names = [name for name in kinds if PREFIX + name in table.column_names]

    def read(name: str) -> "pd.Series[Any]":
        return series(table[PREFIX + name])

    first, last = (table["at"][place].as_py() for place in (0, table.num_rows - 1))
    label = f"logged predictions, {first:%Y-%m-%d %H:%M} to {last:%Y-%m-%d %H:%M} UTC"
    return Side(label, table.num_rows, {name: kinds[name] for name in names}, read)


def series(values: "pa.ChunkedArray") -> "pd.Series[Any]":
    """Return a column of Arrow as one of pandas: texts as categories, which take little room and count fast."""
    import pyarrow as pa

    if pa.types.is_string(values.type) or pa.types.is_large_string(values.type):
        values = values.dictionary_encode()
    found: pd.Series[Any] = values.to_pandas()
    return found


def asked(name: str, role: str, reference: Side, current: Side, *, as_category: bool = False) -> Asked:
    """Put a column of both sides together; a change of its type becomes the reason it is not tested."""
    kinds = reference.kinds.get(name), current.kinds.get(name)
    kind = kinds[0] or kinds[1] or ColumnKind.TEXT
    reason = ""
    if kinds[0] and kinds[1] and kinds[0] is not kinds[1] and not (kinds[0].is_numeric and kinds[1].is_numeric):
        reason = f"the type changed from {kinds[0].value} to {kinds[1].value}"
    return Asked(name, role, ColumnKind.TEXT if as_category else kind, reason)


def extras(reference: Side, current: Side) -> list[Asked]:
    """Return a finding for each column only the current side has."""
    new = [name for name in current.kinds if name not in reference.kinds]
    return [Asked(name, EXTRA, current.kinds[name], "the reference has no such column") for name in new]


def pair(of: Asked, reference: "pd.Series[Any] | None", current: "pd.Series[Any] | None") -> Pair:
    """Return a column with its values on both sides."""
    return Pair(of.name, of.role, of.kind, reference, current, of.reason)


def moments(column: "pd.Series[Any]") -> Rows:
    """Return a column of moments as datetime64 in UTC without a zone, NaT where there is none."""
    return pd.to_datetime(column, utc=True).dt.tz_localize(None).to_numpy(dtype="datetime64[us]")


def whole(side: Side) -> list[Window]:
    """Return the whole side as one window."""
    return [Window(side.label)]


def last(side: Side, rows: int) -> list[Window]:
    """Return the last so many rows of a side, in the order it has."""
    start = max(0, side.rows - rows)
    return [Window(f"the last {side.rows - start:,} rows of {side.label}", np.arange(start, side.rows))]


def by_count(side: Side, order: Rows, rows: int, slide: int) -> list[Window]:
    """Return windows of so many rows each, in ``order``, a new one every ``slide`` rows; a short rest is left out.

    Raises:
        NothingToCompare: there would be too many.
    """
    starts = range(0, max(len(order) - rows, 0) + 1, slide)
    _require_few(len(starts))
    return [
        Window(f"rows {start + 1:,} to {min(start + rows, len(order)):,} of {side.label}", order[start : start + rows])
        for start in starts
    ]


def by_time(side: Side, times: Rows, every: str, slide: str) -> list[Window]:
    """Return windows of a length of time (``1d``, ``1w``, ``1mo``), a new one every ``slide``, in UTC.

    Windows in between that hold no row are there, too: nothing came is something to know. Rows without a moment
    are in none.

    Raises:
        NothingToCompare: no row has a moment, or there would be too many windows.
    """
    known, order = _in_order(times)
    if not len(known):
        raise NothingToCompare(problem=f"no row of {side.label} has a moment in its time column")
    first, final = (pd.Timestamp(known[place], tz="UTC").to_pydatetime() for place in (0, -1))
    found = []
    for since, until in spans(first, final, every, slide):
        name = f"{_named(since, every)} of {side.label}"
        found.append(Window(name, _between(known, order, since, until), since, until))
    return found


def year_before(side: Side, times: Rows, cut: Sequence[Window], every: str) -> list[Window]:
    """Return for each window of time the one a year before it in the same side, without rows where there are none."""
    known, order = _in_order(times)
    found = []
    for window in cut:
        assert window.since is not None and window.until is not None, "it was cut by time"  # noqa: S101, PT018
        since, until = (_year_before(end, every) for end in (window.since, window.until))
        name = f"{_named(since, every)} of {side.label}{A_YEAR_BEFORE}"
        found.append(Window(name, _between(known, order, since, until), since, until))
    return found


def _year_before(moment: datetime, every: str) -> datetime:
    return moment.replace(year=moment.year - 1) if _unit(every) == "mo" else moment - YEAR


def _in_order(times: Rows) -> tuple[Rows, Rows]:
    """Return the moments that are known in their order, and the places of their rows."""
    order = np.argsort(times, kind="stable")
    known = times[order]
    count = int(np.count_nonzero(~np.isnat(known)))
    return known[:count], order[:count]


def _between(known: Rows, order: Rows, since: datetime, until: datetime) -> Rows:
    ends = [np.searchsorted(known, np.datetime64(end.replace(tzinfo=None))) for end in (since, until)]
    return np.sort(order[ends[0] : ends[1]])


def spans(first: datetime, final: datetime, every: str, slide: str) -> Sequence[tuple[datetime, datetime]]:
    """Return the spans (since, until) of length ``every`` that begin every ``slide`` and hold ``first`` to ``final``.

    Raises:
        NothingToCompare: there would be more than ``MOST``.
    """
    found: list[tuple[datetime, datetime]] = []
    for since in _starts(first, slide):
        if since > final or len(found) > MOST:
            break
        found.append((since, _after(since, every)))
    _require_few(len(found))
    return found


def _starts(first: datetime, slide: str) -> Iterator[datetime]:
    moment = first.replace(minute=0, second=0, microsecond=0)
    unit = _unit(slide)
    if unit != "h":
        moment = moment.replace(hour=0)
    if unit == "w":
        moment -= timedelta(days=moment.weekday())
    if unit == "mo":
        moment = moment.replace(day=1)
    while True:
        yield moment
        moment = _after(moment, slide)


def _after(moment: datetime, length: str) -> datetime:
    unit = _unit(length)
    count = int(length[: -len(unit)])
    if unit == "mo":
        months = moment.year * 12 + moment.month - 1 + count
        return moment.replace(year=months // 12, month=months % 12 + 1, day=min(moment.day, 28))
    return moment + timedelta(**{PERIODS[unit]: count})


def _unit(length: str) -> str:
    return "mo" if length.endswith("mo") else length[-1]


def _named(since: datetime, every: str) -> str:
    unit = _unit(every)
    if every == "1mo":
        return f"{since:%B %Y}"
    if every == "1d":
        return f"{since:%Y-%m-%d}"
    return f"{every} from {since:%Y-%m-%d %H:%M}" if unit == "h" else f"{every} from {since:%Y-%m-%d}"


def _require_few(count: int) -> None:
    if count > MOST:
        raise NothingToCompare(problem=f"more than {MOST} windows are too many for one check; make them longer")
