"""Tables: columns that look the same everywhere, and rows that open."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pandas as pd
import streamlit as st
from streamlit.elements.lib.column_types import ColumnConfig

from pages.shared.states import COLOURS, word

Row = dict[str, Any]
NOTHING = ""
"""What stands in a cell that has no value: a column may not speak of every row."""

ROW_HEIGHT = 34
MOST_ROWS = 14


def states(label: str, names: Sequence[str], width: Any = 100) -> ColumnConfig:
    """A column of states, each a word in its colour; cells hold lists made by :func:`marks`."""
    return st.column_config.MultiselectColumn(
        label,
        options=[word(name) for name in names],
        color=[COLOURS.get(name, "gray") for name in names],
        width=width,
    )


def marks(*names: str) -> list[str]:
    """Return the cell of a :func:`states` column."""
    return [word(name) for name in names]


def time(label: str) -> ColumnConfig:
    """A column of moments, shown relative to now."""
    return st.column_config.DatetimeColumn(label, format="distance", width=110)


def figure(label: str, form: str | None = "%.4f", help: str | None = None) -> ColumnConfig:
    """A column of figures."""
    return st.column_config.NumberColumn(label, format=form, help=help, width="small")


def amount(label: str) -> ColumnConfig:
    """A column of counts."""
    return st.column_config.NumberColumn(label, format="localized", width="small")


def _height(rows: int, most: int = MOST_ROWS) -> Any:
    return "content" if rows <= most else ROW_HEIGHT * (most + 1) + 3


def show(rows: Sequence[Row], columns: dict[str, Any], key: str) -> None:
    """Show a table that only informs."""
    st.dataframe(
        list(rows),
        column_config=columns,
        hide_index=True,
        key=key,
        placeholder=NOTHING,
        row_height=ROW_HEIGHT,
        height=_height(len(rows)),
        column_order=[name for name in columns if not name.startswith("_")],
    )


def shaded(labels: Sequence[str], cells: Sequence[Sequence[Any]], looks: Sequence[Sequence[str]], key: str) -> None:
    """Show a table whose cells each have a look of their own, given as CSS."""
    styles = pd.DataFrame(looks, columns=list(labels))
    frame = pd.DataFrame(cells, columns=list(labels)).style.apply(lambda _: styles, axis=None)
    st.dataframe(frame, key=key, row_height=ROW_HEIGHT, height="content", hide_index=True)


def opening(
    rows: Sequence[Row],
    columns: dict[str, Any],
    key: str,
    open_row: Callable[[int], None],
    *,
    cells: Mapping[str, Callable[[int], None]] | None = None,
) -> None:
    """Show a table in which a click on a cell opens its row; ``cells`` names columns in which it does otherwise."""

    def clicked() -> None:
        _click(key, open_row, cells or {})

    st.dataframe(
        list(rows),
        column_config=columns,
        column_order=list(columns),
        hide_index=True,
        key=key,
        on_select=clicked,
        selection_mode=["single-cell"],
        placeholder=NOTHING,
        row_height=ROW_HEIGHT,
        height=_height(len(rows)),
    )


def picking(
    rows: Sequence[Row],
    columns: dict[str, Any],
    key: str,
    open_row: Callable[[int], None],
    pick: Callable[[list[int]], None],
    *,
    order: Callable[[str], None],
    ticked: Sequence[int] = (),
    cells: Mapping[str, Callable[[int], None]] | None = None,
    tall: int = MOST_ROWS,
) -> None:
    """Show a part of a longer table whose rows open on a click, like :func:`opening`, and can be ticked.

    ``ticked`` rows are so at first; ``pick`` hears of every change. A click on a header calls ``order`` with its
    column, since sorting what is shown would say nothing of the rest. Other rows need another ``key``. The table is at
    most ``tall`` rows high.
    """

    def clicked() -> None:
        chosen = st.session_state[key]["selection"]
        if chosen["columns"]:
            order(str(chosen["columns"][0]))
        elif chosen["cells"]:
            _click(key, open_row, cells or {})
        else:
            pick([int(row) for row in chosen["rows"] if int(row) < len(rows)])

    st.dataframe(
        list(rows),
        column_config=columns,
        column_order=list(columns),
        hide_index=True,
        placeholder=NOTHING,
        key=key,
        on_select=clicked,
        selection_mode=["multi-row", "single-cell", "single-column"],
        selection_default={"selection": {"rows": list(ticked), "columns": [], "cells": []}},
        row_height=ROW_HEIGHT,
        height=_height(len(rows), tall),
    )


def _click(key: str, open_row: Callable[[int], None], cells: Mapping[str, Callable[[int], None]]) -> None:
    found = st.session_state[key]["selection"]["cells"]
    if found:
        row, column = found[0]
        cells.get(column, open_row)(int(row))
