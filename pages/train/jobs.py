"""Jobs: everything that runs, ran or will run in the background."""

import json

import streamlit as st

from core.records.job import Job, JobKind, JobState
from pages.shared import live, loaders, parts, state, states, tables
from pages.shared.context import platform, project
from pages.shared.words import duration

STATES = [job_state.value for job_state in JobState]
COLUMNS = {
    "state": tables.states("State", STATES),
    "title": st.column_config.TextColumn("Job", width=280),
    "project": st.column_config.TextColumn("Project", width="small"),
    "kind": st.column_config.TextColumn("Kind", width=90),
    "by": st.column_config.TextColumn("By", width="small"),
    "took": st.column_config.TextColumn("Took", width="small"),
    "created": tables.time("Queued"),
}


def _took(job: Job) -> str:
    if job.started_at is None or job.finished_at is None:
        return f"{job.fraction:.0%}" if job.state is JobState.RUNNING else ""
    return duration((job.finished_at - job.started_at).total_seconds())


def _row(job: Job) -> tables.Row:
    return {
        "state": tables.marks(job.state.value),
        "title": job.title,
        "project": job.project,
        "kind": job.kind.value,
        "by": job.created_by,
        "took": _took(job),
        "created": job.created_at,
    }


def _open(job: Job) -> None:
    st.query_params[state.JOB] = job.id


def _filters() -> tuple[tuple[JobState, ...], tuple[JobKind, ...], bool]:
    with st.container(horizontal=True, vertical_alignment="center", gap="medium"):
        chosen = st.pills(
            "State",
            STATES,
            selection_mode="multi",
            format_func=states.word,
            key="jobs.states",
            label_visibility="collapsed",
            persist_state="session",
        )
        kinds = st.multiselect(
            "Kind",
            [kind.value for kind in JobKind],
            key="jobs.kinds",
            placeholder="All kinds",
            label_visibility="collapsed",
            width=220,
            persist_state="session",
        )
        everywhere = st.toggle("All projects", key="jobs.everywhere", persist_state="session")
    return tuple(JobState(s) for s in chosen or ()), tuple(JobKind(k) for k in kinds), everywhere


def _list() -> None:
    with parts.title("Jobs", "Background work: what runs, ran and waits"):
        st.button("Refresh", key="jobs.refresh", icon=":material/refresh:")
    states, kinds, everywhere = _filters()
    chosen = project()
    found = loaders.jobs(None if everywhere or chosen is None else chosen.name, states, kinds)
    if not found:
        parts.empty("No job matches.", screen=("train", "Start a training") if chosen else ("overview", "Overview"))
        return
    columns = {name: column for name, column in COLUMNS.items() if everywhere or name != "project"}
    tables.opening([_row(job) for job in found], columns, "jobs.table", lambda row: _open(found[row]))


def _detail(job_id: str) -> None:
    job = platform().queue.get(job_id)
    with parts.title(job.title, back=(state.JOB,)):
        _cause_link(job)
        _result_links(job)
        parts.identifier(job.id)
    live.job_panel(job_id, titled=False)
    parts.facts(
        [
            ("Project", job.project),
            ("Kind", job.kind.value),
            ("Asked for by", job.created_by),
            (
                "Because of",
                f"{job.cause.kind} {job.cause.id}" if job.cause else "a person",
                job.cause.note if job.cause else "",
            ),
            parts.when("Queued", job.created_at),
            parts.when("Started", job.started_at),
            parts.when("Ended", job.finished_at),
            ("Attempt", f"{job.attempt} of {job.max_attempts}"),
            ("Worker", job.worker),
            ("Limits", f"{duration(job.timeout_s)}, {job.memory_mb:,} MB"),
        ]
    )
    left, right = st.columns(2)
    with left, st.expander("What was asked"):
        st.code(json.dumps(job.payload, indent=2, default=str), language="json")
    if job.result is not None:
        with right, st.expander("What came of it", expanded=job.kind is not JobKind.PIPELINE):
            st.code(json.dumps(job.result, indent=2, default=str), language="json")


def _cause_link(job: Job) -> None:
    """Lead to the job that was tried again, or to the run that was cloned or is proved."""
    if job.cause is not None and job.cause.kind == "retry":
        parts.link("jobs", "The attempt before", job=job.cause.id)
    elif job.cause is not None and job.cause.kind == "run":
        parts.link("runs", "The run it began from", run=job.cause.id)


def _result_links(job: Job) -> None:
    result = job.result or {}
    if "run_id" in result:
        parts.link("runs", "Open the run", run=str(result["run_id"]))
    if "report" in result:
        parts.link("drift", "Open the report", report=str(result["report"]))
    if job.kind is JobKind.INGEST and "version" in result:
        ref = f"{result['dataset']}@{result['version']}"
        parts.link("datasets", f"Open {ref}", dataset=ref)


def render() -> None:
    """Draw the screen."""
    job_id = st.query_params.get(state.JOB)
    if job_id:
        _detail(job_id)
    else:
        _list()


render()
