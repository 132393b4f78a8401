"""Every row of a dataset version answered by a model, as a job whose answers become a dataset version."""

import streamlit as st

from core.records.access import Permission
from core.records.dataset import DatasetVersion
from core.records.job import Job, JobKind, JobState
from core.records.project import Project
from pages.shared import actions, live, loaders, parts
from pages.shared.context import actor, may, platform

VERSION, INTO = "scoring.version", "scoring.into"


def button(project: Project, version: DatasetVersion) -> None:
    """Offer to score the version, once there is a model."""
    if not (may(Permission.PREDICT) and may(Permission.ADD_DATA)):
        return
    versions = loaders.versions(project.name)
    if st.button("Score", key="scoring.ask", icon=":material/table_chart:", disabled=not versions):
        champion = loaders.champion(project.name)
        _ask(project, version, [one.version for one in versions], None if champion is None else champion.version)


def newest(project: Project, version: DatasetVersion) -> None:
    """Show the newest scoring of the version: at work, failed, or where its answers are."""
    jobs = loaders.jobs(project.name, (), (JobKind.BATCH_PREDICT,))
    job = next((one for one in jobs if one.payload.get("data") == str(version.ref)), None)
    if job is None:
        return
    if job.state is not JobState.SUCCEEDED:
        live.job_panel(job.id, compact=True)
        return
    ref = _ref(job)
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        parts.note(f"Scored by version {job.payload['version']}:")
        parts.link("datasets", ref, dataset=ref)


def _ref(job: Job) -> str:
    result = job.result or {}
    return f"{result['dataset']}@{result['version']}"


@st.dialog("Score every row")
def _ask(project: Project, version: DatasetVersion, versions: list[int], champion: int | None) -> None:
    parts.note(f"The answers to {version.rows:,} rows become a dataset version; nothing is logged as served.")
    place = versions.index(champion) if champion in versions else 0
    st.selectbox(
        "Model",
        versions,
        index=place,
        key=VERSION,
        format_func=lambda one: f"Version {one}{', the champion' if one == champion else ''}",
    )
    st.text_input("Into the dataset", key=INTO, placeholder=f"{version.dataset}-predictions")
    pressed = st.button(
        "Score", key="scoring.start", type="primary", on_click=_start, args=(project.name, version), width="stretch"
    )
    actions.close_when_done(pressed)


def _start(project: str, version: DatasetVersion) -> None:
    used, into = int(st.session_state[VERSION]), str(st.session_state.get(INTO) or "").strip()
    submit = platform().batch.submit
    actions.act(lambda: submit(actor(), project, version.ref, version=used, into=into), "The scoring is queued.")
