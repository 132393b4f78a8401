"""Rows of a file as the records a model is asked with."""

from collections.abc import Sequence
from pathlib import Path

from core.datasets import reading
from core.errors import InvalidInput
from core.records.base import JsonObject
from core.records.dataset import Column, ColumnKind


def read_rows(path: Path, columns: Sequence[Column]) -> list[JsonObject]:
    """Return the rows of a table file, only ``columns``, each value in the kind the column has.

    Raises:
        NotATable: the file is no table.
        InvalidInput: columns are missing.
    """
    table = reading.read(path, path.name).table
    missing = [column.name for column in columns if column.name not in table.column_names]
    if missing:
        raise InvalidInput(problem=f"{path.name} lacks the columns the model needs: {', '.join(missing)}")
    values = [[_as_kind(value, column.kind) for value in table[column.name].to_pylist()] for column in columns]
    names = [column.name for column in columns]
    return [dict(zip(names, row, strict=True)) for row in zip(*values, strict=True)]


def _as_kind(value: object, kind: ColumnKind) -> object:
    if kind is ColumnKind.TEXT and value is not None:
        return str(value)
    return value
