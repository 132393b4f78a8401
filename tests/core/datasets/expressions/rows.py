"""A small table with every kind of column and a null in each, and ways to compute over it."""

from typing import Any

import numpy as np
import pandas as pd

from core.datasets import expressions
from core.records.dataset import Column, ColumnKind

COLUMNS = tuple(
    Column(name=name, kind=kind, nullable=True)
    for name, kind in (
        ("a", ColumnKind.NUMBER),
        ("b", ColumnKind.INTEGER),
        ("s", ColumnKind.TEXT),
        ("d", ColumnKind.DATETIME),
        ("f", ColumnKind.BOOLEAN),
        ("total charges.€", ColumnKind.NUMBER),
    )
)

TABLE = pd.DataFrame(
    {
        "a": [1.0, 2.0, np.nan, -4.5],
        "b": [0.0, 3.0, 2.0, np.nan],
        "s": ["ab", None, "Zürich", ""],
        "d": pd.Series(
            np.array(["2024-02-29T13:14:15", "NaT", "1969-12-31T23:59:59", "2021-01-03"], dtype="datetime64[us]")
        ),
        "f": [True, None, False, True],
        "total charges.€": [1.0, 2.0, 3.0, 4.0],
    }
)


def computed(text: str, frame: pd.DataFrame = TABLE) -> list[Any]:
    """The values of an expression, null as None."""
    return plain(expressions.compile(text, COLUMNS).evaluate(frame))


def one_by_one(text: str, frame: pd.DataFrame = TABLE) -> list[Any]:
    """The same values, each row computed by itself."""
    expression = expressions.compile(text, COLUMNS)
    return [expression.value(row) for row in records(frame)]


def records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    return [
        {name: None if pd.isna(value) else value for name, value in row.items()}
        for row in frame.astype(object).to_dict("records")
    ]


def plain(values: "pd.Series[Any]") -> list[Any]:
    return [None if pd.isna(value) else value for value in values.astype(object)]
