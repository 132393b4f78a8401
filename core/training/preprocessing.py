"""How columns become numbers; learned on training rows only and saved inside the model."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from core.errors import InvalidSpec
from core.records.dataset import Column, ColumnKind
from core.records.training import Preprocessing

NUMBERS, FLAGS, WORDS = "numbers", "flags", "words"
"""Names of the three groups of columns inside the fitted preprocessing."""


def model_frame(table: pd.DataFrame, columns: Sequence[Column]) -> pd.DataFrame:
    """Return the columns as models take them, in this order.

    Numbers and booleans become float64, text stays text; missing and infinite values are NaN. Columns that ``table``
    lacks are missing in every row.
    """
    ready = {column.name: _ready(table, column) for column in columns}
    return pd.DataFrame(ready, index=table.index, columns=[column.name for column in columns])


def _ready(table: pd.DataFrame, column: Column) -> "pd.Series[Any]":
    if column.name not in table:
        dtype = object if column.kind is ColumnKind.TEXT else np.float64
        return pd.Series(np.nan, index=table.index, dtype=dtype)
    values = table[column.name]
    if column.kind is ColumnKind.TEXT:
        return values.astype(object).where(values.notna(), np.nan)
    numbers = values.where(values.notna(), np.nan).astype(np.float64)
    return numbers.where(np.isfinite(numbers), np.nan)


def require_usable(columns: Sequence[Column]) -> None:
    """Check that models can learn from columns of these kinds.

    Raises:
        InvalidSpec: there are none, or a date is among them.
    """
    if not columns:
        raise InvalidSpec(problem="no feature is left to learn from. Name at least one.")
    dates = [column.name for column in columns if column.kind is ColumnKind.DATETIME]
    if dates:
        raise InvalidSpec(
            problem=f"{', '.join(map(repr, dates))} holds dates, which models cannot learn from directly. Leave it "
            "out, or add columns such as year, month or weekday to the data."
        )


def build(columns: Sequence[Column], options: Preprocessing, *, scale: bool) -> Any:
    """Return the unfitted preprocessing for ``columns``; ``scale`` holds unless ``options`` say otherwise."""
    from sklearn.compose import ColumnTransformer

    scaled = scale if options.scale is None else options.scale
    groups = (
        (NUMBERS, _numbers(scale=scaled), [c.name for c in columns if c.kind.is_numeric]),
        (FLAGS, _impute("most_frequent"), [c.name for c in columns if c.kind is ColumnKind.BOOLEAN]),
        (WORDS, _words(options.max_categories), [c.name for c in columns if c.kind is ColumnKind.TEXT]),
    )
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
