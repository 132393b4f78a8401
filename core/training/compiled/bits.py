"""Small trees compiled to bits: every answer of an input rules out leaves, what is left of all is the leaf reached.

The method is QuickScorer (Lucchese et al., SIGIR 2015): leaves are bits from left to right; a question answered "no"
clears those of its left branch, and the lowest bit that stands is the leaf. Here all questions about one input are
answered by one row of a table: the row of the interval a number falls into, or of a category. A record is then one
row for each input and one AND over them, for all trees at once.
"""

from bisect import bisect_left
from collections.abc import Mapping
from typing import Any

import numpy as np

from core.training.compiled import links
from core.training.compiled.form import Array, Form
from core.training.compiled.preparation import Lookup, Number, Preparation, Records

KIND = "bits"
LARGEST_FLOAT32 = 3.4028235677973366e38
"""From here on a number rounds to infinity in single precision."""

DE_BRUIJN: Mapping[int, tuple[int, int]] = {32: (0x077CB531, 27), 64: (0x03F79D71B4CB0A89, 58)}
"""By width of a word: the factor and shift that turn a word with one bit into a number of its own (Leiserson 1998)."""

ROWS_AT_ONCE = 256
"""Rows whose words stay in the cache together."""


def codes(bits: int) -> Array:
    """Return the code of each single bit of a word: where in a row of leaf values the leaf of that bit stands."""
    factor, shift = DE_BRUIJN[bits]
    whole = (1 << bits) - 1
    return np.array([(((1 << bit) * factor) & whole) >> shift for bit in range(bits)], dtype=np.int64)


class Bits:
    """Sums over trees of at most 64 leaves.

    ``masks`` has a row for each interval or category of each input and a column for each tree; ``leaves`` the values
    by tree and code (and output, when leaves hold several). ``base`` starts the sums, ``divisor`` ends them.
    """

    few = 3

    def __init__(self, preparation: Preparation, form: Form) -> None:
        model = form.document["model"]
        self._link = model["link"]
        self._outputs = len(model["base"])
        self._base = np.array(model["base"], dtype=np.float64)
        self._divisor = float(model["divisor"])
        self._limit = LARGEST_FLOAT32 if model["single"] else np.inf
        self._masks = form.arrays["masks"]
        self._leaves = form.arrays["leaves"]
        bits = self._masks.dtype.itemsize * 8
        factor, shift = DE_BRUIJN[bits]
        self._factor, self._shift = self._masks.dtype.type(factor), self._masks.dtype.type(shift)
        self._all = np.iinfo(self._masks.dtype).max
        self._starts = np.arange(self._masks.shape[1], dtype=np.int64) * bits
        self._numbers: list[tuple[Number, int, Array, list[float]]] = []
        self._lookups: list[tuple[Lookup, int]] = []
        for (number, offset, count), part in zip(model["parts"], preparation.parts, strict=True):
            if isinstance(part, Lookup) and count:
                self._lookups.append((part, offset))
            elif isinstance(part, Number) and (count or model["single"]):
                steps = form.arrays[f"steps{number}"]
                self._numbers.append((part, offset, steps, steps.tolist()))

    def one(self, record: Mapping[str, Any]) -> list[float]:
        """Answer one record.

        Raises:
            ValueError: a number is too large for the model.
        """
        rows = []
        for number, offset, _, steps in self._numbers:
            value = number.one(record.get(number.input))
            if not -self._limit < value < self._limit and value == value:
                raise too_large(number.input)
            if steps:
                rows.append(offset + (bisect_left(steps, value) if value == value else len(steps) + 1))
        for lookup, offset in self._lookups:
            rows.append(offset + lookup.one(record.get(lookup.input)))
        left = np.bitwise_and.reduce(self._masks.take(np.array(rows, dtype=np.intp), 0), axis=0)
        raw = self._sums(left[np.newaxis])[0].tolist()
        return links.one(self._link, raw)

    def many(self, records: Records) -> Array:
        """Answer records in one go; errors are those of :meth:`one`."""
        columns = [self._intervals(records, *entry) for entry in self._numbers]
        columns += [offset + lookup.many(records) for lookup, offset in self._lookups]
        rows = [column for column in columns if column is not None]
        parts = []
        for start in range(0, len(records), ROWS_AT_ONCE):
            size = len(records[start : start + ROWS_AT_ONCE])
            left = np.full((size, self._masks.shape[1]), self._all, dtype=self._masks.dtype)
            for row in rows:
                np.bitwise_and(left, self._masks.take(row[start : start + ROWS_AT_ONCE], 0), out=left)
            parts.append(self._sums(left))
        return links.many(self._link, np.concatenate(parts))

    def _intervals(self, records: Records, number: Number, offset: int, steps: Array, _: list[float]) -> Array | None:
        values = number.many(records)
        gaps = np.isnan(values)
        if (np.abs(values, where=~gaps, out=np.zeros_like(values)) >= self._limit).any():
            raise too_large(number.input)
        if not len(steps):
            return None
        found = offset + np.searchsorted(steps, values)
        found[gaps] = offset + len(steps) + 1
        return found

    def _sums(self, left: Array) -> Array:
        """Add up the leaves that are left, in the order of the trees, as scikit-learn does."""
        lowest = left & (~left + left.dtype.type(1))
        found = ((lowest * self._factor) >> self._shift).astype(np.int64) + self._starts
        values = self._leaves.take(found, 0)
        rows, outputs = len(left), self._outputs
        if values.ndim == 2:
            values = values.reshape(rows, -1, outputs)
        stacked = np.concatenate([np.broadcast_to(self._base, (1, rows, outputs)), values.transpose(1, 0, 2)])
        return np.asarray(np.add.reduce(np.ascontiguousarray(stacked), axis=0) / self._divisor)


def too_large(name: str) -> ValueError:
    """Return the error about a number that single precision cannot hold."""
    return ValueError(f"{name!r} is too large for this model, which computes in single precision")
