"""Rows of a file as the records a model is asked with."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from core.datasets import reading
from core.errors import InvalidInput
from core.records.base import JsonObject
from core.records.dataset import Column, ColumnKind

EVERY = "*"
"""Stands for all columns of the file."""


@dataclass(frozen=True)
class Rows:
    """``asked`` are the records for the model; ``kept`` names columns of the file, ``beside`` their values by row."""

    asked: list[JsonObject]
    kept: tuple[str, ...]
    beside: list[tuple[object, ...]]


def read_rows(path: Path, columns: Sequence[Column], keep: Sequence[str] = (), offered: Sequence[str] = ()) -> Rows:
    """Return the rows of a table file: of ``columns`` as a model is asked, each value in the kind the column has.

    Beside them columns to ``keep`` as they are (``EVERY`` is all), and those ``offered`` that the file has.

    Raises:
        NotATable: the file is no table.
        InvalidInput: columns are missing.
    """
    table = reading.read(path, path.name).table
    names = table.column_names
    missing = [column.name for column in columns if column.name not in names]
    if missing:
        raise InvalidInput(problem=f"{path.name} lacks the columns the model needs: {', '.join(missing)}")
    unknown = [name for name in keep if name not in names and name != EVERY]
    if unknown:
        raise InvalidInput(problem=f"{path.name} lacks the columns to keep: {', '.join(unknown)}")
    kept = tuple(names) if EVERY in keep else tuple(dict.fromkeys([*(n for n in offered if n in names), *keep]))
    values = [[_as_kind(value, column.kind) for value in table[column.name].to_pylist()] for column in columns]
    asked = [dict(zip([c.name for c in columns], row, strict=True)) for row in zip(*values, strict=True)]
    beside = [table[name].to_pylist() for name in kept]
    return Rows(asked, kept, list(zip(*beside, strict=True)) if kept else [()] * len(asked))


def _as_kind(value: object, kind: ColumnKind) -> object:
    if kind is ColumnKind.TEXT and value is not None:
        return str(value)
    return value
