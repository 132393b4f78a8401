"""The rules by which cells of text become typed values, without losing a digit.

A column becomes boolean, integer, number or datetime only when every cell that is not missing is written so;
otherwise it stays text exactly as it is. The rules work on distinct cells, "words"; what they find in one part of a
column is evidence that adds up over all parts.
"""

from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from core.records.dataset import ColumnKind
from core.records.reading import ColumnChoice

MISSING = ("", "NA", "N/A", "#N/A", "<NA>", "NaN", "nan", "NULL", "null")
"""Cells that mean "no value" in any column; so do cells of nothing but spaces."""

EXACT = 2**53
"""The largest integer up to which a float, which is what a column with gaps is read as, holds every one."""

LONG = "kept as text: as numbers its long integers would lose digits"
CODES = "kept as text: some cells begin with 0 or are telephone numbers"

_MISSING_AMONG_NUMBERS = (*MISSING, "None", "none", "n/a", "na", "-nan", "?", "-", ".")
_STRICT_BOOLEANS = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
PAIRS = (
    ("yes", "no"),
    ("y", "n"),
    ("true", "false"),
    ("t", "f"),
    ("on", "off"),
    ("1", "0"),
    ("ja", "nein"),
    ("oui", "non"),
    ("si", "no"),
    ("sí", "no"),
    ("wahr", "falsch"),
    ("vrai", "faux"),
    ("да", "нет"),
)
"""Spellings of true and false in small letters; a column is offered as boolean when all its cells are of them."""

_INTEGER = r"^[+-]?[0-9]+$"
_INFINITE = r"^[+-]?(?i:inf|infinity)$"
_CODE = r"^[+-]?0[0-9]|^\+[0-9]{7,}$"
_LONG_INTEGER = r"^[+-]?[0-9]{16,}(\.0*)?$"
_DATE = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}([T ][0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,9})?)?(Z|[+-][0-9]{2}:?[0-9]{2})?)?$"
_ZONE = r":.*(Z|[+-][0-9]{2}:?[0-9]{2})$"
MOMENT = pa.timestamp("us")
_EXAMPLES = 3


@dataclass(frozen=True)
class Notation:
    """How values are written in a file: marks for missing ones, the decimal mark, the separator of thousands."""

    missing: tuple[str, ...] = MISSING
    decimal: str = "."
    thousands: str = ""

    @property
    def is_plain(self) -> bool:
        """Whether numbers are written as everywhere in computing."""
        return self.decimal == "." and not self.thousands

    @cached_property
    def marks(self) -> pa.Array:
        """The marks for missing values, the empty cell always among them."""
        return pa.array(dict.fromkeys(("", *self.missing)), pa.string())

    @cached_property
    def number(self) -> str:
        """The pattern of a number."""
        point = rf"\{self.decimal}"
        whole = rf"(?:[0-9]+|[0-9]{{1,3}}(?:\{self.thousands}[0-9]{{3}})+)" if self.thousands else "[0-9]+"
        return rf"^[+-]?({whole}{point}?[0-9]*|{point}[0-9]+)([eE][+-]?[0-9]+)?$"

    def bare(self, words: pa.Array) -> pa.Array:
        """Rewrite numbers as they are written in computing."""
        if self.thousands:
            words = pc.replace_substring(words, self.thousands, "")
        return pc.replace_substring(words, self.decimal, ".") if self.decimal != "." else words


@dataclass(frozen=True)
class Evidence:
    """What the cells of a column seen so far allow; each fact holds for all of them, or for at least one."""

    filled: bool = False
    holes: bool = False
    booleans: bool = True
    dates: bool = True
    real_dates: bool = True
    zoned: bool = False
    unzoned: bool = False
    some_number: bool = False
    numbers: bool = True
    integers: bool = True
    codes: bool = False
    long: bool = False
    fits: bool = True
    strays: frozenset[str] = frozenset()
    stray_holes: bool = False
    misfits: tuple[str, ...] = ()
    infinities: int = 0

    def __add__(self, other: "Evidence") -> "Evidence":
        both = {name: getattr(self, name) and getattr(other, name) for name in _ALL}
        either = {name: getattr(self, name) or getattr(other, name) for name in _SOME}
        return Evidence(
            **both,
            **either,
            strays=self.strays | other.strays,
            misfits=tuple(dict.fromkeys(self.misfits + other.misfits))[:_EXAMPLES],
            infinities=self.infinities + other.infinities,
        )

    @property
    def is_text_for_good(self) -> bool:
        """Whether no cell to come can make the column anything but text, or add a note."""
        return self.filled and not (self.booleans or self.dates or self.numbers)


_ALL = ("booleans", "dates", "real_dates", "numbers", "integers", "fits")
_SOME = ("filled", "holes", "zoned", "unzoned", "some_number", "codes", "long", "stray_holes")


@dataclass(frozen=True)
class Decision:
    """What a column becomes, and what a reader should know about it (empty: nothing)."""

    kind: ColumnKind
    zoned: bool = False
    note: str = field(default="", compare=False)


def decide(evidence: Evidence) -> Decision:
    """Give a column the type that all its cells are written in."""
    if not evidence.filled:
        return Decision(ColumnKind.TEXT)
    if evidence.booleans:
        return Decision(ColumnKind.BOOLEAN)
    if evidence.dates:
        is_moment = evidence.real_dates and not (evidence.zoned and evidence.unzoned)
        return Decision(ColumnKind.DATETIME, evidence.zoned) if is_moment else Decision(ColumnKind.TEXT)
    if not (evidence.numbers and evidence.some_number):
        return Decision(ColumnKind.TEXT)
    if evidence.codes:
        return Decision(ColumnKind.TEXT, note=CODES)
    holes = evidence.holes or evidence.stray_holes
    if evidence.long and not (evidence.integers and evidence.fits and not holes):
        return Decision(ColumnKind.TEXT, note=LONG)
    kind = ColumnKind.INTEGER if evidence.integers else ColumnKind.NUMBER
    return Decision(kind, note=_stray_note(evidence.strays))


def _stray_note(strays: frozenset[str]) -> str:
    if not strays:
        return ""
    listed = ", ".join(repr(word) for word in sorted(strays)[:4])
    return f"read as missing, because all other cells are numbers: {listed}"


@dataclass(frozen=True)
class Words:
    """Distinct cells of a part of a column, trimmed; ``rest`` has null where the cell means "no value"."""

    written: pa.Array
    trimmed: pa.Array
    rest: pa.Array
    notation: Notation

    @classmethod
    def of(cls, written: pa.Array, notation: Notation) -> "Words":
        """Prepare the distinct cells of a column, as they are written."""
        trimmed = pc.utf8_trim_whitespace(written)
        return cls(written, trimmed, pc.if_else(pc.is_in(trimmed, notation.marks), None, trimmed), notation)

    @cached_property
    def some(self) -> pa.Array:
        """The cells that hold a value."""
        return self.rest.drop_null()

    @cached_property
    def numbers(self) -> pa.Array:
        """``rest`` without what means "no value" among numbers only, in the notation of computing."""
        odd = pc.is_in(self.trimmed, pa.array(_MISSING_AMONG_NUMBERS))
        infinite = pc.match_substring_regex(self.trimmed, _INFINITE)
        return pc.if_else(pc.or_(odd, infinite), None, self.rest)

    def examine(self) -> Evidence:
        """Tell what these cells allow."""
        holes = self.rest.null_count > 0
        if len(self.some) == 0:
            return Evidence(holes=holes)
        found = Evidence(filled=True, holes=holes, booleans=_are_booleans(self.some))
        found = replace(found, **_dates(self.some))
        return replace(found, **self._numbers())

    def _numbers(self) -> dict[str, Any]:
        notation = self.notation
        if not any_match(self.some, notation.number):
            strays = self._strays()
            return {"numbers": len(self.numbers.drop_null()) == 0, "strays": strays, "stray_holes": bool(strays)}
        written = self.numbers.drop_null()
        if not all_match(written, notation.number):
            return {"numbers": False}
        plain = notation.bare(written)
        long = [word for word in _long(plain) if abs(int(word.partition(".")[0])) > EXACT]
        strays = self._strays()
        return {
            "some_number": True,
            "integers": all_match(plain, _INTEGER),
            "codes": any_match(plain, _CODE),
            "long": bool(long),
            "fits": all(_fits(word) for word in long),
            "strays": strays,
            "stray_holes": bool(strays),
        }

    def _strays(self) -> frozenset[str]:
        stray = pc.and_(pc.is_valid(self.rest), pc.is_null(self.numbers))
        return frozenset(self.rest.filter(stray).to_pylist())

    def typed(self, kind: ColumnKind, *, zoned: bool = False) -> pa.Array:
        """Return the cells in a type that all of them allow."""
        if kind is ColumnKind.BOOLEAN:
            return pa.array([_STRICT_BOOLEANS.get(word) for word in self.rest.to_pylist()], pa.bool_())
        if kind is ColumnKind.DATETIME:
            return _moments(self.rest, zoned=zoned)
        if kind is ColumnKind.TEXT:
            return pc.if_else(pc.is_null(self.rest), None, self.written)
        bare = pc.replace_substring_regex(self.notation.bare(self.numbers), r"^\+", "")
        return bare.cast(pa.int64()) if kind is ColumnKind.INTEGER else finite(bare.cast(pa.float64()))

    def forced(self, choice: ColumnChoice) -> tuple[pa.Array, tuple[str, ...]]:
        """Return the cells in the kind that a person chose, and some that cannot be read so."""
        read = {
            ColumnKind.BOOLEAN: self._any_booleans,
            ColumnKind.DATETIME: lambda: self._dated(choice.date_format),
            ColumnKind.TEXT: lambda: self.typed(ColumnKind.TEXT),
            ColumnKind.INTEGER: self._any_integers,
            ColumnKind.NUMBER: self._any_numbers,
        }
        values = read[choice.kind]()
        unread = self.rest.filter(pc.and_(pc.is_valid(self.rest), pc.is_null(values)))
        if choice.kind.is_numeric:
            unread = unread.filter(pc.invert(pc.is_in(unread, pa.array(_MISSING_AMONG_NUMBERS))))
            unread = unread.filter(pc.invert(pc.match_substring_regex(unread, _INFINITE)))
        return values, tuple(unread.to_pylist()[:_EXAMPLES])

    def _any_booleans(self) -> pa.Array:
        truths = {yes: True for yes, _ in PAIRS} | {no: False for _, no in PAIRS}
        words = self.rest.to_pylist()
        return pa.array([None if word is None else truths.get(word.lower()) for word in words], pa.bool_())

    def _dated(self, form: str | None) -> pa.Array:
        if form:
            return pc.strptime(self.rest, form, "us", error_is_null=True)
        is_date = pc.match_substring_regex(self.rest, _DATE)
        return _one_by_one(pc.if_else(is_date, self.rest, None))

    def _any_numbers(self) -> pa.Array:
        is_number = pc.match_substring_regex(self.numbers, self.notation.number)
        written = pc.if_else(is_number, self.numbers, None)
        return finite(pc.replace_substring_regex(self.notation.bare(written), r"^\+", "").cast(pa.float64()))

    def _any_integers(self) -> pa.Array:
        plain = pc.replace_substring_regex(self.notation.bare(self.numbers), r"^\+|\.0*$", "")
        is_whole = pc.match_substring_regex(plain, r"^-?[0-9]{1,18}$")
        whole = pc.if_else(is_whole, plain, None)
        return pc.replace_substring_regex(whole, r"^(-?)0+([0-9])", r"\1\2").cast(pa.int64())


def _are_booleans(some: pa.Array) -> bool:
    return bool(pc.all(pc.is_in(some, pa.array(list(_STRICT_BOOLEANS)))).as_py())


def _dates(some: pa.Array) -> dict[str, Any]:
    if not all_match(some, _DATE):
        return {"dates": False}
    zoned = pc.match_substring_regex(some, _ZONE)
    facts = {"zoned": bool(pc.any(zoned).as_py()), "unzoned": not pc.all(zoned).as_py()}
    if facts["zoned"] and facts["unzoned"]:
        return facts
    try:
        _moments(some, zoned=facts["zoned"])
    except pa.ArrowInvalid:
        return facts | {"real_dates": False}
    return facts


def _moments(words: pa.Array, *, zoned: bool) -> pa.Array:
    """Return moments in UTC without a zone."""
    exact = pc.replace_substring_regex(words, r"(\.[0-9]{6})[0-9]+", r"\1")
    return exact.cast(pa.timestamp("us", "UTC")).cast(MOMENT) if zoned else exact.cast(MOMENT)


def _one_by_one(words: pa.Array) -> pa.Array:
    """Return moments, with null for dates that do not exist and for those with a zone among others without one."""
    try:
        return _moments(words, zoned=any_match(words, _ZONE))
    except pa.ArrowInvalid:
        return pa.array([_moment_or_none(word) for word in words.to_pylist()], MOMENT)


def _moment_or_none(word: str | None) -> Any:
    try:
        return None if word is None else _moments(pa.array([word]), zoned=False)[0].as_py()
    except pa.ArrowInvalid:
        return None


def _long(words: pa.Array) -> list[str]:
    found: list[str] = words.filter(pc.match_substring_regex(words, _LONG_INTEGER)).to_pylist()
    return found


def _fits(word: str) -> bool:
    return "." not in word and -(2**63) <= int(word) < 2**63


def finite(values: Any) -> Any:
    """Return numbers with null in place of what is not finite: what models and JSON can take."""
    return pc.if_else(pc.is_finite(values), values, None)


def all_match(words: pa.Array, pattern: str) -> bool:
    """Tell whether every word matches."""
    return pc.all(pc.match_substring_regex(words, pattern)).as_py() is not False


def any_match(words: pa.Array, pattern: str) -> bool:
    """Tell whether a word matches."""
    return bool(pc.any(pc.match_substring_regex(words, pattern)).as_py())
