"""The rows that differ, a page at a time, with changed cells marked; all of them as a file."""

import math
from typing import Any

import streamlit as st

from core.records.difference import Difference, RowChange, RowDifference, RowSelection
from pages.shared import downloads, parts, row_loaders, state, tables

ROWS = 50
MOST_COLUMNS = 60
KINDS, COLUMN, PAGE = (f"differences.rows.{name}" for name in ("kinds", "column", "page"))
MARKS = {
    RowChange.ADDED: "background-color: rgba(48, 164, 108, 0.16)",
    RowChange.REMOVED: "background-color: rgba(229, 72, 77, 0.16)",
    RowChange.CHANGED: "background-color: rgba(245, 166, 35, 0.28)",
}
WORDS = {change: change.value.capitalize() for change in RowChange}


def show(found: Difference) -> None:
    """Show the rows that differ, filtered as asked."""
    whole = found.added + found.removed + found.changed
    parts.section("Rows that differ")
    if not whole:
        parts.note("All rows are the same.")
        return
    selection = _selection(found)
    count = row_loaders.difference_count(found, selection)
    first = _first(count)
    rows = row_loaders.difference_rows(found, selection, first, ROWS)
    if rows:
        labels, cells, looks = _drawn(found, rows)
        tables.shaded(labels, cells, looks, "differences.rows")
    with st.container(horizontal=True, vertical_alignment="center"):
        if count > ROWS:
            pages = math.ceil(count / ROWS)
            st.number_input("Page", 1, pages, key=PAGE, on_change=_turn, width=140, label_visibility="collapsed")
        parts.note(f"Rows {min(first + 1, count):,} to {min(first + ROWS, count):,} of {count:,}")
        downloads.difference(found, selection)


def _selection(found: Difference) -> RowSelection:
    with st.container(horizontal=True, vertical_alignment="bottom"):
        kinds = st.segmented_control(
            "Kind",
            [change for change in RowChange if found.count(change)],
            selection_mode="multi",
            format_func=lambda change: f"{WORDS[change]} {found.count(change):,}",
            key=KINDS,
            on_change=_restart,
        )
        columns = [column.name for column in found.columns if column.changed]
        column = st.selectbox(
            "Cell changed in", columns, index=None, key=COLUMN, placeholder="Any column", on_change=_restart, width=260
        )
    return RowSelection(changes=tuple(kinds), column=column)


def _restart() -> None:
    st.query_params.pop(state.PAGE, None)


def _first(count: int) -> int:
    """Return the place of the first row of the page that the address names."""
    pages = max(math.ceil(count / ROWS), 1)
    asked = st.query_params.get(state.PAGE, "1")
    number = min(max(int(asked), 1), pages) if asked.isdecimal() else 1
    if pages > 1:
        st.session_state[PAGE] = number
    return (number - 1) * ROWS


def _turn() -> None:
    st.query_params[state.PAGE] = str(st.session_state[PAGE])


def _drawn(found: Difference, rows: list[RowDifference]) -> tuple[list[str], list[list[Any]], list[list[str]]]:
    """Return the labels, cells and looks of the rows: the key first, then columns that changed, the others after."""
    names = [column.name for column in found.columns]
    order = sorted(range(len(names)), key=lambda place: (names[place] not in found.key, -found.columns[place].changed))
    shown = order[:MOST_COLUMNS]
    cells = [[WORDS[row.change], _place(row), *(_cell(row, place) for place in shown)] for row in rows]
    labels = ["Change", "Row", *(names[place] for place in shown)]
    looks = [_looks(row, shown) for row in rows]
    return labels, cells, looks


def _looks(row: RowDifference, shown: list[int]) -> list[str]:
    mark = MARKS[row.change]
    if row.change is not RowChange.CHANGED:
        return [mark] * (len(shown) + 2)
    return [mark, "", *(mark if row.changed[place] else "" for place in shown)]


def _place(row: RowDifference) -> int:
    found = row.row_before if row.row_before is not None else row.row_after
    return (found or 0) + 1


def _cell(row: RowDifference, place: int) -> str:
    before, after = (None if side is None else _text(side[place]) for side in (row.before, row.after))
    if row.change is RowChange.CHANGED and row.changed[place]:
        return f"{before or '—'} → {after or '—'}"
    return (before if after is None else after) or ""


def _text(value: Any) -> str:
    return "" if value is None else f"{value:.12g}" if isinstance(value, float) else str(value)
