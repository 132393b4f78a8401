"""The versions of a dataset and how they follow each other; the note, the tags and the files of the one in detail."""

import streamlit as st

from core.charts.versions import graph
from core.records.access import Permission
from core.records.dataset import DatasetVersion
from core.records.project import Project
from pages.data import scoring
from pages.shared import actions, downloads, loaders, parts, state, tables
from pages.shared.context import actor, may, platform, theme

COLUMNS = {
    "version": st.column_config.TextColumn("Version", pinned=True, width=110),
    "follows": st.column_config.TextColumn("Follows", width=90),
    "rows": tables.amount("Rows"),
    "columns": tables.amount("Columns"),
    "note": st.column_config.TextColumn("Note"),
    "tags": st.column_config.ListColumn("Tags"),
    "source": st.column_config.TextColumn("Source"),
    "author": st.column_config.TextColumn("By", width="small"),
    "created": tables.time("Added"),
}
NOTE, TAGS, GRAPH = "versions.note", "versions.tags", "versions.graph"


def show(project: Project, version: DatasetVersion) -> None:
    """Show the graph, the list, and what can be done with the version in detail."""
    family = [other for other in loaders.datasets(project.name) if other.dataset == version.dataset]
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        parts.note(f"Take {version.ref} away as")
        downloads.version(version)
        if may(Permission.ADD_DATA):
            st.button("Note and tags", key="versions.edit", icon=":material/edit:", on_click=_edit, args=(version,))
        scoring.button(project, version)
    scoring.newest(project, version)
    if len(family) > 1:
        parts.chart(graph(family, version.number, theme()), GRAPH, on_select=lambda: _clicked(version))
    rows = [_row(other) for other in family]
    tables.opening(rows, COLUMNS, "versions.table", lambda row: _open(str(family[row].ref)))


def _row(version: DatasetVersion) -> tables.Row:
    return {
        "version": str(version.ref),
        "follows": f"{version.dataset}@{version.parent}" if version.parent else "",
        "rows": version.rows,
        "columns": len(version.columns),
        "note": version.note,
        "tags": [f"{key}={value}" for key, value in version.tags.items()],
        "source": version.source,
        "author": version.author,
        "created": version.created_at,
    }


def _clicked(version: DatasetVersion) -> None:
    points = st.session_state[GRAPH]["selection"]["points"]
    if points:
        _open(f"{version.dataset}@{int(points[0]['customdata'][0])}")


def _open(ref: str) -> None:
    st.query_params[state.DATASET] = ref
    for param in (state.COLUMN, state.PAGE, state.WITH, state.JOB):
        st.query_params.pop(param, None)


def _edit(version: DatasetVersion) -> None:
    st.session_state[NOTE] = version.note
    st.session_state[TAGS] = [{"tag": key, "value": value} for key, value in version.tags.items()]
    _dialog(version)


@st.dialog("Note and tags")
def _dialog(version: DatasetVersion) -> None:
    parts.note(f"The content of {version.ref} never changes; who changes its labels is kept in the audit trail.")
    st.text_area("Note", key=NOTE, height=90)
    st.text_area(
        "Tags",
        value="\n".join(f"{key}={value}" for key, value in version.tags.items()),
        key=f"{TAGS}.text",
        placeholder="team=crm",
        help="One a line, as name=value.",
        height=110,
    )
    actions.close_when_done(
        st.button("Save", key="versions.save", type="primary", on_click=_save, args=(version,), width="stretch")
    )


def _save(version: DatasetVersion) -> None:
    lines = [line for line in str(st.session_state.get(f"{TAGS}.text") or "").splitlines() if line.strip()]
    tags = {key.strip(): value.strip() for key, _, value in (line.partition("=") for line in lines)}
    note = str(st.session_state.get(NOTE) or "").strip()
    label = platform().datasets.label
    actions.act(lambda: label(actor(), version.project, version.ref, note=note, tags=tags), "Saved.")
