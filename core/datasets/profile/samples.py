"""The sampled values of columns as numbers, as categories and as bins."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from core.datasets.profile.columns import Described
from core.records.dataset import ColumnKind

CATEGORIES = 50
BINS = 10

Floats = npt.NDArray[np.float64]
Codes = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Sample:
    """The sampled values of a column: ``numbers`` with NaN where they are missing, or ``codes`` from 0, missing -1."""

    name: str
    numbers: Floats | None
    codes: Codes

    @property
    def is_numeric(self) -> bool:
        """Whether values are on a scale."""
        return self.numbers is not None

    def on(self, rows: npt.NDArray[np.bool_]) -> "Sample":
        """Return the values of some rows."""
        return Sample(self.name, None if self.numbers is None else self.numbers[rows], self.codes[rows])


def sample_of(found: Described, step: int) -> Sample | None:
    """Return every ``step``-th of the sampled values; None of a column that says nothing about others."""
    if found.sample is None or (found.profile.distinct <= 1 and not found.profile.nulls):
        return None
    values = found.sample.take(pa.array(np.arange(0, len(found.sample), step))) if step > 1 else found.sample
    kind = found.profile.kind
    if kind.is_numeric or kind is ColumnKind.DATETIME:
        numbers = _numbers(values, kind)
        return Sample(found.profile.name, numbers, binned(numbers))
    return Sample(found.profile.name, None, categories(values))


def _numbers(values: pa.Array, kind: ColumnKind) -> Floats:
    plain: Any = values.cast(pa.timestamp("us")).cast(pa.int64()) if kind is ColumnKind.DATETIME else values
    numbers: Floats = plain.cast(pa.float64(), safe=False).to_numpy(zero_copy_only=False)
    return numbers


def binned(numbers: Floats) -> Codes:
    """Return bins of about equal frequency, at most ten; few different values get one each; missing is -1."""
    missing = np.isnan(numbers)
    present = numbers[~missing]
    codes = np.full(len(numbers), -1, np.int64)
    if not len(present):
        return codes
    edges = np.unique(np.quantile(present, np.linspace(0, 1, BINS + 1), method="lower"))
    few = np.unique(present[: BINS * 100])
    if len(few) <= BINS:
        few = np.unique(present)
        edges = few if len(few) <= BINS else edges
    codes[~missing] = np.clip(np.searchsorted(edges, present, side="right") - 1, 0, len(edges) - 1)
    return codes


def categories(values: pa.Array) -> Codes:
    """Return a number for each of the most frequent values, one more for all others; missing is -1."""
    plain = values.cast(pa.string()) if pa.types.is_boolean(values.type) else values
    coded = plain.dictionary_encode()
    codes: Codes = coded.indices.fill_null(-1).to_numpy(zero_copy_only=False).astype(np.int64)
    counts = np.bincount(codes[codes >= 0], minlength=max(len(coded.dictionary), 1))
    if len(counts) <= CATEGORIES:
        return codes
    ranks = np.full(len(counts) + 1, CATEGORIES, np.int64)
    ranks[np.argsort(-counts, kind="stable")[:CATEGORIES]] = np.arange(CATEGORIES)
    ranks[-1] = -1
    return ranks[codes]
