"""Functions on text; computed value by value, with limits on what may grow."""

from collections.abc import Callable
from typing import Any

import numpy as np

from core.datasets.expressions.functions import (
    BOOLEANS,
    NUMBERS,
    TEXTS,
    Array,
    Function,
    Parameter,
    always,
)
from core.records.dataset import ColumnKind

MOST_CHARACTERS = 65_536
"""A longer text that a function would make is null, as a number that is too large."""

_S, _PART = Parameter("text", TEXTS), Parameter("part", TEXTS)
_PLAIN = frozenset("0123456789+-.eE")


def by_value(value: Callable[..., Any], kind: ColumnKind) -> Callable[..., Array]:
    """Return what computes columns by computing each row with ``value``; arguments after the first may be constants."""

    def array(*arguments: Any) -> Array:
        columns = [item for item in arguments if isinstance(item, np.ndarray)]
        rest = arguments[len(columns) :]
        found = [value(*row, *rest) for row in zip(*(column.tolist() for column in columns), strict=True)]
        if kind is ColumnKind.TEXT:
            result = np.empty(len(found), dtype=object)
            result[:] = found
            return result
        if kind is ColumnKind.DATETIME:
            return np.array(found, dtype="datetime64[us]")
        return np.array([np.nan if item is None else item for item in found], dtype=np.float64)

    return array


def function(
    name: str, parameters: tuple[Parameter, ...], kind: ColumnKind, value: Callable[..., Any], summary: str
) -> Function:
    """Return a strict function that is computed value by value."""
    return Function(name, parameters, always(kind), by_value(value, kind), value, summary)


def _replace(text: str, old: str, new: str) -> str | None:
    if not old:
        return text
    grown = len(text) + text.count(old) * (len(new) - len(old))
    return text.replace(old, new) if grown <= MOST_CHARACTERS or grown <= len(text) else None


def _substring(text: str, start: float, length: float = MOST_CHARACTERS) -> str:
    first = max(int(min(start, MOST_CHARACTERS)), 1) - 1
    return text[first : first + max(int(min(length, MOST_CHARACTERS)), 0)]


def _concat(*texts: str) -> str | None:
    return "".join(texts) if sum(map(len, texts)) <= MOST_CHARACTERS else None


def _number(text: str) -> float | None:
    """Read a number written plainly: digits, a point, an exponent; spaces around it do not matter."""
    word = text.strip()
    if not word or len(word) > 100 or not _PLAIN.issuperset(word):
        return None
    try:
        return float(word)
    except ValueError:
        return None


def _text(number: float) -> str:
    return str(int(number)) if number.is_integer() and abs(number) <= 2**53 else repr(number)


def _float(truth: float) -> float:
    return float(truth)


_START = (_S, Parameter("start", NUMBERS), Parameter("length", NUMBERS, optional=True))
_TEXT, _BOOLEAN, _INTEGER = ColumnKind.TEXT, ColumnKind.BOOLEAN, ColumnKind.INTEGER

FUNCTIONS: tuple[Function, ...] = (
    function("lower", (_S,), _TEXT, str.lower, "The text in small letters."),
    function("upper", (_S,), _TEXT, str.upper, "The text in capitals."),
    function("trim", (_S,), _TEXT, str.strip, "The text without spaces around it."),
    function("length", (_S,), _INTEGER, lambda text: float(len(text)), "How many characters the text has."),
    function("contains", (_S, _PART), _BOOLEAN, lambda text, part: part in text, "Whether part stands in the text."),
    function("starts_with", (_S, _PART), _BOOLEAN, str.startswith, "Whether the text begins with part."),
    function("ends_with", (_S, _PART), _BOOLEAN, str.endswith, "Whether the text ends with part."),
    function(
        "replace",
        (_S, Parameter("old", TEXTS), Parameter("new", TEXTS)),
        _TEXT,
        _replace,
        "The text with every old in it replaced by new.",
    ),
    function("substring", _START, _TEXT, _substring, "A part of the text; the first character is number 1."),
    function("concat", (_S, Parameter("text", TEXTS, repeated=True)), _TEXT, _concat, "The texts in a row."),
    function("number", (_S,), ColumnKind.NUMBER, _number, "The number a text spells; null if it spells none."),
    function("text", (Parameter("x", NUMBERS),), _TEXT, _text, "The number as text, as short as it can be exact."),
    Function(
        "indicator",
        (Parameter("condition", BOOLEANS),),
        always(_INTEGER),
        np.positive,
        _float,
        "1 where the condition is true, 0 where it is false.",
    ),
)
"""Functions that take or give text."""
