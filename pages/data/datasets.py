"""Datasets: immutable versions of tables, what they hold, and the way in for new ones."""

import streamlit as st

from core.records.access import Permission
from core.records.dataset import DatasetVersion
from core.records.project import Project
from pages.data import add_data, arriving, new_version, version_detail
from pages.shared import loaders, parts, state, tables
from pages.shared.context import may
from pages.shared.words import plain, size

COLUMNS = {
    "version": st.column_config.TextColumn("Version", pinned=True, width=150),
    "contract": tables.states("Contract", ["passes", "warns", "fails"], 80),
    "rows": tables.amount("Rows"),
    "columns": tables.amount("Columns"),
    "size": st.column_config.TextColumn("Size", width="small"),
    "source": st.column_config.TextColumn("File"),
    "note": st.column_config.TextColumn("Note"),
    "author": st.column_config.TextColumn("By", width="small"),
    "created": tables.time("Added"),
}


def _begin() -> None:
    st.query_params.pop(state.JOB, None)
    st.query_params[state.ADD] = "upload"


def _open(version: DatasetVersion) -> None:
    st.query_params[state.DATASET] = str(version.ref)


def _list(project: Project) -> None:
    found = loaders.datasets(project.name)
    with parts.title("Datasets", "Immutable versions of your tables"):
        if may(Permission.ADD_DATA):
            st.button("Upload data", key="datasets.new", type="primary", icon=":material/upload:", on_click=_begin)
    arriving.show()
    if not found:
        parts.empty(f"{plain(project.name)} has no data yet. Upload a table to begin.")
        return
    standings = {result.ref: result.outcome.value for result in loaders.contract_results(project.name)}
    rows = [
        {
            "version": str(version.ref),
            "contract": tables.marks(*filter(None, [standings.get(version.ref)])),
            "rows": version.rows,
            "columns": len(version.columns),
            "size": size(version.size),
            "source": version.source,
            "note": version.note,
            "author": version.author,
            "created": version.created_at,
        }
        for version in found
    ]
    tables.opening(rows, COLUMNS, "datasets.table", lambda row: _open(found[row]))


def render() -> None:
    """Draw the screen."""
    project = parts.chosen_project("Datasets")
    ref = st.query_params.get(state.DATASET)
    upload = st.query_params.get(state.UPLOAD)
    if ref:
        version_detail.show(project, ref)
    elif upload:
        new_version.show(project, upload)
    elif state.ADD in st.query_params and may(Permission.ADD_DATA):
        add_data.show(project)
    else:
        _list(project)


render()
