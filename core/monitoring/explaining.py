"""Where the drift of a column comes from: the part of the rows without which it is gone, and rows to look at."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd

from core.monitoring import histograms
from core.monitoring.methods import TOP_CATEGORIES
from core.monitoring.samples import categories, numbers, text
from core.records.monitor import ColumnDrift, Segment
from core.statistics import distances

ROWS = 4_000
"""Rows a side that segments are looked for in, at most."""

FEWEST = 50
LEAST_SHARE, MOST_SHARE = 0.05, 0.8
CANDIDATES, NAMED, SHOWN = 8, 3, 10
GONE = 0.7
"""A segment is named when the distance without it is at most so much of the whole."""

Codes = np.ndarray[Any, Any]


@dataclass(frozen=True)
class Candidate:
    """A column that can part the rows: names of its parts, and the part of each row on both sides, -1 for none."""

    column: str
    names: tuple[str, ...]
    reference: Codes
    current: Codes


def candidate(
    name: str, reference: "pd.Series[Any]", current: "pd.Series[Any]", *, is_number: bool
) -> Candidate | None:
    """Return how a column parts the rows: by quarter of the reference's numbers, or by category; None for too many."""
    if is_number:
        return _quarters(name, reference, current)
    counts = categories(reference).counts
    names = sorted(counts, key=lambda value: -counts[value])
    if not 1 < len(names) <= TOP_CATEGORIES:
        return None
    places = {value: place for place, value in enumerate(names)}
    sides = [_coded(side, places) for side in (reference, current)]
    return Candidate(name, tuple(names), sides[0], sides[1])


def _coded(side: "pd.Series[Any]", places: Mapping[str, int]) -> Codes:
    if isinstance(side.dtype, pd.CategoricalDtype):
        table = np.array([places.get(text(value), -1) for value in side.cat.categories] + [-1], dtype=np.int16)
        return table[side.cat.codes.to_numpy()]
    return side.map(lambda value: places.get(text(value), -1), na_action="ignore").fillna(-1).to_numpy(dtype=np.int16)


def _quarters(name: str, reference: "pd.Series[Any]", current: "pd.Series[Any]") -> Candidate | None:
    known = numbers(reference).values
    if not len(known):
        return None
    edges = np.unique(np.quantile(known, [0.25, 0.5, 0.75]))
    sides = []
    for side in (reference, current):
        values = pd.to_numeric(side, errors="coerce").to_numpy(dtype="float64", na_value=np.nan)
        sides.append(np.where(np.isfinite(values), np.searchsorted(edges, values, side="left"), -1).astype(np.int16))
    ends = [f"{edge:.4g}" for edge in edges]
    middle = [f"{low} to {high}" for low, high in pairwise(ends)]
    return Candidate(name, (f"at most {ends[0]}", *middle, f"above {ends[-1]}"), sides[0], sides[1])


def segments(
    column: ColumnDrift,
    reference: "pd.Series[Any]",
    current: "pd.Series[Any]",
    candidates: Sequence[Candidate],
    rows: Codes,
    before: Codes | None = None,
) -> tuple[Segment, ...]:
    """Return the parts of the rows without which most of the distance is gone, the one that explains most first.

    ``rows`` are places of the window in the current side, ``before`` those of the reference (None for all).
    """
    old = _drawn(np.arange(len(reference)) if before is None else before)
    new = _drawn(rows)
    sides = _values(column, reference.iloc[old], current.iloc[new])
    whole = _distance(column, *sides)
    found = []
    for one in candidates:
        if one.column == column.name or not whole:
            continue
        parts = one.reference[old], one.current[new]
        found += list(_without(column, one, sides, parts, whole))
    return tuple(sorted(found, key=lambda segment: segment.without)[:NAMED])


def _without(
    column: ColumnDrift, one: Candidate, sides: tuple[Codes, Codes], parts: tuple[Codes, Codes], whole: float
) -> Iterator[Segment]:
    for place, name in enumerate(one.names):
        inside = parts[0] == place, parts[1] == place
        share = float(inside[1].mean()) if len(inside[1]) else 0.0
        if not LEAST_SHARE <= share <= MOST_SHARE or inside[1].sum() < FEWEST or (~inside[0]).sum() < FEWEST:
            continue
        without = _distance(column, sides[0][~inside[0]], sides[1][~inside[1]])
        if without is None or without > GONE * whole:
            continue
        within = _distance(column, sides[0][inside[0]], sides[1][inside[1]])
        yield Segment(
            column=one.column,
            value=name[: histograms.LABEL_LENGTH],
            share=share,
            distance=whole if within is None else within,
            without=without,
        )


def _drawn(rows: Codes) -> Codes:
    """Return at most ``ROWS`` of the rows, drawn with a fixed seed."""
    return rows if len(rows) <= ROWS else np.sort(np.random.default_rng(0).choice(rows, ROWS, replace=False))


def _values(column: ColumnDrift, reference: "pd.Series[Any]", current: "pd.Series[Any]") -> tuple[Codes, Codes]:
    """Return the values of both sides as numbers; of categories their places, -1 for missing."""
    if column.kind.is_numeric:
        sides = [
            pd.to_numeric(side, errors="coerce").to_numpy(dtype="float64", na_value=np.nan)
            for side in (reference, current)
        ]
        return sides[0], sides[1]
    names = {**categories(reference).counts, **categories(current).counts}
    places = {name: place for place, name in enumerate(names)}
    return _coded(reference, places).astype(np.float64), _coded(current, places).astype(np.float64)


def _distance(column: ColumnDrift, reference: Codes, current: Codes) -> float | None:
    """Return the Kolmogorov-Smirnov distance of numbers or the Jensen-Shannon distance of categories."""
    if column.kind.is_numeric:
        old, new = (np.sort(side[np.isfinite(side)]) for side in (reference, current))
        return distances.gaps(old, new)[0] if len(old) and len(new) else None
    counts = [side[side >= 0].astype(np.int64) for side in (reference, current)]
    if not (len(counts[0]) and len(counts[1])):
        return None
    most = int(max(counts[0].max(), counts[1].max())) + 1
    shares = [np.bincount(side, minlength=most) / len(side) for side in counts]
    return distances.jensen_shannon(shares[0], shares[1])


def telling_rows(column: ColumnDrift, current: "pd.Series[Any]", rows: Codes) -> tuple[int, ...]:
    """Return places of at most ``SHOWN`` rows of the window that contribute most: in the bin or category that grew
    most, spread evenly over it."""
    if not column.labels:
        return ()
    grown = int(np.argmax(np.array(column.current) - np.array(column.reference)))
    inside = rows[_lies_in(column, current.iloc[rows], grown)]
    if len(inside) > SHOWN:
        inside = inside[np.linspace(0, len(inside) - 1, SHOWN).astype(int)]
    return tuple(int(place) for place in inside)


def _lies_in(column: ColumnDrift, values: "pd.Series[Any]", place: int) -> Codes:
    if not column.kind.is_numeric:
        names = set(column.labels) - {histograms.OTHER}
        label = column.labels[place]
        found = categories_of(values)
        rest: Codes = ~np.isin(found, list(names)) & (found != "")
        return rest if label == histograms.OTHER else np.asarray(found == label)
    known = pd.to_numeric(values, errors="coerce").to_numpy(dtype="float64", na_value=np.nan)
    if not column.edges:
        return np.asarray([f"{value:.10g}" == column.labels[place] for value in known], dtype=bool)
    low, high = column.edges[place], column.edges[place + 1]
    is_last = place == len(column.labels) - 1
    inside: Codes = (known >= low) & ((known <= high) if is_last else (known < high))
    return inside


def categories_of(values: "pd.Series[Any]") -> Codes:
    """Return categories as text, empty where missing."""
    return np.array(
        ["" if pd.isna(value) else text(value)[: histograms.LABEL_LENGTH] for value in values], dtype=object
    )
