"""One side of a comparison: the values of a column that are there, sorted or counted, and how many are not."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from core.records.dataset import ColumnKind

Numbers = np.ndarray[Any, Any]

FREE_TEXT = 1_000
"""With more different values than this, most of them once, a column is free text and not categories."""


@dataclass(frozen=True)
class NumberSample:
    """Finite numbers, sorted; the rest of ``rows`` is missing, infinite ones too."""

    values: Numbers
    rows: int

    @property
    def present(self) -> int:
        """How many values are there."""
        return len(self.values)

    @property
    def missing(self) -> float:
        """The share of the rows without a value."""
        return 1 - self.present / self.rows if self.rows else 0.0


@dataclass(frozen=True)
class CategorySample:
    """How often each category occurs; the rest of ``rows`` is missing."""

    counts: Mapping[str, int]
    rows: int

    @cached_property
    def present(self) -> int:
        """How many values are there."""
        return sum(self.counts.values())

    @property
    def missing(self) -> float:
        """The share of the rows without a value."""
        return 1 - self.present / self.rows if self.rows else 0.0

    @property
    def is_free_text(self) -> bool:
        """Whether the values are hardly ever the same."""
        return len(self.counts) > max(FREE_TEXT, self.present / 2)

    def lengths(self) -> NumberSample:
        """Return how long the texts are."""
        sizes = np.repeat([len(text) for text in self.counts], list(self.counts.values())).astype(np.float64)
        return NumberSample(np.sort(sizes), self.rows)


Sample = NumberSample | CategorySample


def sample(side: "pd.Series[Any]", kind: ColumnKind) -> Sample:
    """Return the values of a column that are there.

    Raises:
        ValueError: the column holds something that is no number though it should.
    """
    return numbers(side) if kind.is_numeric else categories(side)


def numbers(side: "pd.Series[Any]") -> NumberSample:
    """Return the finite numbers of a column.

    Raises:
        ValueError: it holds something that is no number.
    """
    values = pd.to_numeric(side, errors="raise").to_numpy(dtype="float64", na_value=np.nan)
    return NumberSample(np.sort(values[np.isfinite(values)]), len(side))


def categories(side: "pd.Series[Any]") -> CategorySample:
    """Return how often each value occurs, as text; a whole number reads the same whether it came as 1 or as 1.0."""
    if isinstance(side.dtype, pd.CategoricalDtype):
        codes = side.cat.codes.to_numpy()
        found = np.bincount(codes[codes >= 0], minlength=len(side.cat.categories))
        pairs = zip(side.cat.categories, found.tolist(), strict=True)
    else:
        pairs = side.dropna().value_counts().items()  # type: ignore[assignment]
    counts: dict[str, int] = {}
    for value, count in pairs:
        if count:
            counts[text(value)] = counts.get(text(value), 0) + int(count)
    return CategorySample(counts, len(side))


def text(value: object) -> str:
    """Return a category as text."""
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)
