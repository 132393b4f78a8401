"""What a table looks like: every column in figures, and what a careful reader would frown at, worst first."""

import math
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from core.datasets.values import kind_of
from core.records.base import clipped
from core.records.dataset import ColumnKind, ColumnProfile, Profile

BINS = 20
TOP = 8
QUANTILES = (0.0, 0.25, 0.5, 0.75, 1.0)
MANY_MISSING = 0.3
MANY_TEXTS = 100
# With fewer rows, a column of different values says nothing.
_ENOUGH_ROWS = 20
_NAMED = 5
_NOTES = 10
_EXACT = 2**53
_LONGEST_VALUE = 100

Floats = npt.NDArray[np.float64]


def profile(table: pa.Table, doubts: Sequence[str] = (), notes: Sequence[str] = ()) -> Profile:
    """Describe a typed table.

    Args:
        table: as :func:`core.datasets.reading.read` returns it.
        doubts: warnings of the reader that question the whole; they come first.
        notes: remarks of the reader on single columns; they come last.
    """
    columns = tuple(_column(name, table[name]) for name in table.column_names)
    duplicates = table.num_rows - _distinct_rows(table)
    found = tuple(_warnings(columns, table.num_rows, duplicates))
    return Profile(
        rows=table.num_rows, duplicates=duplicates, columns=columns, warnings=(*doubts, *found, *_first(notes))
    )


def _column(name: str, values: pa.ChunkedArray) -> ColumnProfile:
    kind = kind_of(values.type)
    facts: dict[str, Any] = {"name": name, "kind": kind, "nulls": values.null_count}
    present = values.drop_null()
    if len(present) == 0:
        return ColumnProfile(**facts, distinct=0)
    if kind.is_numeric:
        return ColumnProfile(**facts, **_numbers(present, kind))
    counts = pc.value_counts(present)
    facts |= {"distinct": len(counts), "top": _top(counts, kind)}
    if kind is ColumnKind.DATETIME:
        ends = pc.min_max(present).as_py()
        facts |= {"minimum": _shown(ends["min"]), "maximum": _shown(ends["max"])}
    return ColumnProfile(**facts)


def _numbers(present: pa.ChunkedArray, kind: ColumnKind) -> dict[str, Any]:
    exact = np.sort(present.to_numpy())
    ordered = exact.astype(np.float64)
    is_integer = kind is ColumnKind.INTEGER
    edges, counts = _histogram(ordered, is_integer=is_integer)
    return {
        "distinct": 1 + int(np.count_nonzero(exact[1:] != exact[:-1])),
        "minimum": _figure(exact[0]),
        "maximum": _figure(exact[-1]),
        "mean": _mean(ordered),
        "std": _std(ordered),
        "quantiles": _quantiles(ordered),
        "edges": edges,
        "counts": counts,
        "top": _top(pc.value_counts(present), kind) if is_integer else (),
    }


def _mean(numbers: Floats) -> float | None:
    with np.errstate(over="ignore", invalid="ignore"):
        return _finite(float(numbers.mean()))


def _std(numbers: Floats) -> float | None:
    """Return the sample standard deviation; None of a single value, or when its squares are beyond a float."""
    if len(numbers) < 2:
        return None
    with np.errstate(over="ignore", invalid="ignore"):
        return _finite(float(numbers.std(ddof=1)))


def _quantiles(ordered: Floats) -> tuple[float, ...]:
    """Interpolate linearly between neighbours, as NumPy does, but without sorting again."""
    found = []
    for share in QUANTILES:
        place = share * (len(ordered) - 1)
        below, above = ordered[math.floor(place)], ordered[math.ceil(place)]
        weight = place - math.floor(place)
        found.append(float(below * (1 - weight) + above * weight))
    return tuple(found)


def _histogram(ordered: Floats, *, is_integer: bool) -> tuple[tuple[float, ...], tuple[int, ...]]:
    """Count values in at most 20 equal bins; few integers get a bin each, centred on the value.

    Returns:
        (edges, counts), both empty when the range is too wide or too narrow for a float.
    """
    low, high = float(ordered[0]), float(ordered[-1])
    if is_integer and high - low < BINS:
        edges = np.arange(low - 0.5, high + 1.0)
    elif low == high:
        edges = np.array([low - 0.5, high + 0.5])
    else:
        with np.errstate(over="ignore", invalid="ignore"):
            edges = np.linspace(low, high, BINS + 1)
    if not np.isfinite(edges).all() or not (np.diff(edges) > 0).all():
        return (), ()
    counts, _ = np.histogram(ordered, edges)
    return tuple(float(edge) for edge in edges), tuple(int(count) for count in counts)


def _top(counts: pa.StructArray, kind: ColumnKind) -> tuple[tuple[str, int], ...]:
    """Return the most frequent values as text; among equally frequent ones the smaller first."""
    values = counts.field("values")
    # Arrow does not sort booleans; as text they also read as they do in CSV and JSON.
    values = values.cast(pa.string()) if kind is ColumnKind.BOOLEAN else values
    table = pa.table({"value": values, "count": counts.field("counts")})
    order = [("count", "descending"), ("value", "ascending")]
    best = table.take(pc.select_k_unstable(table, TOP, order))
    return tuple((_shown(row["value"]), row["count"]) for row in best.to_pylist())


def _distinct_rows(table: pa.Table) -> int:
    """Count rows that differ from all before them; missing equals missing."""
    return int(table.group_by(table.column_names).aggregate([]).num_rows)


def _warnings(columns: Sequence[ColumnProfile], rows: int, duplicates: int) -> Iterator[str]:
    """Yield one sentence a problem, worst first."""
    void = [_name(column) for column in columns if column.distinct == 0]
    if void:
        yield f"No value at all: {_some(void)}. Leave such columns out."
    constant = [_name(column) for column in columns if column.distinct == 1 and not column.nulls and rows > 1]
    if constant:
        yield f"The same value in every row: {_some(constant)}. A model learns nothing from it."
    unique = [_name(column) for column in columns if _is_identifier(column, rows)]
    if unique:
        yield f"Different in every row, like an identifier: {_some(unique)}. Do not train on it."
    sparse = [
        f"{_name(column)} ({_share(column.nulls, rows)})"
        for column in sorted(columns, key=lambda column: -column.nulls)
        if column.distinct and column.nulls >= MANY_MISSING * rows
    ]
    if sparse:
        yield f"Many values are missing: {_some(sparse)}."
    if duplicates:
        noun = "row is an exact copy" if duplicates == 1 else "rows are exact copies"
        yield f"{duplicates:,} {noun} of an earlier row ({_share(duplicates, rows)})."
    wordy = [f"{_name(column)} ({column.distinct:,})" for column in columns if _is_wordy(column, rows)]
    if wordy:
        yield f"Many different texts: {_some(wordy)}. As categories, most are too rare to learn from."


def _is_identifier(column: ColumnProfile, rows: int) -> bool:
    label = column.kind in (ColumnKind.INTEGER, ColumnKind.TEXT)
    return label and column.distinct == rows >= _ENOUGH_ROWS


def _is_wordy(column: ColumnProfile, rows: int) -> bool:
    return column.kind is ColumnKind.TEXT and column.distinct > MANY_TEXTS and not _is_identifier(column, rows)


def _name(column: ColumnProfile) -> str:
    return repr(clipped(column.name, 60))


def _share(part: int, whole: int) -> str:
    """Round to a percent, but never to none or all."""
    if part < whole / 100:
        return "less than 1%"
    return f"{min(round(100 * part / whole), 99 if part < whole else 100)}%"


def _some(labels: Sequence[str]) -> str:
    more = len(labels) - _NAMED
    return ", ".join(labels[:_NAMED]) + (f" and {more:,} more" if more > 0 else "")


def _first(notes: Sequence[str]) -> tuple[str, ...]:
    more = len(notes) - _NOTES
    return (*notes[:_NOTES], *((f"{more:,} more columns have remarks of this kind.",) if more > 0 else ()))


def _shown(value: object) -> str:
    return clipped(value.isoformat(sep=" ") if isinstance(value, datetime) else str(value), _LONGEST_VALUE)


def _figure(value: np.generic) -> float | str:
    """Return a number as JSON can carry it: integers beyond what a float holds as their digits."""
    number = value.item()
    return str(number) if isinstance(number, int) and abs(number) > _EXACT else float(number)


def _finite(number: float) -> float | None:
    return number if math.isfinite(number) else None
