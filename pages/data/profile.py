"""The profile of a dataset version: what a careful reader would frown at, its columns, and how they go together."""

import streamlit as st

from core.records.access import Permission
from core.records.dataset import ColumnProfile, DatasetVersion
from core.records.job import JobKind
from core.records.project import Project
from pages.data import profile_column, profile_findings, profile_relations
from pages.shared import actions, live, parts, state, tables
from pages.shared.context import actor, may, platform
from pages.shared.words import number

COLUMNS = {
    "name": st.column_config.TextColumn("Column", pinned=True, width=130),
    "kind": st.column_config.TextColumn("Kind", width=65),
    "role": st.column_config.TextColumn("Role", width=50),
    "missing": st.column_config.NumberColumn("Missing", format="percent", width=64),
    "distinct": st.column_config.NumberColumn("Distinct", format="localized", width=66),
    "low": st.column_config.TextColumn("Least", width=62),
    "middle": st.column_config.TextColumn("Middle", width=84, help="Median, or the most frequent value"),
    "high": st.column_config.TextColumn("Most", width=62),
    "shape": st.column_config.BarChartColumn("Distribution", y_min=0, width=104),
}
MOST_COLUMNS = 500
SEARCH = "datasets.columns.search"


def show(project: Project, version: DatasetVersion) -> None:
    """Show the findings, the columns with the chosen one in detail, and the associations."""
    _offer_anew(project, version)
    profile_findings.show(version.profile)
    found = _searched(version.profile.columns)
    grid = st.grid(3, min_column_width=270, gap="medium")
    with grid.cell(column_span=2):
        parts.section("Columns")
        if len(version.profile.columns) > MOST_COLUMNS:
            st.text_input("Search", key=SEARCH, placeholder="Part of a column's name", label_visibility="collapsed")
            parts.note(f"{min(len(found), MOST_COLUMNS):,} of {len(version.profile.columns):,} columns")
        rows = [_row(project, version.rows, column) for column in found[:MOST_COLUMNS]]
        tables.opening(rows, COLUMNS, "datasets.columns", lambda row: choose(found[row].name))
    with grid.cell():
        profile_column.show(version, _chosen(version.profile.columns))
    profile_relations.show(version.profile, choose)


def choose(name: str) -> None:
    """Let the address say which column is shown in detail."""
    st.query_params[state.COLUMN] = name


def _offer_anew(project: Project, version: DatasetVersion) -> None:
    """Offer to describe a version anew whose profile was made before profiles told as much as today."""
    job_id = st.query_params.get(state.JOB)
    if job_id:
        live.job_panel(job_id, compact=True)
    if platform().datasets.is_profiled(version) or not may(Permission.ADD_DATA):
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        parts.note("This profile was made by an earlier release and lacks outliers, associations and more.")
        st.button("Profile anew", key="datasets.reprofile", on_click=_submit, args=(project, version))


def _submit(project: Project, version: DatasetVersion) -> None:
    def submit() -> str:
        job = platform().queue.submit(
            actor(),
            kind=JobKind.PROFILE,
            project=project.name,
            title=f"Profile {version.ref}",
            payload={"ref": str(version.ref)},
        )
        return job.id

    job_id = actions.act(submit)
    if job_id:
        st.query_params[state.JOB] = job_id


def _searched(columns: tuple[ColumnProfile, ...]) -> list[ColumnProfile]:
    wanted = str(st.session_state.get(SEARCH) or "").lower()
    return [column for column in columns if wanted in column.name.lower()]


def _chosen(columns: tuple[ColumnProfile, ...]) -> ColumnProfile:
    asked = st.query_params.get(state.COLUMN)
    return next((column for column in columns if column.name == asked), columns[0])


def _row(project: Project, rows: int, column: ColumnProfile) -> tables.Row:
    middle = number(column.quantiles[2]) if column.quantiles else column.top[0][0] if column.top else ""
    return {
        "name": column.name,
        "kind": column.kind.value,
        "role": _role(project, column.name),
        "missing": column.nulls / rows if rows else 0.0,
        "distinct": column.distinct,
        "low": profile_column.text(column.minimum),
        "middle": middle,
        "high": profile_column.text(column.maximum),
        "shape": list(column.counts) or [count for _, count in column.top[:12]],
    }


def _role(project: Project, name: str) -> str:
    roles = {project.target: "target", project.id_column: "id", project.time_column: "time"}
    return roles.get(name, "")
