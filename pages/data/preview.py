"""The rows of a dataset version, a page at a time."""

import math

import streamlit as st

from core.records.dataset import DatasetVersion
from core.records.project import Project
from pages.shared import parts, row_loaders, state, tables

ROWS = 100
CHOSEN = "datasets.page"


def show(project: Project, version: DatasetVersion) -> None:  # noqa: ARG001
    """Show the page that the address names."""
    pages = max(math.ceil(version.rows / ROWS), 1)
    asked = st.query_params.get(state.PAGE, "1")
    number = min(max(int(asked), 1), pages) if asked.isdecimal() else 1
    first = (number - 1) * ROWS
    st.dataframe(
        row_loaders.preview(version, ROWS, first), height=420, key="datasets.preview", row_height=tables.ROW_HEIGHT
    )
    with st.container(horizontal=True, vertical_alignment="center"):
        if pages > 1:
            st.session_state[CHOSEN] = number
            st.number_input("Page", 1, pages, key=CHOSEN, on_change=_turn, width=140, label_visibility="collapsed")
        parts.note(f"Rows {first + 1:,} to {min(first + ROWS, version.rows):,} of {version.rows:,}")


def _turn() -> None:
    """Let the address say which page is shown."""
    st.query_params[state.PAGE] = str(st.session_state[CHOSEN])
