"""From cells as written to typed columns, without losing a digit.

A column of text becomes boolean, integer, number or datetime only when every cell that is not missing is written
so; otherwise it stays text exactly as it is. The decision is made on the distinct cells, then spread to the rows.
"""

from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from core.errors import InvalidInput
from core.records.dataset import Column, ColumnKind

MISSING = ("", "NA", "N/A", "#N/A", "<NA>", "NaN", "nan", "NULL", "null")
"""Cells that mean "no value" in any column; so do cells of nothing but spaces."""

_MISSING_AMONG_NUMBERS = (*MISSING, "None", "none", "n/a", "na", "-nan", "?", "-", ".")
_BOOLEANS = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
_INTEGER = r"^[+-]?[0-9]+$"
_NUMBER = r"^[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?$"
_PLAIN = r"^-?(0|[1-9][0-9]{0,14})(\.[0-9]+)?([eE][+-]?[0-9]{1,2})?$"
_INFINITE = r"^[+-]?(?i:inf|infinity)$"
_CODE = r"^[+-]?0[0-9]|^\+[0-9]{7,}$"
_LONG_INTEGER = r"^[+-]?[0-9]{16,}(\.0*)?$"
_DATE = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}([T ][0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,9})?)?(Z|[+-][0-9]{2}:?[0-9]{2})?)?$"
_ZONE = r":.*(Z|[+-][0-9]{2}:?[0-9]{2})$"
_EXACT = 2**53
_MOMENT = pa.timestamp("us")


@dataclass(frozen=True)
class Typed:
    """A column in its final type, and what a reader should know about how it got there (empty: nothing)."""

    values: pa.ChunkedArray
    note: str = ""


def from_text(cells: pa.ChunkedArray) -> Typed:
    """Give a column of text cells the type it is written in; missing cells become null."""
    plain = _plain_numbers(cells)
    return Typed(plain) if plain is not None else _from_words(cells)


def _plain_numbers(cells: pa.ChunkedArray) -> pa.ChunkedArray | None:
    """Return the numbers of a column in which all cells are short and ordinary ones, the most frequent case."""
    if cells.null_count == len(cells) or not _all(cells.slice(0, 100), _PLAIN) or not _all(cells, _PLAIN):
        return None
    try:
        return cells.cast(pa.int64())
    except pa.ArrowInvalid:
        return cells.cast(pa.float64())


def _from_words(cells: pa.ChunkedArray) -> Typed:
    """Decide on the distinct cells, then spread the decision to the rows."""
    coded = cells.combine_chunks().dictionary_encode()
    if isinstance(coded, pa.ChunkedArray):
        coded = coded.combine_chunks()
    words = coded.dictionary
    trimmed = pc.utf8_trim_whitespace(words)
    blank = pc.is_in(trimmed, pa.array(MISSING))
    has_missing = cells.null_count > 0 or pc.any(blank).as_py()
    values, note = _converted(trimmed, pc.if_else(blank, None, trimmed), nullable=bool(has_missing))
    if values is None:
        values = pc.if_else(blank, None, words)
    return Typed(pa.chunked_array([values.take(coded.indices)]), note)


def from_arrow(column: pa.ChunkedArray, name: str) -> Typed:
    """Bring a typed column to one of the five kinds.

    Raises:
        InvalidInput: the type has no counterpart: bytes, lists, records.
    """
    kind = column.type
    if pa.types.is_dictionary(kind):
        return from_arrow(column.cast(kind.value_type), name)
    if pa.types.is_integer(kind):
        return _settled_integers(column)
    if pa.types.is_decimal(kind):
        return _settled_integers(column) if kind.scale == 0 else _without_infinities(column.cast(pa.float64()))
    if pa.types.is_floating(kind):
        return _without_infinities(column.cast(pa.float64()))
    if pa.types.is_boolean(kind):
        return Typed(column)
    if pa.types.is_date(kind) or pa.types.is_timestamp(kind):
        return _settled_moments(column)
    if _is_texty(kind):
        return Typed(column.cast(pa.string()))
    raise InvalidInput(problem=f"column {name!r} holds {kind}, which is no plain value")


def describe(table: pa.Table) -> tuple[Column, ...]:
    """Return the schema of a typed table as records."""
    return tuple(
        Column(name=field.name, kind=kind_of(field.type), nullable=values.null_count > 0)
        for field, values in zip(table.schema, table.columns, strict=True)
    )


def kind_of(type: pa.DataType) -> ColumnKind:
    """Return the kind that a final Arrow type stands for."""
    if pa.types.is_integer(type):
        return ColumnKind.INTEGER
    if pa.types.is_floating(type):
        return ColumnKind.NUMBER
    if pa.types.is_boolean(type):
        return ColumnKind.BOOLEAN
    if pa.types.is_timestamp(type):
        return ColumnKind.DATETIME
    return ColumnKind.TEXT


def _converted(words: pa.Array, rest: pa.Array, *, nullable: bool) -> tuple[pa.Array | None, str]:
    """Return the distinct ``rest`` (null: missing) in a better type than text, or None, and a note."""
    some = rest.drop_null()
    if len(some) == 0:
        return None, ""
    if pc.all(pc.is_in(some, pa.array(list(_BOOLEANS)))).as_py():
        return pa.array([_BOOLEANS.get(word) for word in rest.to_pylist()], pa.bool_()), ""
    if _all(some, _DATE):
        return _moments(rest, some), ""
    if not _any(some, _NUMBER):
        return None, ""
    return _numbers(words, rest, nullable=nullable)


def _numbers(words: pa.Array, rest: pa.Array, *, nullable: bool) -> tuple[pa.Array | None, str]:
    odd = pc.is_in(words, pa.array(_MISSING_AMONG_NUMBERS))
    infinite = pc.match_substring_regex(words, _INFINITE)
    numbers = pc.if_else(pc.or_(odd, infinite), None, rest)
    some = numbers.drop_null()
    if not _all(some, _NUMBER):
        return None, ""
    if _any(some, _CODE):
        return None, "kept as text: some cells begin with 0 or are telephone numbers"
    is_integer = _all(some, _INTEGER)
    holes = nullable or numbers.null_count > 0
    if _beyond_exact(some) and not (is_integer and not holes and _fits_int64(some)):
        return None, "kept as text: as numbers its long integers would lose digits"
    bare = pc.replace_substring_regex(numbers, r"^\+", "")
    stray = rest.filter(pc.and_(pc.is_valid(rest), pc.is_null(numbers)))
    return bare.cast(pa.int64()) if is_integer else _finite(bare.cast(pa.float64())), _stray_note(stray)


def _beyond_exact(words: pa.Array) -> bool:
    """Tell whether there is an integer that a float, which is what a column with gaps is read as, cannot hold."""
    return any(abs(int(word.partition(".")[0])) > _EXACT for word in _long(words))


def _long(words: pa.Array) -> list[str]:
    found: list[str] = words.filter(pc.match_substring_regex(words, _LONG_INTEGER)).to_pylist()
    return found


def _fits_int64(words: pa.Array) -> bool:
    return all(-(2**63) <= int(word) < 2**63 for word in _long(words))


def _stray_note(stray: pa.Array) -> str:
    if len(stray) == 0:
        return ""
    listed = ", ".join(repr(word) for word in sorted(stray.to_pylist())[:4])
    return f"read as missing, because all other cells are numbers: {listed}"


def _moments(rest: pa.Array, some: pa.Array) -> pa.Array | None:
    """Return moments in UTC, or None when a date does not exist or only some cells have a zone."""
    zoned = pc.match_substring_regex(some, _ZONE)
    if pc.any(zoned).as_py() and not pc.all(zoned).as_py():
        return None
    exact = pc.replace_substring_regex(rest, r"(\.[0-9]{6})[0-9]+", r"\1")
    try:
        if pc.any(zoned).as_py():
            return exact.cast(pa.timestamp("us", "UTC")).cast(_MOMENT)
        return exact.cast(_MOMENT)
    except pa.ArrowInvalid:
        return None


def _settled_integers(column: pa.ChunkedArray) -> Typed:
    bounds = pc.min_max(column).as_py()
    largest = max(abs(int(bounds["min"] or 0)), abs(int(bounds["max"] or 0)))
    if largest < _EXACT or (column.null_count == 0 and largest < 2**63):
        return Typed(column.cast(pa.int64()))
    return Typed(column.cast(pa.string()), "kept as text: as numbers its long integers would lose digits")


def _settled_moments(column: pa.ChunkedArray) -> Typed:
    if pa.types.is_date(column.type):
        return Typed(column.cast(pa.timestamp("ms")).cast(_MOMENT))
    zone = column.type.tz
    return Typed(column.cast(pa.timestamp("us", zone), safe=False).cast(_MOMENT))


def _without_infinities(column: pa.ChunkedArray) -> Typed:
    """Make every value a finite number or null: what models and JSON can take."""
    infinite = pc.sum(pc.is_inf(column)).as_py() or 0
    return Typed(_finite(column), f"{infinite:,} infinite values were read as missing" if infinite else "")


def _finite(values: Any) -> Any:
    return pc.if_else(pc.is_finite(values), values, None)


def _is_texty(kind: pa.DataType) -> bool:
    checks = (pa.types.is_string, pa.types.is_large_string, pa.types.is_null, pa.types.is_time)
    return any(check(kind) for check in checks) or str(kind) == "string_view"


def _all(words: pa.Array, pattern: str) -> bool:
    return pc.all(pc.match_substring_regex(words, pattern)).as_py() is not False


def _any(words: pa.Array, pattern: str) -> bool:
    return bool(pc.any(pc.match_substring_regex(words, pattern)).as_py())
