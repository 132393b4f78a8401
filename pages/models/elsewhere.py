"""A version elsewhere: taken away as a folder, or pushed to another installation, with what became of it."""

from urllib.parse import quote

import streamlit as st

from core.records.access import Permission
from core.records.elsewhere import PushKind, PushReport, PushRequest
from core.records.job import Job, JobKind, JobState
from core.records.model import ModelVersion
from core.records.project import Project
from pages.shared import actions, live, loaders, parts, tables
from pages.shared.context import actor, may, now, platform
from pages.shared.words import ago, count, size

TARGETS = {"Another Pilothouse": PushKind.PILOTHOUSE, "Any upload": PushKind.UPLOAD}
TOLD = {
    PushKind.PILOTHOUSE: "It becomes a challenger of a project that predicts the same; the gates there decide.",
    PushKind.UPLOAD: "The export is handed over as one file. Say where the model answers then, to have it asked.",
}
PLACES = {
    PushKind.PILOTHOUSE: "https://host:8502/projects/churn",
    PushKind.UPLOAD: "https://store.example/models/churn.zip",
}
PUSHES = {
    "to": st.column_config.TextColumn("Pushed to", pinned=True, width="large"),
    "as": st.column_config.TextColumn("Version there", width="small"),
    "rows": tables.amount("Known rows alike"),
    "size": st.column_config.TextColumn("Size", width="small"),
    "when": tables.time("When"),
    "who": st.column_config.TextColumn("By", width="small"),
}
FIELDS = ("elsewhere.kind", "elsewhere.address", "elsewhere.method", "elsewhere.key", "elsewhere.answers")


def show(project: Project, version: ModelVersion) -> None:
    """Draw the ways out of here, the push at work, and those before it."""
    with st.container(horizontal=True, vertical_alignment="center"):
        parts.section("Elsewhere", "As a folder that answers alone, or pushed to where it is needed")
        st.space("stretch")
        if may(Permission.PREDICT):
            address = f"/export-model/{quote(project.name)}/{version.version}"
            st.link_button("Export", address, icon=":material/download:", key="elsewhere.export")
        if may(Permission.PROMOTE) and st.button("Push", key="elsewhere.push", icon=":material/send:"):
            _ask(project, version)
    pushes = _pushes(project, version)
    if not pushes:
        parts.note(
            "An export holds the model, its server, locked requirements, a Dockerfile and a KServe manifest; its own "
            "server answers the known rows of the version before it is handed out."
        )
        return
    if pushes[0].state is not JobState.SUCCEEDED:
        live.job_panel(pushes[0].id, compact=True)
    done = [job for job in pushes if job.state is JobState.SUCCEEDED]
    if done:
        parts.note(f"{_report(done[0]).summary} {ago(done[0].finished_at or now(), now())}.")
        tables.show([_row(job) for job in done], PUSHES, "elsewhere.pushes")


def _pushes(project: Project, version: ModelVersion) -> list[Job]:
    jobs = loaders.jobs(project.name, (), (JobKind.PUSH,))
    return [job for job in jobs if job.payload.get("version") == version.version]


def _report(job: Job) -> PushReport:
    return PushReport.model_validate(job.result)


def _row(job: Job) -> dict[str, object]:
    report = _report(job)
    return {
        "to": report.address,
        "as": f"v{report.remote_version}" if report.remote_version else "a file",
        "rows": report.known_rows or None,
        "size": size(report.size),
        "when": job.finished_at,
        "who": job.created_by,
    }


@st.dialog("Push a version", width="medium")
def _ask(project: Project, version: ModelVersion) -> None:
    chosen = st.segmented_control("To", list(TARGETS), default=next(iter(TARGETS)), key=FIELDS[0], required=True)
    kind = TARGETS[chosen or next(iter(TARGETS))]
    parts.note(TOLD[kind])
    st.text_input("Address", key=FIELDS[1], placeholder=PLACES[kind])
    if kind is PushKind.UPLOAD:
        left, right = st.columns([1, 3])
        with left:
            st.selectbox("By", ("PUT", "POST"), key=FIELDS[2])
        with right:
            st.text_input("Answers at", key=FIELDS[4], placeholder="https://host/v2/models/churn (may stay empty)")
    st.text_input(
        "Key",
        key=FIELDS[3],
        placeholder="${NAME} of a secret in PILOTHOUSE_SECRETS; empty where none is asked for",
    )
    known = count(len(loaders.manifest(version).probe), "known row")
    parts.note(f"{known} are answered here before it goes, and there once it has arrived.")
    pressed = st.button(
        f"Push version {version.version}",
        key="elsewhere.start",
        type="primary",
        on_click=_start,
        args=(project.name, version.version),
        width="stretch",
    )
    actions.close_when_done(pressed)


def _start(project: str, version: int) -> None:
    chosen, address, method, key, answers = (str(st.session_state.get(field) or "").strip() for field in FIELDS)
    kind = TARGETS[chosen]
    is_upload = kind is PushKind.UPLOAD
    request = PushRequest(
        version=version,
        address=address,
        kind=kind,
        method=(method or "PUT") if is_upload else "PUT",
        key=key,
        answers_at=answers if is_upload else "",
    )
    actions.act(lambda: platform().pushes.submit(actor(), project, request), "The push is queued.")
