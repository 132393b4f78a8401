"""The numbers of a column in both versions, for its distributions.

Of the newer version only the cells that differ are read, from the rows that differ: what it holds otherwise is what the
older one holds. Only where cells count as equal that are not quite, under a tolerance, is it read whole.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq

from core.datasets.diff.sides import Sides
from core.records.dataset import Column
from core.statistics import distances

Numbers = np.ndarray[Any, Any]


@dataclass(frozen=True)
class Samples:
    """Finite numbers in ascending order: all of the older version, and those that it lost and got; and both means."""

    old: Numbers
    gone: Numbers
    come: Numbers
    means: tuple[float, float]

    @property
    def sizes(self) -> tuple[int, int]:
        """How many numbers either version has."""
        return len(self.old), len(self.old) - len(self.gone) + len(self.come)

    def shares(self, edges: Numbers) -> tuple[Numbers, Numbers]:
        """Return the share of the numbers of either version in each bin [low, high)."""
        inner = edges[1:-1]
        before = distances.below(self.old, inner)
        after = before - distances.below(self.gone, inner) + distances.below(self.come, inner)
        return distances.shares_of(before, self.sizes[0]), distances.shares_of(after, self.sizes[1])

    def ks(self) -> float:
        """Return the largest distance between the distribution functions of the versions."""
        return distances.ks_of_change(self.old, self.gone, self.come)


class Reader:
    """Reads columns of both versions one after the other, from files opened for it alone: threads share no readers."""

    def __init__(self, sides: Sides, rows: Path, *, is_exact: bool) -> None:
        self._sides = sides
        self._is_exact = is_exact
        self._before, self._after = (pq.ParquetFile(side.path) for side in (sides.before, sides.after))
        self._rows = pq.ParquetFile(rows)

    def __enter__(self) -> "Reader":
        return self

    def __exit__(self, *_: object) -> None:
        for file in (self._before, self._after, self._rows):
            file.close()

    def samples(self, column: Column) -> Samples:
        """Return the numbers of a column that both versions have."""
        old = _as_numbers(self._before.read(columns=[column.name]).column(column.name))
        if not self._is_exact:
            new = _as_numbers(self._after.read(columns=[column.name]).column(column.name))
            return _ordered(old, old[:0], old, new)
        places, gone, come = self._changed(column)
        return _ordered(old, np.delete(old, places), gone, come)

    def _changed(self, column: Column) -> tuple[Numbers, Numbers, Numbers]:
        """Return the places in the older version of the cells that went, these cells, and those that came."""
        place = self._sides.places[column.name]
        names = ["change", "b_row", f"b{place}", f"a{place}", f"c{place}"]
        table = self._rows.read(columns=names)
        change = table.column("change").to_numpy()
        is_changed = table.column(f"c{place}").to_numpy().astype(bool)
        went, came = is_changed | (change == "removed"), is_changed | (change == "added")
        old, new = (_as_numbers(table.column(f"{letter}{place}")) for letter in "ba")
        places = table.column("b_row").to_numpy()[went].astype(np.int64)
        return places, old[went], new[came]


def _as_numbers(values: Any) -> Numbers:
    """Return a column as floating point numbers, dates as seconds since 1970, NaN where nothing is."""
    found: Numbers = values.to_numpy()
    if found.dtype.kind != "M":
        return found.astype(np.float64)
    moments = found.astype("datetime64[us]")
    return np.where(np.isnat(moments), np.nan, moments.astype(np.int64) / 1e6)


def _ordered(old: Numbers, kept: Numbers, gone: Numbers, come: Numbers) -> Samples:
    old, kept, gone, come = (side[np.isfinite(side)] for side in (old, kept, gone, come))
    before = float(old.mean()) if len(old) else 0.0
    # Not the former sum less what went: a huge number among them would take the others' digits along.
    after = float((kept.sum() + come.sum()) / max(len(kept) + len(come), 1))
    for side in (old, gone, come):
        side.sort()
    return Samples(old, gone, come, (before, after))
