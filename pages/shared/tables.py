"""Tables: columns that look the same everywhere, and rows that open."""

from collections.abc import Callable, Sequence
from typing import Any

import pandas as pd
import streamlit as st
from streamlit.elements.lib.column_types import ColumnConfig

from pages.shared.parts import COLOURS, word

Row = dict[str, Any]
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


def _height(rows: int) -> Any:
    return "content" if rows <= MOST_ROWS else ROW_HEIGHT * (MOST_ROWS + 1) + 3


def show(rows: Sequence[Row], columns: dict[str, Any], key: str) -> None:
    """Show a table that only informs."""
    st.dataframe(
        list(rows),
        column_config=columns,
        hide_index=True,
        key=key,
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
    choose: bool = False,
) -> list[int]:
    """Show a table in which a click on any cell opens its row; with ``choose``, rows can also be ticked.

    Returns the numbers of the ticked rows.
    """

    def clicked() -> None:
        cells = st.session_state[key]["selection"]["cells"]
        if cells:
            open_row(int(cells[0][0]))

    event = st.dataframe(
        list(rows),
        column_config=columns,
        column_order=list(columns),
        hide_index=True,
        key=key,
        on_select=clicked,
        selection_mode=["multi-row", "single-cell"] if choose else ["single-cell"],
        row_height=ROW_HEIGHT,
        height=_height(len(rows)),
    )
    ticked = event["selection"]["rows"] if choose else []
    return [int(row) for row in ticked if int(row) < len(rows)]
