"""Arithmetic, comparisons and logic on numbers and booleans, both float64 with NaN for null."""

import itertools
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from core.datasets.expressions.functions import (
    BOOLEANS,
    NUMBERS,
    Array,
    Function,
    Parameter,
    always,
    common,
)
from core.records.dataset import ColumnKind

INTEGER, NUMBER, BOOLEAN = ColumnKind.INTEGER, ColumnKind.NUMBER, ColumnKind.BOOLEAN
MOST_DIGITS = 15
X = Parameter("x", NUMBERS)
_LEFT, _RIGHT = Parameter("the left side", NUMBERS), Parameter("the right side", NUMBERS)


def scalar(array: Callable[..., Any]) -> Callable[..., float]:
    """Return what computes one row with the very function that computes columns."""
    return lambda *values: float(array(*values))


def _nonzero(ufunc: Callable[[Array, Array], Array]) -> Callable[[Array, Array], Array]:
    """Return ``ufunc`` with null where the right side is 0."""
    return lambda left, right: np.where(right == 0, np.nan, ufunc(left, right))


def _operator(name: str, result: Any, array: Any, summary: str, value: Any = None) -> Function:
    return Function(name, (_LEFT, _RIGHT), result, array, value or scalar(array), summary)


def _unary(name: str, result: Any, array: Any, summary: str) -> Function:
    return Function(name, (X,), result, array, scalar(array), summary)


def _divided(left: float, right: float) -> float | None:
    return left / right if right else None


def _rounded(x: Array, digits: int = 0) -> Array:
    return np.asarray(np.round(x, digits))


def _extreme(ufunc: Any) -> Callable[..., Array]:
    def extreme(*arrays: Array) -> Array:
        found = arrays[0]
        for array in arrays[1:]:
            found = ufunc(found, array)
        return found

    return extreme


def _clip(x: Array, low: Array, high: Array) -> Array:
    return np.asarray(np.minimum(np.maximum(x, low), high))


def _bins(x: Array, *edges: float) -> Array:
    return np.searchsorted(np.asarray(edges, dtype=np.float64), x, side="right").astype(np.float64)


def _and(left: Array, right: Array) -> Array:
    return np.where((left == 0) | (right == 0), 0.0, left + right - 1.0)


def _or(left: Array, right: Array) -> Array:
    return np.where((left == 1) | (right == 1), 1.0, left + right)


def _and_value(left: bool | None, right: bool | None) -> bool | None:
    if left is False or right is False:
        return False
    return None if left is None or right is None else True


def _or_value(left: bool | None, right: bool | None) -> bool | None:
    if left is True or right is True:
        return True
    return None if left is None or right is None else False


def _digits_complaint(constants: Sequence[int]) -> str:
    many = any(abs(digits) > MOST_DIGITS for digits in constants)
    return f"digits of round lie between -{MOST_DIGITS} and {MOST_DIGITS}." if many else ""


def _edges_complaint(edges: Sequence[float]) -> str:
    fallen = next(((low, high) for low, high in itertools.pairwise(edges) if low >= high), None)
    return f"the edges of bins must rise: {fallen[0]}, {fallen[1]}." if fallen else ""


def _power(base: Array, exponent: Array) -> Array:
    return np.asarray(np.power(base, exponent))


_TRUTHS = (Parameter("the left side", BOOLEANS), Parameter("the right side", BOOLEANS))
_EDGES = (X, Parameter("edge", NUMBERS, constant=True, repeated=True))
_DIGITS = (X, Parameter("digits", frozenset({INTEGER}), constant=True, optional=True))
_SOME = (X, Parameter("y", NUMBERS, repeated=True))
_LIMITS = (X, Parameter("low", NUMBERS), Parameter("high", NUMBERS))
_WHOLE, _FRACTION = always(INTEGER), always(NUMBER)

FUNCTIONS: tuple[Function, ...] = (
    _operator("+", common, np.add, "The sum.", lambda a, b: a + b),
    _operator("-", common, np.subtract, "The difference.", lambda a, b: a - b),
    _operator("*", common, np.multiply, "The product.", lambda a, b: a * b),
    _operator("/", _FRACTION, _nonzero(np.divide), "The quotient; null when dividing by 0.", _divided),
    _operator("//", common, _nonzero(np.floor_divide), "The quotient rounded down; null when dividing by 0."),
    _operator("%", common, _nonzero(np.mod), "The rest of the division, with the sign of the divisor."),
    _operator("**", _FRACTION, _power, "The power; null where it is no finite real number."),
    _unary("negative", common, np.negative, "The number with the other sign, written `-x`."),
    _unary("positive", common, np.positive, "The number itself, written `+x`."),
    Function(
        "and", _TRUTHS, always(BOOLEAN), _and, _and_value, "False if one is false, else null if one is.", strict=False
    ),
    Function("or", _TRUTHS, always(BOOLEAN), _or, _or_value, "True if one is true, else null if one is.", strict=False),
    Function(
        "not",
        (Parameter("what follows `not`", BOOLEANS),),
        always(BOOLEAN),
        lambda truth: 1.0 - truth,
        lambda truth: not truth,
        "The opposite.",
    ),
    _unary("log", _FRACTION, np.log, "The natural logarithm; null unless x > 0."),
    _unary("log10", _FRACTION, np.log10, "The logarithm to base 10; null unless x > 0."),
    _unary("log1p", _FRACTION, np.log1p, "log(1 + x), exact near 0; null unless x > -1."),
    _unary("exp", _FRACTION, np.exp, "e to the power of x; null where that is too large."),
    _unary("sqrt", _FRACTION, np.sqrt, "The square root; null for negative x."),
    _unary("sin", _FRACTION, np.sin, "The sine of x in radians."),
    _unary("cos", _FRACTION, np.cos, "The cosine of x in radians."),
    _unary("abs", common, np.abs, "The number without its sign."),
    _unary("floor", _WHOLE, np.floor, "The largest whole number not above x."),
    _unary("ceil", _WHOLE, np.ceil, "The smallest whole number not below x."),
    Function(
        "round",
        _DIGITS,
        lambda kinds: INTEGER if len(kinds) == 1 else NUMBER,
        _rounded,
        scalar(_rounded),
        "x rounded to a number of decimals (0 by default), halves to the even neighbour.",
        complaint=_digits_complaint,
    ),
    Function("clip", _LIMITS, common, _clip, scalar(_clip), "x moved into the range from low to high."),
    Function("min", _SOME, common, _extreme(np.minimum), scalar(_extreme(np.minimum)), "The least of the numbers."),
    Function("max", _SOME, common, _extreme(np.maximum), scalar(_extreme(np.maximum)), "The largest of the numbers."),
    Function(
        "bins",
        _EDGES,
        _WHOLE,
        _bins,
        scalar(_bins),
        "The number of the bin x lies in: how many of the rising edges are not above x.",
        complaint=_edges_complaint,
    ),
)
"""Operators and functions on numbers and booleans."""
