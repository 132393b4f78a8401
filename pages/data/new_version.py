"""An upload before it is kept: what was found in it, how it could be read otherwise, and the way to a version."""

import hashlib
import json

import streamlit as st

from core.records.job import Job, JobKind
from core.records.project import Project
from core.records.reading import TablePreview
from core.records.upload import Examined, Upload
from pages.data import reading_columns, reading_form
from pages.shared import actions, loaders, parts, row_loaders, state, tables
from pages.shared.context import actor, platform
from pages.shared.words import count, plain, size


def show(project: Project, id: str) -> None:
    """Draw what would be kept, and everything that can be said about it."""
    upload = platform().uploads.get(actor(), project.name, id)
    found = row_loaders.examined(upload)
    with parts.title(upload.filename, f"{size(upload.size)} arrived; nothing is kept until you save"):
        st.button("Discard", key="datasets.discard", on_click=_discard, args=(upload,))
        st.button(
            "Save version",
            key="datasets.upload",
            type="primary",
            icon=":material/save:",
            on_click=_save,
            args=(upload,),
            disabled=found.preview is None or _is_open(found),
            help="Choose the encoding first." if _is_open(found) else None,
        )
    _notices(project, upload, found)
    _labels(project, upload)
    reading_form.show(upload, found)
    if found.preview is not None:
        _columns(upload, found.preview)
        _rows(found.preview)


def _is_open(found: Examined) -> bool:
    """Tell whether a person has to say first how the text is written."""
    return found.preview is not None and bool(found.preview.encodings)


def _notices(project: Project, upload: Upload, found: Examined) -> None:
    same = next((version for version in loaders.datasets(project.name) if version.sha256 == upload.sha256), None)
    if same is not None:
        with st.container(horizontal=True, vertical_alignment="center"):
            st.info(f"{plain(same.ref)} holds exactly these bytes already.", icon=":material/content_copy:")
            parts.link("datasets", f"Open {same.ref}", dataset=str(same.ref))
    if found.problem:
        st.error(plain(found.problem), icon=":material/error:")
    if found.preview is None:
        return
    if found.preview.encodings:
        reading_form.ask_encoding(upload, found.preview.encodings)
    for doubt in found.preview.doubts if not found.preview.encodings else ():
        st.warning(plain(doubt), icon=":material/warning:")
    for note in found.preview.notes:
        parts.note(note)


def _labels(project: Project, upload: Upload) -> None:
    known = sorted({version.dataset for version in loaders.datasets(project.name)})
    with st.grid(3, min_column_width=240):
        st.selectbox(
            "Dataset",
            known,
            index=None,
            key="datasets.name",
            accept_new_options=True,
            placeholder=platform().datasets.default_name(upload.filename),
            help="The same name makes a new version of that dataset; left empty, it is named after the file.",
        )
        st.text_input("Note", key="datasets.note", placeholder="What is new in it")
        st.multiselect(
            "Tags", [], key="datasets.tags", accept_new_options=True, placeholder="season=summer", help="name=value"
        )


def _columns(upload: Upload, preview: TablePreview) -> None:
    rows = count(preview.sampled, "row")
    looked = f"Judged by all {rows}" if preview.whole else f"Judged by the first {rows}; all are looked at when saved"
    parts.section(f"{len(preview.columns):,} columns", looked)
    reading_columns.proposals(upload, preview)
    reading_columns.kinds(upload, preview)


def _rows(preview: TablePreview) -> None:
    names = [column.name for column in preview.columns[: len(preview.rows[0])]]
    more = len(preview.columns) - len(names)
    parts.section("First rows", f"{more:,} more columns are not shown here" if more else "As they would be kept")
    shown = [dict(zip(names, row, strict=False)) for row in preview.rows]
    st.dataframe(shown, hide_index=True, key="datasets.first", row_height=tables.ROW_HEIGHT, height=380)


def _discard(upload: Upload) -> None:
    actions.act(lambda: platform().uploads.discard(actor(), upload.id), "The upload is gone.")
    st.query_params.pop(state.UPLOAD, None)


def _save(upload: Upload) -> None:
    job = actions.act(lambda: _submit(upload), "It is being read.")
    if job:
        st.query_params.pop(state.UPLOAD, None)
        st.query_params[state.JOB] = job.id


def _submit(upload: Upload) -> Job:
    given, services = st.session_state, platform()
    name = str(given.get("datasets.name") or "").strip() or services.datasets.default_name(upload.filename)
    pairs = (str(tag).partition("=") for tag in given.get("datasets.tags") or ())
    tags = {key.strip(): value.strip() for key, _, value in pairs}
    order = services.uploads.order(upload, name, str(given.get("datasets.note") or "").strip(), tags)
    digest = hashlib.sha256(json.dumps(order, sort_keys=True).encode()).hexdigest()
    return services.queue.submit(
        actor(),
        kind=JobKind.INGEST,
        project=upload.project,
        title=f"Add {upload.filename} to {name}",
        payload=order,
        key=f"ingest:{digest}",
    )
