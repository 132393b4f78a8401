"""Comparisons, membership and choices: functions on values of any one family of kinds."""

import operator
from collections.abc import Callable
from typing import Any

import numpy as np

from core.datasets.expressions.functions import (
    ANYTHING,
    BOOLEANS,
    NUMBERS,
    Array,
    Function,
    Kinds,
    Parameter,
    always,
    common,
)
from core.records.dataset import ColumnKind

_ORDERED = ANYTHING - BOOLEANS
_BOOLEAN = always(ColumnKind.BOOLEAN)


def missing(array: Array) -> Array:
    """Return a mask of the rows in which a column is null."""
    if array.dtype == object:
        return np.fromiter((item is None for item in array), dtype=bool, count=len(array))
    return np.asarray(np.isnat(array) if array.dtype.kind == "M" else np.isnan(array))


def _compared(name: str, ufunc: Any, value: Callable[[Any, Any], bool], kinds: frozenset[ColumnKind]) -> Function:
    sides = (Parameter("the left side", kinds), Parameter("the right side", kinds))
    return Function(
        name,
        sides,
        _BOOLEAN,
        lambda left, right: ufunc(left, right).astype(np.float64),
        value,
        f"Whether the left side is {name} the right side.",
        alike=True,
    )


def _between(x: Array, low: Array, high: Array) -> Array:
    return ((low <= x) & (x <= high)).astype(np.float64)


def _in(x: Array, *values: Any) -> Array:
    if x.dtype == object:
        known = frozenset(values)
        return np.fromiter((item in known for item in x), dtype=np.float64, count=len(x))
    return np.isin(x, np.asarray(values, dtype=np.float64)).astype(np.float64)


def _if(condition: Array, then: Array, other: Array) -> Array:
    return np.where(condition == 1, then, other)


def _coalesce(*arrays: Array) -> Array:
    found = arrays[0]
    for array in arrays[1:]:
        found = np.where(missing(found), array, found)
    return found


def _branches(kinds: Kinds) -> ColumnKind:
    return common(kinds[1:])


FUNCTIONS: tuple[Function, ...] = (
    _compared("=", np.equal, operator.eq, ANYTHING),
    _compared("!=", np.not_equal, operator.ne, ANYTHING),
    _compared("<", np.less, operator.lt, _ORDERED),
    _compared("<=", np.less_equal, operator.le, _ORDERED),
    _compared(">", np.greater, operator.gt, _ORDERED),
    _compared(">=", np.greater_equal, operator.ge, _ORDERED),
    Function(
        "between",
        (Parameter("x", _ORDERED), Parameter("low", _ORDERED), Parameter("high", _ORDERED)),
        _BOOLEAN,
        _between,
        lambda x, low, high: low <= x <= high,
        "Whether x lies in the range, both ends included; written `x between low and high`.",
        alike=True,
    ),
    Function(
        "in",
        (
            Parameter("the left side", NUMBERS | {ColumnKind.TEXT}),
            Parameter("value", NUMBERS | {ColumnKind.TEXT}, constant=True, repeated=True),
        ),
        _BOOLEAN,
        _in,
        lambda x, *values: x in values,
        "Whether x is one of the values; written `x in (1, 2)`.",
        alike=True,
    ),
    Function(
        "if",
        (Parameter("condition", BOOLEANS), Parameter("then", ANYTHING), Parameter("else", ANYTHING)),
        _branches,
        _if,
        lambda condition, then, other: then if condition is True else other,
        "The second value where the condition is true, the third where it is false or null.",
        strict=False,
        takes_null=True,
    ),
    Function(
        "coalesce",
        (Parameter("x", ANYTHING), Parameter("y", ANYTHING, repeated=True)),
        common,
        _coalesce,
        lambda *values: next((value for value in values if value is not None), None),
        "The first value that is not null.",
        strict=False,
        alike=True,
        takes_null=True,
    ),
    Function(
        "is_missing",
        (Parameter("x", ANYTHING),),
        _BOOLEAN,
        lambda x: missing(x).astype(np.float64),
        lambda x: x is None,
        "Whether x is null; also written `x is null`.",
        strict=False,
    ),
)
"""Functions whose arguments may be of several kinds."""
