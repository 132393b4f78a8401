"""Computing a typed tree: for all rows at once, or as a closure for one row. Both give the same, bit for bit."""

import math
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import numpy as np

from core.datasets.expressions.choices import missing
from core.datasets.expressions.functions import Array, Function
from core.datasets.expressions.tree import Typed, TypedCall, TypedColumn, TypedConstant, Value
from core.records.dataset import ColumnKind

if TYPE_CHECKING:
    import pandas as pd

Row = Mapping[str, Any]
RowFunction = Callable[[Row], Value]


def evaluate(tree: Typed, columns: Mapping[str, Array], rows: int) -> Array:
    """Return one value a row; ``columns`` are as :func:`column_array` gives them."""
    if isinstance(tree, TypedColumn):
        return columns[tree.name]
    if isinstance(tree, TypedConstant):
        return _repeated(tree, rows)
    return _applied(tree.function, tree, [evaluate(item, columns, rows) for item in _varying(tree)])


def column_array(values: "pd.Series[Any]", kind: ColumnKind) -> Array:
    """Return a column as expressions compute with it; what is infinite is null."""
    if kind is ColumnKind.TEXT:
        return np.asarray(values.astype(object).where(values.notna(), None), dtype=object)
    if kind is ColumnKind.DATETIME:
        return np.asarray(values, dtype="datetime64[us]")
    numbers = np.asarray(values.where(values.notna(), np.nan), dtype=np.float64)
    return np.where(np.isfinite(numbers), numbers, np.nan)


def compile_row(tree: Typed) -> RowFunction:
    """Return a function of one row: a mapping of column names to numbers, booleans, texts, moments or None."""
    if isinstance(tree, TypedColumn):
        return _column_reader(tree)
    if isinstance(tree, TypedConstant):
        constant = _value(tree)
        return lambda _: constant
    function, parts, rest = tree.function, [compile_row(item) for item in _varying(tree)], _constants(tree)
    compute, settle = function.value, _settled(tree.kind)
    if not function.strict:
        return lambda row: settle(compute(*[part(row) for part in parts], *rest))

    def strict(row: Row) -> Value:
        values = [part(row) for part in parts]
        return None if None in values else settle(compute(*values, *rest))

    return strict


def _varying(tree: TypedCall) -> tuple[Typed, ...]:
    return tree.arguments[: tree.function.varying]


def _constants(tree: TypedCall) -> list[Any]:
    items = tree.arguments[tree.function.varying :]
    return [item.value for item in items if isinstance(item, TypedConstant)]


def _applied(function: Function, tree: TypedCall, arrays: list[Array]) -> Array:
    constants = _constants(tree)
    if not function.strict:
        return function.array(*arrays, *constants)
    gone = np.logical_or.reduce([missing(array) for array in arrays])
    if all(array.dtype == np.float64 for array in arrays) and tree.kind is not ColumnKind.TEXT:
        return np.where(gone, np.nan, _finite(function.array(*arrays, *constants)))
    kept = ~gone
    found = _repeated(TypedConstant(None, tree.kind), len(gone))
    found[kept] = _finite(function.array(*[array[kept] for array in arrays], *constants))
    return found


def _finite(found: Array) -> Array:
    """Return ``found`` with null for what is no finite number."""
    return np.where(np.isfinite(found), found, np.nan) if found.dtype == np.float64 else found


def _repeated(constant: TypedConstant, rows: int) -> Array:
    if constant.kind is ColumnKind.TEXT:
        return np.full(rows, constant.value, dtype=object)
    if constant.kind is ColumnKind.DATETIME:
        return np.full(rows, np.datetime64("NaT", "us"))
    number = np.nan if constant.value is None else float(constant.value)
    return np.full(rows, number, dtype=np.float64)


def _value(constant: TypedConstant) -> Value:
    is_number = isinstance(constant.value, int | float) and not isinstance(constant.value, bool)
    return float(constant.value) if is_number and constant.value is not None else constant.value


def _column_reader(tree: TypedColumn) -> RowFunction:
    name, read = tree.name, _READERS[tree.kind]

    def column(row: Row) -> Value:
        value = row.get(name)
        return None if value is None else read(value)

    return column


def _number(value: Any) -> float | None:
    number = float(value)
    return number if math.isfinite(number) else None


def _boolean(value: Any) -> bool | None:
    return None if value != value else bool(value)


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) else None


def _moment(value: Any) -> datetime | None:
    """Take a moment, also as ISO 8601 text or NumPy's own; what has a zone is converted to UTC."""
    if isinstance(value, np.datetime64):
        value = value.astype("datetime64[us]").item()
    if isinstance(value, str):
        value = datetime.fromisoformat(value)
    if not isinstance(value, datetime) or value != value:
        return None
    return value if value.tzinfo is None else value.astimezone(UTC).replace(tzinfo=None)


_READERS: dict[ColumnKind, Callable[[Any], Value]] = {
    ColumnKind.INTEGER: _number,
    ColumnKind.NUMBER: _number,
    ColumnKind.BOOLEAN: _boolean,
    ColumnKind.TEXT: _text,
    ColumnKind.DATETIME: _moment,
}


def _settled(kind: ColumnKind) -> Callable[[Any], Value]:
    """Return what brings a result to a value of ``kind``: no infinite number, no number that is a boolean."""
    if kind.is_numeric:
        return lambda value: None if value is None or not math.isfinite(value) else float(value)
    if kind is ColumnKind.BOOLEAN:
        return lambda value: None if value is None else bool(value)
    return lambda value: value
