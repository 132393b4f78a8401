"""One column on its way in, part by part: what its cells allow, and the typed values while they are as expected.

Every column is expected to be of a type, from its first rows. A part that bears the expectation out is typed at once;
what does not is only examined, and the writer goes over the file again with what was found.
"""

from dataclasses import dataclass, replace
from typing import Any, Protocol

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from core.datasets.words import EXACT, MISSING, MOMENT, Decision, Evidence, Notation, Words, decide
from core.records.dataset import ColumnKind
from core.records.reading import ColumnChoice

_FEW = 64
_FEW_SHARE = 0.05
_DATE_LENGTHS = {0, 10, 16, 19, *range(21, 27)}
"""How long a moment is without a zone, a missing one none at all."""

_PLUS, _MINUS, _ZERO, _NINE = b"+-09"


class Column(Protocol):
    """What reads the parts of a column, in any order and from several threads at once.

    What it sees in a part is evidence, which adds up with ``+`` to ``nothing``; ``misfits`` of it are cells that do not
    fit the kind a person chose.
    """

    @property
    def expected(self) -> Decision:
        """The type the column is expected to be of."""
        ...

    @property
    def choice(self) -> ColumnChoice | None:
        """What a person says the column is."""
        ...

    @property
    def nothing(self) -> Any:
        """The evidence before the first part."""
        ...

    def read(self, cells: pa.Array) -> tuple[pa.Array | None, Any]:
        """Return the typed values of a part, None when it is not of the expected type, and what was seen."""
        ...

    def decide(self, evidence: Any) -> Decision:
        """Return the type that all parts together have."""
        ...

    def again(self, decision: Decision) -> "Column":
        """Return the reader of a second time, when the type is known."""
        ...


@dataclass(frozen=True)
class TextColumn:
    """A column of cells as they are written; once ``is_settled``, the expected type is known to be right."""

    notation: Notation
    expected: Decision
    seen: Evidence
    choice: ColumnChoice | None = None
    is_settled: bool = False

    nothing = Evidence()

    @classmethod
    def sampled(cls, cells: pa.Array, notation: Notation, choice: ColumnChoice | None) -> "TextColumn":
        """Expect what the first cells look like."""
        seen = _plain_integers(cells, notation)
        if seen is None:
            seen = _examined(Words.of(_coded(cells).dictionary, notation), cells)
        return cls(notation, decide(seen) if choice is None else Decision(choice.kind), seen, choice)

    def again(self, decision: Decision) -> "TextColumn":
        """Return the reader of a second time, when the type is known."""
        return replace(self, expected=decision, is_settled=True)

    def decide(self, evidence: Evidence) -> Decision:
        """Return the type that all parts together have."""
        return decide(self.seen + evidence) if self.choice is None else self.expected

    def read(self, cells: pa.Array) -> tuple[pa.Array | None, Evidence]:
        """Return the typed values of a part, None when it is not of the expected type, and what was seen."""
        if self.choice is None and self.notation.missing == MISSING and isinstance(cells, pa.StringArray):
            quick = self._quick(cells)
            if quick is not None:
                return quick
        coded = _coded(cells)
        words = Words.of(coded.dictionary, self.notation)
        if self.choice is not None:
            values, misfits = words.forced(self.choice)
            return _spread(values, coded), Evidence(misfits=misfits)
        is_known = self.is_settled or self.seen.is_text_for_good
        evidence = self.seen if is_known else _examined(words, cells)
        if not is_known and self.expected.kind is not ColumnKind.TEXT and self.decide(evidence) != self.expected:
            return None, evidence
        return _spread(words.typed(self.expected.kind, zoned=self.expected.zoned), coded), evidence

    def _quick(self, cells: pa.StringArray) -> tuple[pa.Array, Evidence] | None:
        """Read the frequent cases without looking at words; None when it is not one."""
        kind = self.expected.kind
        if kind is ColumnKind.TEXT and self.seen.is_text_for_good:
            return None if _may_be_missing(cells) else (cells, self.seen)
        if cells.null_count == len(cells):
            return None
        try:
            if kind is ColumnKind.INTEGER:
                return _integers(cells)
            if kind is ColumnKind.NUMBER:
                return _numbers(cells, self.notation)
            if kind is ColumnKind.DATETIME and not self.expected.zoned:
                return _dates(cells)
        except pa.ArrowInvalid:
            return None
        return None


def _examined(words: Words, cells: pa.Array) -> Evidence:
    """Tell what the words allow; an empty cell is a missing value that is no word."""
    found = words.examine()
    return replace(found, holes=True) if cells.null_count else found


def _plain_integers(cells: pa.Array, notation: Notation) -> Evidence | None:
    """Tell what cells allow that are all integers as a computer writes them, without looking at words; else None."""
    if notation.missing != MISSING or not isinstance(cells, pa.StringArray) or cells.null_count == len(cells):
        return None
    content = _bytes(cells)
    if not len(content) or not (content[0] == _MINUS or _is_digit(content[0])):
        return None
    try:
        found = _integers(cells)
    except pa.ArrowInvalid:
        return None
    return None if found is None else found[1]


def _integers(cells: pa.StringArray) -> tuple[pa.Array, Evidence] | None:
    """Integers that are written as a computer would: no cell is longer than its digits and its sign."""
    values = cells.cast(pa.int64())
    present = values.drop_null().to_numpy()
    low, high = int(present.min()), int(present.max())
    if low == -(2**63) or not _are_digits(cells) or _written(present, low, high) != len(_bytes(cells)):
        return None
    long = max(abs(low), abs(high)) > EXACT
    holes = cells.null_count > 0
    facts = {"filled": True, "holes": holes, "booleans": False, "dates": False, "some_number": True, "long": long}
    return values, Evidence(**facts)


def _written(integers: np.ndarray, low: int, high: int) -> int:
    """Return how many characters the numbers take in all, written as a computer would."""
    sizes = np.abs(integers) if low < 0 else integers
    digits, power = len(integers), 10
    while power <= max(-low, high):
        digits += int(np.count_nonzero(sizes >= power))
        power *= 10
    return digits + (int(np.count_nonzero(integers < 0)) if low < 0 else 0)


def _bytes(cells: pa.StringArray) -> np.ndarray:
    """Return the bytes of all cells, one after the other."""
    data, starts, lengths = _layout(cells)
    return data[starts[0] : starts[-1] + lengths[-1]]


def _are_digits(cells: pa.StringArray) -> bool:
    """Tell whether no cell has a letter, as hexadecimal numbers do: they are shorter than their digits."""
    return bool(_bytes(cells).max(initial=0) <= _NINE)


def _numbers(cells: pa.StringArray, notation: Notation) -> tuple[pa.Array, Evidence] | None:
    """Numbers none of which begins like a code or is a long integer."""
    if not notation.is_plain or _may_be_code(cells):
        return None
    values = cells.cast(pa.float64())
    size = pc.abs(values)
    if not pc.all(pc.less(size, float(EXACT))).as_py():
        return None
    holes = cells.null_count > 0
    return values, Evidence(filled=True, holes=holes, booleans=False, dates=False, some_number=True)


def _dates(cells: pa.StringArray) -> tuple[pa.Array, Evidence] | None:
    """Moments without a zone, told by their lengths from what Arrow would read as one beside them."""
    lengths = set(np.flatnonzero(np.bincount(_layout(cells)[2])).tolist())
    if not lengths <= _DATE_LENGTHS:
        return None
    if 0 in lengths and _empty(cells) > cells.null_count:
        return None
    values = cells.cast(MOMENT)
    holes = cells.null_count > 0
    return values, Evidence(filled=True, holes=holes, booleans=False, numbers=False, unzoned=True)


def _empty(cells: pa.StringArray) -> int:
    """Return how many cells have no bytes; missing ones are among them."""
    return int(np.count_nonzero(_layout(cells)[2] == 0))


def _may_be_code(cells: pa.StringArray) -> bool:
    """Tell whether a number begins with a plus, or with 0 and another digit, a minus before it or not."""
    data, starts, lengths = _layout(cells)
    if not len(data):
        return False
    first = data.take(starts, mode="clip")
    if ((first == _PLUS) & (lengths > 0)).any():
        return True
    is_negative = first == _MINUS
    if is_negative.any():
        starts, lengths = starts + is_negative, lengths - is_negative
        first = data.take(starts, mode="clip")
    begins = (first == _ZERO) & (lengths > 1)
    return bool(begins.any() and (begins & _is_digit(data.take(starts + 1, mode="clip"))).any())


def _may_be_missing(cells: pa.StringArray) -> bool:
    """Tell whether a cell could mean "no value": it is as short as a mark, or has spaces at an end."""
    data, starts, lengths = _layout(cells)
    if not len(data):
        return bool(len(cells) > cells.null_count)
    ends = np.maximum(starts + lengths - 1, 0)
    first, last = data[np.minimum(starts, len(data) - 1)], data[ends]
    spaced = (first <= 32) | (first >= 128) | (last <= 32) | (last >= 128)
    valid = lengths > 0
    empty = int(np.count_nonzero(~valid)) > cells.null_count
    return empty or bool(((spaced | (lengths < 5)) & valid).any())


def _layout(cells: pa.StringArray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the bytes of all cells, and where each begins and how long it is; no copies."""
    _, offsets, data = cells.buffers()
    edges = np.frombuffer(offsets, np.int32)[cells.offset : cells.offset + len(cells) + 1]
    content = np.frombuffer(data, np.uint8) if data is not None and data.size else np.zeros(0, np.uint8)
    return content, edges[:-1], np.diff(edges)


def _is_digit(marks: np.ndarray) -> np.ndarray:
    return (marks >= 48) & (marks <= 57)


def _coded(cells: pa.Array) -> pa.DictionaryArray:
    return cells if isinstance(cells, pa.DictionaryArray) else cells.dictionary_encode()


def _spread(values: pa.Array, coded: pa.DictionaryArray) -> pa.Array:
    """Give each row the value of its word; texts stay coded, which is small in memory and quick to write."""
    if values.type != pa.string():
        return values.take(coded.indices)
    indices = coded.indices
    if values.null_count:
        indices = pc.if_else(pc.is_valid(values).take(indices), indices, None)
        values = pc.fill_null(values, "")
    return pa.DictionaryArray.from_arrays(indices.cast(pa.int32()), values)


def is_few(cells: pa.Array) -> bool:
    """Tell whether the first cells repeat so much that a column is best read as codes of few words."""
    distinct = len(_coded(cells).dictionary)
    return bool(distinct <= max(_FEW if len(cells) > 4 * _FEW else 0, _FEW_SHARE * len(cells)))
