"""Steps that choose, name and compute columns; they learn nothing."""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import numpy as np
import pandas as pd

from core.datasets import expressions
from core.datasets.expressions import Expression
from core.datasets.expressions.evaluation import column_array
from core.records.dataset import Column, ColumnKind
from core.training.steps.base import Step, replaced


class DropColumns(Step):
    """Leaves out ``columns``; those a table lacks are no fault."""

    def __init__(self, columns: list[str]) -> None:
        self.columns = columns

    def transform(self, frame: pd.DataFrame) -> pd.DataFrame:
        """Return the table without the columns."""
        return frame.drop(columns=self.columns, errors="ignore")


class RenameColumns(Step):
    """Calls the columns ``old`` by the names ``new``, pair by pair; order and values stay."""

    def __init__(self, old: list[str], new: list[str]) -> None:
        self.old = old
        self.new = new

    def transform(self, frame: pd.DataFrame) -> pd.DataFrame:
        """Return the table under the new names."""
        return frame.rename(columns=dict(zip(self.old, self.new, strict=True)))


class DeriveColumns(Step):
    """Sets column ``names[i]`` to the value of ``expressions[i]``, all computed from the incoming table.

    The expressions are in the language of :mod:`core.datasets.expressions`; ``reads`` and ``kinds`` are the columns
    they read and their kinds (``integer``, ``number``, ``boolean``, ``text``, ``datetime``). Numbers and booleans
    become float64, null is missing.
    """

    def __init__(self, names: list[str], expressions: list[str], reads: list[str], kinds: list[str]) -> None:
        self.names = names
        self.expressions = expressions
        self.reads = reads
        self.kinds = kinds

    def transform(self, frame: pd.DataFrame) -> pd.DataFrame:
        """Return the table with the columns set."""
        schema = tuple(zip(self.reads, self.kinds, strict=True))
        arrays = {name: column_array(frame[name], ColumnKind(kind)) for name, kind in schema}
        made = {
            name: _as_column(compiled(text, schema), arrays, len(frame))
            for name, text in zip(self.names, self.expressions, strict=True)
        }
        return replaced(frame, made)


@lru_cache(maxsize=1_000)
def compiled(text: str, schema: tuple[tuple[str, str], ...]) -> Expression:
    """Return an expression over columns of (name, kind), parsed at its first use."""
    columns = [Column(name=name, kind=ColumnKind(kind), nullable=True) for name, kind in schema]
    return expressions.compile(text, columns)


def derive(names: Sequence[str], texts: Sequence[str], columns: Sequence[Column]) -> DeriveColumns:
    """Return the step that sets ``names`` to the values of ``texts`` over a table of ``columns``.

    Raises:
        InvalidExpression: a text is no expression over these columns.
    """
    read = dict.fromkeys(name for text in texts for name in expressions.compile(text, columns).columns)
    kinds = {column.name: column.kind.value for column in columns}
    return DeriveColumns(list(names), list(texts), list(read), [kinds[name] for name in read])


def _as_column(expression: Expression, arrays: dict[str, Any], rows: int) -> Any:
    values = expression.arrays(arrays, rows)
    return (
        np.array([np.nan if item is None else item for item in values], dtype=object)
        if values.dtype == object
        else values
    )
