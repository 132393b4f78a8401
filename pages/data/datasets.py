"""Datasets: immutable versions of tables, what they hold, and the way in for new ones."""

import streamlit as st

from core.errors import InvalidInput
from core.records.access import Permission
from core.records.dataset import DatasetVersion
from core.records.job import Job, JobKind
from core.records.project import Project
from pages.data import version_detail
from pages.shared import actions, live, loaders, parts, state, tables
from pages.shared.context import actor, may, platform
from pages.shared.words import count, plain, size

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

SUFFIXES = ("csv", "tsv", "txt", "parquet", "jsonl", "ndjson", "xlsx", "xls", "ods", "gz", "zip")
"""Endings the file picker offers; what a file is, its content tells."""


def _submit(project: str) -> Job:
    upload = st.session_state.get("datasets.file")
    if upload is None:
        raise InvalidInput(problem="Choose a file first.")
    services = platform()
    name = str(st.session_state.get("datasets.name") or "").strip() or services.datasets.default_name(upload.name)
    sha256 = services.datasets.stage(actor(), upload)
    note = str(st.session_state.get("datasets.note") or "").strip()
    return services.queue.submit(
        actor(),
        kind=JobKind.INGEST,
        project=project,
        title=f"Add {upload.name} to {name}",
        payload={"dataset": name, "sha256": sha256, "filename": upload.name, "note": note},
    )


def _upload(project: str) -> None:
    job = actions.act(lambda: _submit(project), "The file is stored; it is being read.")
    if job:
        st.query_params[state.JOB] = job.id


@st.dialog("Upload data")
def _dialog(project: str) -> None:
    limit = platform().settings.upload_mb
    st.file_uploader(
        "CSV, Parquet, JSON lines or a workbook", type=list(SUFFIXES), key="datasets.file", max_upload_size=limit
    )
    known = sorted({version.dataset for version in loaders.datasets(project)})
    st.selectbox(
        "Dataset",
        known,
        index=None,
        key="datasets.name",
        accept_new_options=True,
        placeholder="Named after the file",
        help="The same name makes a new version of that dataset.",
    )
    st.text_input("Note", key="datasets.note", placeholder="What is new in it")
    actions.close_when_done(
        st.button("Upload", key="datasets.upload", type="primary", on_click=_upload, args=(project,), width="stretch")
    )


def _open(version: DatasetVersion) -> None:
    st.query_params[state.DATASET] = str(version.ref)


def _list(project: Project) -> None:
    found = loaders.datasets(project.name)
    with parts.title("Datasets", "Immutable versions of your tables"):
        if may(Permission.ADD_DATA) and st.button(
            "Upload data", key="datasets.new", type="primary", icon=":material/upload:"
        ):
            _dialog(project.name)
    _arriving()
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


def _arriving() -> None:
    job_id = st.query_params.get(state.JOB)
    if not job_id:
        return
    job = live.job_panel(job_id)
    if job.result and "version" in job.result:
        ref = f"{job.result['dataset']}@{job.result['version']}"
        known = "is" if job.result.get("created", True) else "was there already as"
        with st.container(horizontal=True, vertical_alignment="center"):
            parts.note(f"{count(int(job.result['rows']), 'row')}: it {known} {ref}.")
            parts.link("datasets", f"Open {ref}", dataset=ref)
            parts.link("train", "Train on it", data=ref)


def render() -> None:
    """Draw the screen."""
    project = parts.chosen_project("Datasets")
    ref = st.query_params.get(state.DATASET)
    if ref:
        version_detail.show(project, ref)
    else:
        _list(project)


render()
