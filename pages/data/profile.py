"""The profile of a dataset version: what a careful reader would frown at, and its columns in figures."""

import streamlit as st

from core.charts.data import column as column_chart
from core.records.dataset import ColumnProfile, DatasetVersion
from core.records.project import Project
from pages.shared import parts, state, tables
from pages.shared.context import theme
from pages.shared.words import number, plain

COLUMNS = {
    "name": st.column_config.TextColumn("Column", pinned=True, width=140),
    "kind": st.column_config.TextColumn("Kind", width=70),
    "role": st.column_config.TextColumn("Role", width=55),
    "missing": st.column_config.NumberColumn("Missing", format="percent", width=70),
    "distinct": st.column_config.NumberColumn("Distinct", format="localized", width=70),
    "low": st.column_config.TextColumn("Least", width=70),
    "high": st.column_config.TextColumn("Most", width=70),
    "shape": st.column_config.BarChartColumn("Distribution", y_min=0, width=140),
}


def show(project: Project, version: DatasetVersion) -> None:
    """Show the warnings, the columns, and the chosen one in detail."""
    for warning in version.profile.warnings:
        st.warning(plain(warning), icon=":material/warning:")
    profiles = version.profile.columns
    chosen = st.query_params.get(state.COLUMN)
    profile = next((p for p in profiles if p.name == chosen), profiles[0])
    grid = st.grid(3, min_column_width=270, gap="medium")
    with grid.cell(column_span=2):
        parts.section("Columns")
        rows = [_row(project, version.rows, p) for p in profiles]
        tables.opening(rows, COLUMNS, "datasets.columns", lambda row: _choose(profiles[row]))
    with grid.cell():
        parts.section(profile.name)
        parts.chart(column_chart(profile, theme()), key="datasets.column")
        parts.facts(_facts(profile), columns=86)


def _choose(profile: ColumnProfile) -> None:
    st.query_params[state.COLUMN] = profile.name


def _row(project: Project, rows: int, profile: ColumnProfile) -> tables.Row:
    return {
        "name": profile.name,
        "kind": profile.kind.value,
        "role": _role(project, profile.name),
        "missing": profile.nulls / rows if rows else 0.0,
        "distinct": profile.distinct,
        "low": _text(profile.minimum),
        "high": _text(profile.maximum),
        "shape": list(profile.counts) or [share for _, share in profile.top[:12]],
    }


def _role(project: Project, name: str) -> str:
    roles = {project.target: "target", project.id_column: "id", project.time_column: "time"}
    return roles.get(name, "")


def _text(value: float | str | None) -> str:
    return number(value) if isinstance(value, int | float) else str(value or "")


def _facts(profile: ColumnProfile) -> list[tuple[str, object]]:
    items: list[tuple[str, object]] = [("Missing", f"{profile.nulls:,}"), ("Distinct", f"{profile.distinct:,}")]
    if profile.mean is not None:
        items += [("Mean", number(profile.mean)), ("Deviation", number(profile.std))]
    if profile.minimum is not None:
        items += [("Least", _text(profile.minimum)), ("Most", _text(profile.maximum))]
    return items
