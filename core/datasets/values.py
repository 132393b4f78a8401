"""Columns of values that have types already: of Parquet, of JSON lines, of a sheet."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from core.datasets.words import EXACT, LONG, MISSING, MOMENT, Decision, Notation, Words, finite
from core.errors import InvalidInput
from core.records.dataset import ColumnKind
from core.records.reading import ColumnChoice, ReadingChoices

_EXAMPLES = 3


@dataclass(frozen=True)
class Seen:
    """What the values of a column seen so far are."""

    kinds: frozenset[ColumnKind] = frozenset()
    holes: bool = False
    largest: int = 0
    infinities: int = 0
    dates: bool = True
    zoned: bool = False
    unzoned: bool = False
    misfits: tuple[str, ...] = ()

    def __add__(self, other: "Seen") -> "Seen":
        return Seen(
            self.kinds | other.kinds,
            self.holes or other.holes,
            max(self.largest, other.largest),
            self.infinities + other.infinities,
            self.dates and other.dates,
            self.zoned or other.zoned,
            self.unzoned or other.unzoned,
            tuple(dict.fromkeys(self.misfits + other.misfits))[:_EXAMPLES],
        )


@dataclass(frozen=True)
class ValueColumn:
    """A :class:`core.datasets.columns.Column` of typed values.

    With ``reads_dates``, texts that are all written as dates become moments: a format without dates, like JSON, means
    them so. ``notation`` says which texts mean "no value" when a person chose a kind.
    """

    name: str
    expected: Decision
    seen: Seen
    choice: ColumnChoice | None = None
    reads_dates: bool = False
    marks: tuple[str, ...] = ()
    is_settled: bool = False

    nothing = Seen()

    @classmethod
    def sampled(
        cls,
        name: str,
        values: pa.Array,
        choice: ColumnChoice | None,
        *,
        reads_dates: bool = False,
        marks: tuple[str, ...] = (),
    ) -> "ValueColumn":
        """Expect what the first values are.

        Raises:
            InvalidInput: they are of a type that has no counterpart: bytes, lists, records.
        """
        column = cls(name, Decision(ColumnKind.TEXT), Seen(), choice, reads_dates, marks)
        seen = column._examine(_settled(values, name))
        column = replace(column, seen=replace(seen, infinities=0))
        return replace(column, expected=column.decide(Seen()))

    def again(self, decision: Decision) -> "ValueColumn":
        """Return the reader of a second time, when the type is known."""
        return replace(self, expected=decision, is_settled=True)

    def decide(self, evidence: Seen) -> Decision:
        """Return the type that all parts together have."""
        if self.choice is not None:
            return Decision(self.choice.kind)
        all_seen = self.seen + evidence
        kinds = all_seen.kinds
        if kinds and kinds <= {ColumnKind.INTEGER, ColumnKind.NUMBER}:
            return _number(all_seen)
        if len(kinds) != 1:
            mixed = "kept as text: its values are of several types" if kinds else ""
            return Decision(ColumnKind.TEXT, note=mixed)
        (kind,) = kinds
        is_dated = self.reads_dates and all_seen.dates and not (all_seen.zoned and all_seen.unzoned)
        if kind is ColumnKind.TEXT and is_dated:
            return Decision(ColumnKind.DATETIME, all_seen.zoned)
        return Decision(kind)

    def read(self, cells: pa.Array) -> tuple[pa.Array | None, Seen]:
        """Return the typed values of a part, None when it is not of the expected type, and what was seen."""
        cells = _settled(cells, self.name)
        if self.choice is not None:
            return self._chosen(cells, self.choice)
        seen = self._examine(cells)
        if not self.is_settled and self.decide(seen) != self.expected:
            return None, seen
        return self._typed(cells), seen

    def _chosen(self, cells: pa.Array, choice: ColumnChoice) -> tuple[pa.Array, Seen]:
        if kind_of(cells.type) is choice.kind and not pa.types.is_null(cells.type):
            return self._plain(cells, choice.kind), Seen()
        coded = text_of(cells).dictionary_encode()
        values, misfits = Words.of(coded.dictionary, Notation(self.marks or MISSING)).forced(choice)
        return values.take(coded.indices), Seen(misfits=misfits)

    def _examine(self, cells: pa.Array) -> Seen:
        holes = cells.null_count > 0
        if cells.null_count == len(cells):
            return Seen(holes=holes)
        kind = kind_of(cells.type)
        if kind is ColumnKind.INTEGER:
            bounds = pc.min_max(cells).as_py()
            return Seen(frozenset({kind}), holes, max(abs(int(bounds["min"])), abs(int(bounds["max"]))))
        if kind is ColumnKind.NUMBER:
            infinities = pc.sum(pc.is_inf(cells.cast(pa.float64()))).as_py() or 0
            return Seen(frozenset({kind}), holes, infinities=int(infinities))
        if kind is ColumnKind.TEXT and self.reads_dates:
            found = Words.of(cells.unique(), Notation(())).examine()
            dates = found.dates and found.real_dates
            return Seen(frozenset({kind}), holes, dates=dates, zoned=found.zoned, unzoned=found.unzoned)
        return Seen(frozenset({kind}), holes)

    def _typed(self, cells: pa.Array) -> pa.Array:
        kind = self.expected.kind
        if kind is ColumnKind.DATETIME and kind_of(cells.type) is ColumnKind.TEXT and not pa.types.is_null(cells.type):
            coded = cells.dictionary_encode()
            words = Words.of(coded.dictionary, Notation(()))
            return words.typed(kind, zoned=self.expected.zoned).take(coded.indices)
        return self._plain(cells, kind)

    def _plain(self, cells: pa.Array, kind: ColumnKind) -> pa.Array:
        if pa.types.is_null(cells.type):
            return pa.nulls(len(cells), TYPES[kind])
        if kind is ColumnKind.TEXT:
            return text_of(cells)
        if kind is ColumnKind.NUMBER:
            return finite(cells.cast(pa.float64()))
        return cells.cast(TYPES[kind])


TYPES = {
    ColumnKind.INTEGER: pa.int64(),
    ColumnKind.NUMBER: pa.float64(),
    ColumnKind.BOOLEAN: pa.bool_(),
    ColumnKind.DATETIME: MOMENT,
    ColumnKind.TEXT: pa.string(),
}
"""The Arrow type in which each kind is kept."""


def columns_of(names: Sequence[str], head: pa.RecordBatch, choices: ReadingChoices) -> list[ValueColumn]:
    """Return what reads each column of a file whose text may stand for dates, from its first rows.

    Raises:
        InvalidInput: a column is of a type that has no counterpart.
    """
    marks = choices.missing or ()
    return [
        ValueColumn.sampled(name, values, choices.columns.get(name), reads_dates=True, marks=marks)
        for name, values in zip(names, head.columns, strict=True)
    ]


def kind_of(type: pa.DataType) -> ColumnKind:
    """Return the kind that an Arrow type stands for."""
    if pa.types.is_integer(type) or (pa.types.is_decimal(type) and type.scale == 0):
        return ColumnKind.INTEGER
    if pa.types.is_floating(type) or pa.types.is_decimal(type):
        return ColumnKind.NUMBER
    if pa.types.is_boolean(type):
        return ColumnKind.BOOLEAN
    if pa.types.is_timestamp(type):
        return ColumnKind.DATETIME
    return ColumnKind.TEXT


def _number(seen: Seen) -> Decision:
    note = f"{seen.infinities:,} infinite values were read as missing" if seen.infinities else ""
    if ColumnKind.NUMBER in seen.kinds:
        if ColumnKind.INTEGER in seen.kinds and seen.largest > EXACT:
            return Decision(ColumnKind.TEXT, note=LONG)
        return Decision(ColumnKind.NUMBER, note=note)
    if seen.largest < EXACT or (not seen.holes and seen.largest < 2**63):
        return Decision(ColumnKind.INTEGER)
    return Decision(ColumnKind.TEXT, note=LONG)


def _settled(cells: pa.Array, name: str) -> pa.Array:
    """Bring a column to the few Arrow types that the rules know.

    Raises:
        InvalidInput: the type has no counterpart: bytes, lists, records.
    """
    kind = cells.type
    if pa.types.is_dictionary(kind):
        return _settled(cells.dictionary_decode(), name)
    if pa.types.is_date(kind):
        return cells.cast(pa.timestamp("ms")).cast(MOMENT)
    if pa.types.is_timestamp(kind):
        return cells.cast(pa.timestamp("us", kind.tz), safe=False).cast(MOMENT)
    if pa.types.is_float16(kind) or pa.types.is_float32(kind):
        return cells.cast(pa.float64())
    if pa.types.is_large_string(kind) or pa.types.is_time(kind) or str(kind) == "string_view":
        return cells.cast(pa.string())
    checks = (pa.types.is_integer, pa.types.is_floating, pa.types.is_boolean, pa.types.is_string)
    if any(check(kind) for check in checks) or pa.types.is_null(kind) or pa.types.is_decimal(kind):
        return cells
    raise InvalidInput(problem=f"column {name!r} holds {kind}, which is no plain value")


def text_of(cells: pa.Array) -> pa.Array:
    """Return values as they would be written."""
    return cells if cells.type == pa.string() else cells.cast(pa.string())


def array_of(values: Sequence[Any]) -> pa.Array:
    """Return Python values of one column as an array: of their type when they share one, as text when they do not."""
    kinds = {type(value) for value in values if value is not None}
    if kinds == {int, float}:
        exact = all(abs(value) <= EXACT for value in values if isinstance(value, int))
        return pa.array(values, pa.float64()) if exact else pa.array([_text(value) for value in values], pa.string())
    if kinds == {float} and all(value is None or (value.is_integer() and abs(value) < EXACT) for value in values):
        return pa.array([None if value is None else int(value) for value in values], pa.int64())
    if kinds <= {datetime, date} and kinds:
        return pa.array([_moment(value) for value in values], MOMENT)
    if len(kinds) == 1 and kinds <= {int, float, bool, str}:
        try:
            return pa.array(values)
        except (pa.ArrowInvalid, OverflowError):
            return pa.array([_text(value) for value in values], pa.string())
    return pa.array([_text(value) for value in values], pa.string()) if kinds else pa.nulls(len(values))


def _moment(value: Any) -> datetime | None:
    if value is None or isinstance(value, datetime):
        return value
    return datetime(value.year, value.month, value.day)  # noqa: DTZ001 - moments of a table have no zone


def _text(value: Any) -> str | None:
    if value is None:
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    return value.isoformat() if isinstance(value, datetime | date | time) else str(value)
