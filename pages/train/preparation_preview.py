"""What a recipe makes of real rows: before and after, and how each column is distributed then."""

import streamlit as st

from core.charts.data import column as column_chart
from core.records.dataset import DatasetVersion
from core.records.preparation import Outline, Steps
from core.records.project import Project
from core.training.preparations import Preview
from pages.shared import parts, row_loaders, tables
from pages.shared.context import theme
from pages.shared.words import count

ROWS = 50


def show(project: Project, version: DatasetVersion, steps: Steps, outline: Outline) -> None:
    """Draw the first rows after the steps that fit, the raw ones behind a tab, and one column in detail."""
    faulty = {fault.number for fault in outline.faults}
    sound = tuple(step for number, step in enumerate(steps, start=1) if number not in faulty)
    found = row_loaders.prepared(project, version, sound)
    known = set(found.before.columns)
    new = [column.name for column in found.columns if column.name not in known]
    told = f"The first {ROWS} rows; what is learned comes from the first {count(found.rows, 'row')} here"
    grid = st.grid(3, min_column_width=270, gap="medium")
    with grid.cell(column_span=2):
        parts.section("Rows", f"{told}, from all training rows in a training")
        after, before = st.tabs([f"After, {count(len(found.columns), 'column')}", f"Before, {len(known)}"])
        with after:
            _table(found.after.head(ROWS)[[*new, *(name for name in found.after if name not in new)]], "after", new)
        with before:
            _table(found.before.head(ROWS), "before", [])
        if outline.left_out:
            parts.note(f"Left out, since models cannot learn from dates: {', '.join(outline.left_out)}")
    with grid.cell():
        _distribution(found, new)


def _table(rows: object, name: str, new: list[str]) -> None:
    marked = {column: st.column_config.Column(f"✚ {column}", help="Made by a step") for column in new}
    st.dataframe(
        rows,
        height=360,
        hide_index=True,
        key=f"preparation.{name}",
        row_height=tables.ROW_HEIGHT,
        column_config=marked,
    )


def _distribution(found: Preview, new: list[str]) -> None:
    names = [*new, *(column.name for column in found.columns if column.name not in new)]
    if st.session_state.get("preparation.column") not in names:
        st.session_state["preparation.column"] = names[0] if names else None
    parts.section("Distribution")
    if not names:
        parts.note("No column is left.")
        return
    name = st.selectbox("Column", names, key="preparation.column", label_visibility="collapsed")
    profile = found.profile(name)
    parts.chart(column_chart(profile, theme()), key="preparation.chart")
    parts.facts(
        [("Missing", f"{profile.nulls:,}"), ("Distinct", f"{profile.distinct:,}"), ("Kind", _kind(found, name))],
        columns=86,
    )


def _kind(found: Preview, name: str) -> str:
    return next(column.kind.value for column in found.columns if column.name == name)
