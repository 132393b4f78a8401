"""One column at a time: sorted whole where it fits, else in one pass over its parts."""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from core.datasets.profile import numbers, words
from core.datasets.profile.sketches import Distinct, Moments, different, hashed
from core.datasets.profile.source import Source
from core.datasets.values import kind_of
from core.records.dataset import ColumnKind, ColumnProfile
from core.records.profile import Outliers

WHOLE_ROWS = 1_000_000
WHOLE_BYTES = 64 << 20
_DAY_US = 86_400_000_000
_MOST_DAYS = 1_000_000
_VALUES = 1 << 16

Places = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Described:
    """A profile, and the sampled values; None for texts of too many kinds."""

    profile: ColumnProfile
    sample: pa.Array | None


def is_whole(source: Source, name: str) -> bool:
    """Tell whether a column fits into memory and can be sorted in no time."""
    return source.rows <= WHOLE_ROWS and source.size(name) <= WHOLE_BYTES


def whole(name: str, values: pa.ChunkedArray, places: Places) -> Described:
    """Describe a column from all of its values, exactly."""
    kind = kind_of(values.type)
    sample = values if len(places) == len(values) else values.take(pa.array(places))
    return Described(_whole(name, kind, values), sample.combine_chunks())


def _whole(name: str, kind: ColumnKind, values: pa.ChunkedArray) -> ColumnProfile:
    facts: dict[str, Any] = {"name": name, "kind": kind, "nulls": values.null_count}
    present = values.drop_null()
    if len(present) == 0:
        return ColumnProfile(**facts, distinct=0)
    if kind.is_numeric:
        return ColumnProfile(**facts, **_numbers(present, kind))
    if kind is ColumnKind.DATETIME:
        return ColumnProfile(**facts, **_moments(present))
    counts = pc.value_counts(present)
    measured = words.lengths(present) if kind is ColumnKind.TEXT else None
    return ColumnProfile(**facts, distinct=len(counts), top=words.top(counts), lengths=measured)


def _numbers(present: pa.ChunkedArray, kind: ColumnKind) -> dict[str, Any]:
    exact = np.sort(present.to_numpy())
    ordered = exact.astype(np.float64)
    is_integer = kind is ColumnKind.INTEGER
    edges, counts = numbers.histogram(ordered, is_integer=is_integer)
    return {
        "distinct": _different(exact),
        "minimum": numbers.figure(exact[0]),
        "maximum": numbers.figure(exact[-1]),
        "mean": numbers.mean(ordered),
        "std": numbers.std(ordered),
        "quantiles": numbers.quantiles(ordered),
        "tails": numbers.quantiles(ordered, numbers.TAILS),
        "edges": edges,
        "counts": counts,
        "top": words.top(pc.value_counts(present)) if is_integer else (),
        "outliers": numbers.outliers(ordered),
    }


def _moments(present: pa.ChunkedArray) -> dict[str, Any]:
    exact = np.sort(_microseconds(present))
    edges, counts = numbers.histogram(exact / 1e6, is_integer=False)
    single = different(exact)
    return {
        "distinct": len(single),
        "minimum": numbers.moment(int(exact[0])),
        "maximum": numbers.moment(int(exact[-1])),
        "edges": edges,
        "counts": counts,
        "top": words.top(pc.value_counts(present)),
        "steps": numbers.steps(single),
    }


def _different(ordered: npt.NDArray[Any]) -> int:
    return 1 + int(np.count_nonzero(ordered[1:] != ordered[:-1]))


def _microseconds(values: pa.Array | pa.ChunkedArray) -> npt.NDArray[np.int64]:
    found: npt.NDArray[np.int64] = values.cast(pa.timestamp("us")).cast(pa.int64()).to_numpy()
    return found


def streamed(source: Source, name: str, places: Places, connection: Any) -> Described:
    """Describe a column in one pass over its parts, from sketches and the sampled rows."""
    kind = kind_of(source.schema.field(name).type)
    if kind.is_numeric or kind is ColumnKind.DATETIME:
        return _Ordered(source, name, kind).run(places)
    return _texts(source, name, kind, places, connection)


def _texts(source: Source, name: str, kind: ColumnKind, places: Places, connection: Any) -> Described:
    sketch, nulls, start = words.TextSketch(connection), 0, 0
    taken: list[pa.Array] = []
    for part in source.parts(name):
        nulls += part.null_count
        plain = part.cast(pa.string()) if kind is ColumnKind.BOOLEAN else part
        sketch.add(plain.drop_null())
        # Texts of many kinds tell nothing about other columns; those are not kept.
        taken = [*taken, _sampled(part, places, start)] if sketch.is_exact else []
        start += len(part)
    profile = ColumnProfile(
        name=name,
        kind=kind,
        nulls=nulls,
        distinct=sketch.distinct,
        top=sketch.top,
        lengths=sketch.lengths if kind is ColumnKind.TEXT else None,
        estimated=() if sketch.is_exact else ("distinct",),
    )
    return Described(profile, pa.chunked_array(taken).combine_chunks() if taken else None)


def _sampled(part: pa.Array, places: Places, start: int) -> pa.Array:
    first, last = np.searchsorted(places, [start, start + len(part)])
    found = part.take(pa.array(places[first:last] - start))
    return found.dictionary_decode() if pa.types.is_dictionary(found.type) else found


class _Ordered:
    """Numbers or moments of a column in parts; moments are microseconds since 1970."""

    def __init__(self, source: Source, name: str, kind: ColumnKind) -> None:
        self._source, self._name, self._kind = source, name, kind
        self._is_moment = kind is ColumnKind.DATETIME
        self._facts, self._distinct, self._nulls = Moments(), Distinct(), 0
        self._days: set[int] = set()
        low, high = source.range(name) or (0, math.inf)
        is_integer = kind is ColumnKind.INTEGER
        self._edges = numbers.bins(float(low), float(high), is_integer=is_integer)
        self._counts = np.zeros(0 if self._edges is None else len(self._edges) - 1, np.int64)
        is_narrow = is_integer and high - low < _VALUES
        self._offset, self._values = low, np.zeros(int(high - low) + 1 if is_narrow else 0, np.int64)

    def run(self, places: Places) -> Described:
        """Go over the parts."""
        taken, start = [], 0
        for part in self._source.parts(self._name):
            taken.append(_sampled(part, places, start))
            start += len(part)
            self._nulls += part.null_count
            present = part.drop_null()
            self._add(_microseconds(present) if self._is_moment else present.to_numpy())
        sample = pa.chunked_array(taken).combine_chunks()
        return Described(self._profile(sample), sample)

    def _add(self, values: npt.NDArray[Any]) -> None:
        if not len(values):
            return
        self._facts.add(values)
        if len(self._values):
            self._values += np.bincount(values - self._offset, minlength=len(self._values))
        else:
            self._distinct.add(hashed(values))
        if self._is_moment and len(self._days) <= _MOST_DAYS:
            self._days.update(different(values // _DAY_US).tolist())
        if self._edges is not None:
            self._counts += _binned(values, self._edges)

    def _profile(self, sample: pa.Array) -> ColumnProfile:
        facts = self._facts
        if facts.count == 0:
            return ColumnProfile(name=self._name, kind=self._kind, nulls=self._nulls, distinct=0)
        shape = self._as_moments() if self._is_moment else self._as_numbers(sample.drop_null().to_numpy())
        distinct, is_exact = self._different()
        estimated = shape.pop("estimated") + (() if is_exact else ("distinct",))
        return ColumnProfile(
            name=self._name, kind=self._kind, nulls=self._nulls, distinct=distinct, estimated=estimated, **shape
        )

    def _different(self) -> tuple[int, bool]:
        if len(self._values):
            return int(np.count_nonzero(self._values)), True
        if self._facts.is_rising:
            return self._facts.count, True
        return min(self._distinct.count, self._facts.count), self._distinct.is_exact

    def _as_moments(self) -> dict[str, Any]:
        days = np.array(sorted(self._days), np.int64) * _DAY_US
        return {
            "minimum": numbers.moment(int(self._facts.low)),
            "maximum": numbers.moment(int(self._facts.high)),
            "edges": () if self._edges is None else tuple((self._edges / 1e6).tolist()),
            "counts": tuple(self._counts.tolist()),
            "steps": numbers.steps(days) if len(days) <= _MOST_DAYS else None,
            "estimated": ("steps",),
        }

    def _as_numbers(self, sampled: npt.NDArray[Any]) -> dict[str, Any]:
        facts, ordered = self._facts, np.sort(sampled).astype(np.float64)
        found: dict[str, Any] = {
            "minimum": numbers.figure(facts.low),
            "maximum": numbers.figure(facts.high),
            "mean": facts.mean,
            "std": facts.std,
            "edges": () if self._edges is None else tuple(self._edges.tolist()),
            "counts": tuple(self._counts.tolist()),
            "top": self._top(),
            "estimated": ("quantiles", "outliers"),
        }
        if len(ordered):
            middle = numbers.quantiles(ordered)[1:-1]
            found["quantiles"] = (float(facts.low), *middle, float(facts.high))
            found["tails"] = numbers.quantiles(ordered, numbers.TAILS)
            found["outliers"] = _scaled(numbers.outliers(ordered), facts.count / len(ordered))
        return found

    def _top(self) -> tuple[tuple[str, int], ...]:
        if not len(self._values):
            return ()
        best = np.argsort(-self._values, kind="stable")[: words.TOP]
        return tuple(
            (str(int(place) + int(self._offset)), int(self._values[place])) for place in best if self._values[place]
        )


def _binned(values: npt.NDArray[Any], edges: numbers.Floats) -> npt.NDArray[np.int64]:
    bins = len(edges) - 1
    places = ((values - edges[0]) * (bins / (edges[-1] - edges[0]))).astype(np.int64)
    return np.bincount(np.clip(places, 0, bins - 1), minlength=bins)


def _scaled(found: Outliers | None, factor: float) -> Outliers | None:
    if found is None:
        return None
    return found.model_copy(update={"below": round(found.below * factor), "above": round(found.above * factor)})
