"""Texts and truths in figures: how often each occurs, and how long they are."""

from collections import Counter
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from core.datasets.profile.sketches import Distinct, Hashes
from core.records.base import clipped
from core.records.profile import Lengths

TOP = 8
COUNTED = 100_000
_LONGEST_VALUE = 100
_MANY_IN_A_PART = 20_000


def top(counts: pa.StructArray) -> tuple[tuple[str, int], ...]:
    """Return the most frequent values as text; among equally frequent ones the smaller first."""
    values = counts.field("values")
    # Arrow does not sort booleans; as text they also read as they do in CSV and JSON.
    values = values.cast(pa.string()) if pa.types.is_boolean(values.type) else values
    table = pa.table({"value": values, "count": counts.field("counts")})
    best = table.take(pc.select_k_unstable(table, TOP, [("count", "descending"), ("value", "ascending")]))
    return tuple((shown(row["value"]), row["count"]) for row in best.to_pylist())


def shown(value: object) -> str:
    """Return a value as one short line."""
    return clipped(str(value), _LONGEST_VALUE)


def lengths(texts: pa.Array | pa.ChunkedArray) -> Lengths:
    """Return how many characters texts have, none missing."""
    counted = pc.utf8_length(texts)
    ends = pc.min_max(counted).as_py()
    return Lengths(least=ends["min"], mean=float(pc.mean(counted).as_py()), most=ends["max"])


class TextSketch:
    """Counts texts that come in parts: each one while they are few, else only how many different ones there are."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection
        self._counts: Counter[str] | None = Counter()
        self._distinct = Distinct()
        self._count = self._characters = 0
        self._ends: list[int] = []

    def add(self, texts: pa.Array) -> None:
        """Take the next texts, none missing."""
        if not len(texts):
            return
        words, counts = _counted(texts) if self._counts is not None or _is_coded(texts) else (texts, None)
        self._measure(words, counts)
        if self._counts is not None and counts is not None and len(words) <= _MANY_IN_A_PART:
            for word, count in zip(words.to_pylist(), counts.tolist(), strict=True):
                self._counts[word] += count
        else:
            self._only_count(words)
        if self._counts is not None and len(self._counts) > COUNTED:
            self._only_count(pa.array([], pa.string()))

    def _only_count(self, words: pa.Array) -> None:
        if self._counts is not None:
            self._distinct.add(self._hashes(pa.array(list(self._counts), pa.string())))
            self._counts = None
        self._distinct.add(self._hashes(words))

    def _measure(self, words: pa.Array, counts: "np.ndarray[Any, Any] | None") -> None:
        sizes = pc.utf8_length(words).to_numpy(zero_copy_only=False)
        self._ends += [int(sizes.min()), int(sizes.max())]
        self._ends = [min(self._ends), max(self._ends)]
        self._characters += int(sizes.sum() if counts is None else (sizes * counts).sum())
        self._count += len(words) if counts is None else int(counts.sum())

    def _hashes(self, words: pa.Array) -> Hashes:
        if not len(words):
            return np.empty(0, np.uint64)
        table = pa.table({"word": words})
        found: Hashes = self._connection.from_arrow(table).project("hash(word) AS h").to_arrow_table()["h"].to_numpy()
        return found

    @property
    def is_exact(self) -> bool:
        """Whether each text was counted."""
        return self._counts is not None

    @property
    def distinct(self) -> int:
        """How many different texts there were."""
        return self._distinct.count if self._counts is None else len(self._counts)

    @property
    def top(self) -> tuple[tuple[str, int], ...]:
        """The most frequent texts; none when there were too many different ones to count."""
        ranked = sorted((self._counts or {}).items(), key=lambda item: (-item[1], item[0]))
        return tuple((shown(word), count) for word, count in ranked[:TOP])

    @property
    def lengths(self) -> Lengths | None:
        """How many characters they have."""
        if not self._count:
            return None
        return Lengths(least=self._ends[0], mean=self._characters / self._count, most=self._ends[1])


def _is_coded(texts: pa.Array) -> bool:
    return bool(pa.types.is_dictionary(texts.type))


def _counted(texts: pa.Array) -> "tuple[pa.Array, np.ndarray[Any, Any]]":
    """Return the different texts and how often each occurs."""
    if not _is_coded(texts):
        counts = pc.value_counts(texts)
        return counts.field("values"), counts.field("counts").to_numpy()
    found = np.bincount(texts.indices.to_numpy(zero_copy_only=False), minlength=len(texts.dictionary))
    used = np.flatnonzero(found)
    return texts.dictionary.take(pa.array(used)), found[used]
