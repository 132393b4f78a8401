"""How columns become numbers; learned on training rows only and saved inside the model."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pandas as pd

from core.errors import InvalidSpec
from core.records.dataset import Column, ColumnKind
from core.records.project import Task
from core.records.training import Preprocessing
from core.training.steps.planning import finish, plan
from core.training.steps.schema import Schema

NUMBERS, SCALED, FLAGS, WORDS = "numbers", "scaled", "flags", "words"
"""Names of the groups of columns inside the fitted preprocessing; other limits on categories are ``words_<limit>``."""

DEFAULT = Preprocessing()
"""The preprocessing of a training that asks for none: no steps, and what the estimator wants."""

COLUMNS = "columns"
"""Name of the last part of a preprocessing with steps: the one that makes the matrix."""


def model_frame(table: pd.DataFrame, columns: Sequence[Column]) -> pd.DataFrame:
    """Return the columns as models take them, in this order.

    Numbers and booleans become float64, text stays text, moments become datetime64[us], also out of ISO 8601 texts;
    missing and infinite values are NaN, missing moments NaT. Columns that ``table`` lacks are missing in every row.
    """
    ready = {column.name: _ready(table, column) for column in columns}
    return pd.DataFrame(ready, index=table.index, columns=[column.name for column in columns])


def _ready(table: pd.DataFrame, column: Column) -> "pd.Series[Any]":
    if column.kind is ColumnKind.DATETIME:
        return _moments(table, column.name)
    if column.name not in table:
        dtype = object if column.kind is ColumnKind.TEXT else np.float64
        return pd.Series(np.nan, index=table.index, dtype=dtype)
    values = table[column.name]
    if column.kind is ColumnKind.TEXT:
        return values.astype(object).where(values.notna(), np.nan)
    numbers = values.where(values.notna(), np.nan).astype(np.float64)
    return numbers.where(np.isfinite(numbers), np.nan)


def _moments(table: pd.DataFrame, name: str) -> "pd.Series[Any]":
    if name not in table:
        return pd.Series(np.datetime64("NaT", "us"), index=table.index, dtype="datetime64[us]")
    values = table[name]
    if values.dtype.kind == "M":
        return values.astype("datetime64[us]")
    moments = np.array([None if pd.isna(value) else _moment(value) for value in values], dtype="datetime64[us]")
    return pd.Series(moments, index=table.index)


def _moment(value: Any) -> datetime:
    moment = datetime.fromisoformat(value) if isinstance(value, str) else value
    return moment if moment.tzinfo is None else moment.astimezone(UTC).replace(tzinfo=None)


def prepared_columns(
    columns: Sequence[Column], options: Preprocessing = DEFAULT, task: Task = Task.BINARY
) -> tuple[Column, ...]:
    """Return the columns a model learns from, after the steps of ``options``.

    Raises:
        InvalidSpec: none is left, or one still holds dates.
        InvalidPreparation: a step does not fit the columns.
    """
    if not columns:
        raise InvalidSpec(problem="no feature is left to learn from. Name at least one.")
    kept, _ = finish(plan(columns, options.steps, task).schema)
    dates = [column.name for column in kept if column.kind is ColumnKind.DATETIME]
    if dates:
        raise InvalidSpec(
            problem=f"{', '.join(map(repr, dates))} holds dates, which models cannot learn from directly. Leave it "
            "out, or add date parts such as year, month or weekday in a preparation."
        )
    if not kept:
        raise InvalidSpec(problem="the preparation leaves no column to learn from.")
    return kept


def build(
    columns: Sequence[Column], options: Preprocessing, *, scale: bool, task: Task = Task.BINARY, seed: int = 0
) -> Any:
    """Return the unfitted preprocessing for ``columns``; ``scale`` holds unless ``options`` say otherwise.

    With steps it is a pipeline: the steps, and last, as ``columns``, what it is without them.

    Raises:
        InvalidPreparation: a step does not fit the columns.
    """
    from sklearn.pipeline import Pipeline

    planned = plan(columns, options.steps, task, seed)
    kept, _ = finish(planned.schema)
    scaled = scale if options.scale is None else options.scale
    last = _to_matrix(kept, planned.schema, options.max_categories, scale=scaled)
    return Pipeline([*planned.steps, (COLUMNS, last)]) if planned.steps else last


def column_transformer(prepare: Any) -> Any:
    """Return the part of a preprocessing made by :func:`build` that makes the matrix."""
    from sklearn.pipeline import Pipeline

    return prepare.named_steps[COLUMNS] if isinstance(prepare, Pipeline) else prepare


def _to_matrix(columns: Sequence[Column], schema: Schema, max_categories: int, *, scale: bool) -> Any:
    from sklearn.compose import ColumnTransformer

    numbers = [column.name for column in columns if column.kind.is_numeric]
    groups = [
        (NUMBERS, _numbers(scale=scale), [name for name in numbers if name not in schema.scaled]),
        (SCALED, _numbers(scale=False), [name for name in numbers if name in schema.scaled]),
        (FLAGS, _impute("most_frequent"), [c.name for c in columns if c.kind is ColumnKind.BOOLEAN]),
    ]
    words = [column.name for column in columns if column.kind is ColumnKind.TEXT]
    for most in sorted({schema.one_hot.get(name, max_categories) for name in words}):
        alike = [name for name in words if schema.one_hot.get(name, max_categories) == most]
        name = WORDS if most == max_categories else f"{WORDS}_{most}"
        groups.append((name, _words(most), alike))
    return ColumnTransformer([group for group in groups if group[2]])


def _impute(strategy: str) -> Any:
    from sklearn.impute import SimpleImputer

    return SimpleImputer(strategy=strategy, keep_empty_features=True)


def _numbers(*, scale: bool) -> Any:
    from sklearn.pipeline import Pipeline
    from sklearn.preprocessing import StandardScaler

    steps = [("impute", _impute("median"))]
    return Pipeline([*steps, ("scale", StandardScaler())] if scale else steps)


def _words(max_categories: int) -> Any:
    from sklearn.impute import SimpleImputer
    from sklearn.pipeline import Pipeline
    from sklearn.preprocessing import OneHotEncoder

    impute = SimpleImputer(strategy="most_frequent", keep_empty_features=True)
    encode = OneHotEncoder(handle_unknown="ignore", max_categories=max_categories, sparse_output=False)
    return Pipeline([("impute", impute), ("encode", encode)])
