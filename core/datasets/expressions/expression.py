"""Expressions as others use them: compiled once against a schema, then asked for values."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from core.datasets.expressions.checking import typed
from core.datasets.expressions.evaluation import RowFunction, column_array, compile_row, evaluate
from core.datasets.expressions.functions import Array
from core.datasets.expressions.parser import parse
from core.datasets.expressions.tokens import written
from core.datasets.expressions.tree import Typed, TypedCall, TypedColumn, Value
from core.errors import InvalidExpression, InvalidInput
from core.records.dataset import Column, ColumnKind

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Expression:
    """A checked expression: its text, the kind of its values and the columns it reads, in order of appearance.

    Numbers are 64-bit floats (whole numbers are exact up to 2^53). A null argument makes the result null, except in
    ``if``, ``coalesce``, ``and``, ``or`` and ``is null``; so do division by zero, results that are no finite real
    number, and text longer than 65,536 characters. Each row is computed alone: one row gives what it gives among
    millions.
    """

    text: str
    kind: ColumnKind
    columns: tuple[str, ...]
    tree: Typed
    kinds: tuple[ColumnKind, ...]

    def evaluate(self, frame: "pd.DataFrame") -> "pd.Series[Any]":
        """Return the values for the rows of ``frame``, under its index.

        Numbers, whole ones too, are float64 with NaN; booleans and texts are objects with None; moments are
        datetime64[us].

        Raises:
            InvalidInput: ``frame`` lacks a column.
        """
        import pandas as pd

        missing = [repr(name) for name in self.columns if name not in frame]
        if missing:
            raise InvalidInput(problem=f"the rows have no column {', '.join(missing)}, which {self.text!r} reads.")
        arrays = {name: column_array(frame[name], kind) for name, kind in zip(self.columns, self.kinds, strict=True)}
        return pd.Series(_shown(self.arrays(arrays, len(frame)), self.kind), index=frame.index, name=self.text)

    def arrays(self, columns: Mapping[str, Array], rows: int) -> Array:
        """Return the values for columns given as arrays; see :data:`core.datasets.expressions.functions.Array`."""
        import numpy as np

        with np.errstate(all="ignore"):
            return evaluate(self.tree, columns, rows)

    def value(self, row: Mapping[str, Any]) -> Value:
        """Return the value for one row: the same as :meth:`evaluate`, without making a table."""
        import numpy as np

        with np.errstate(all="ignore"):
            return self._row(row)

    @cached_property
    def _row(self) -> RowFunction:
        return compile_row(self.tree)


def compile(text: str, columns: Iterable[Column]) -> Expression:  # noqa: A001, the word of the field
    """Return the expression ``text`` over rows with ``columns``.

    Raises:
        InvalidExpression: it is no expression, or does not fit the columns; with the position of the fault.
    """
    known = tuple(columns)
    try:
        tree = typed(parse(text), known)
    except InvalidExpression as fault:
        raise _unquoted(text, known) or fault from fault
    if tree.kind is None:
        raise InvalidExpression(position=1, problem="it is always null.")
    read = dict(_columns(tree))
    return Expression(text, tree.kind, tuple(read), tree, tuple(read.values()))


def _unquoted(text: str, columns: Iterable[Column]) -> InvalidExpression | None:
    """Return the fault that a name which needs backquotes stands there without them, or None."""
    for name in sorted((column.name for column in columns), key=len, reverse=True):
        at, needed = text.find(name), written(name)
        if needed != name and at >= 0 and text[at - 1 : at] != "`":
            problem = f"the name of the column {name!r} is more than one word: write it in backquotes, {needed}."
            return InvalidExpression(position=at + 1, problem=problem)
    return None


def pointed(text: str, position: int) -> str:
    """Return the line of ``text`` that ``position`` (from 1) is in, and below it a mark at that place."""
    before = text[: position - 1]
    start = before.rfind("\n") + 1
    line = text[start:].partition("\n")[0]
    return f"{line}\n{' ' * (position - 1 - start)}^"


def _columns(tree: Typed) -> Iterable[tuple[str, ColumnKind]]:
    if isinstance(tree, TypedColumn):
        yield tree.name, tree.kind
    elif isinstance(tree, TypedCall):
        for argument in tree.arguments:
            yield from _columns(argument)


def _shown(values: Array, kind: ColumnKind) -> Array:
    """Return values as tables hold them."""
    import numpy as np

    if kind is not ColumnKind.BOOLEAN:
        return values
    shown = np.empty(len(values), dtype=object)
    shown[values == 1], shown[values == 0] = True, False
    return shown
