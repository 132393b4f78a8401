"""The job panel: what a job is doing, while it does it."""

import streamlit as st

from core.charts import usage as charts
from core.errors import SignInRequired
from core.jobs.estimates import remaining
from core.records.access import Permission
from core.records.job import Job, JobState
from pages.shared import actions, loaders, parts, state
from pages.shared.context import actor, may, now, platform, theme
from pages.shared.words import duration, metric_title, number, plain

EVERY_S = 1.0
MOST_FIGURES = 8


def job_panel(job_id: str, *, compact: bool = False, titled: bool = True) -> Job:
    """Show stage, progress, log and the buttons of a job, every second while it is not finished; return it.

    A ``compact`` panel leaves the log out, one that is not ``titled`` the title.
    """
    job = platform().queue.get(job_id)
    draw = _panel if job.state.is_finished else st.fragment(_panel, run_every=EVERY_S)
    draw(job_id, compact, titled)
    return job


def _panel(job_id: str, compact: bool, titled: bool) -> None:
    with actions.boundary():
        signed_in()
        job = platform().queue.get(job_id)
        watched = f"live.{job_id}"
        if job.state.is_finished and st.session_state.pop(watched, False):
            st.rerun()
        if not job.state.is_finished:
            st.session_state[watched] = True
        with st.container(border=True, key=f"job_{job_id}", gap="small"):
            _head(job, titled)
            _progress(job)
            if not compact:
                _figures(job)
                _usage(job)
                _log(job)


def signed_in() -> None:
    """Draw the whole screen anew, which asks to sign in, when nobody is signed in any more."""
    try:
        actor()
    except SignInRequired:
        st.rerun()


def _head(job: Job, titled: bool) -> None:
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        parts.badge(job.state.value)
        if titled:
            st.markdown(f"**{plain(job.title)}**", width="content")
        parts.note(_times(job))
        st.space("stretch")
        _buttons(job)


def _times(job: Job) -> str:
    if job.started_at is None:
        return "waiting for a worker"
    elapsed = ((job.finished_at or now()) - job.started_at).total_seconds()
    text = duration(max(elapsed, 0.0))
    left = remaining(elapsed, job.fraction, loaders.durations(job)) if job.state is JobState.RUNNING else None
    return text if left is None else f"{text}, about {duration(left)} left"


def _buttons(job: Job) -> None:
    if not may(Permission.MANAGE_JOBS):
        return
    if not job.state.is_finished:
        label = "Cancelling" if job.cancel_requested else "Cancel"
        st.button(label, key=f"job.cancel.{job.id}", disabled=job.cancel_requested, on_click=_cancel, args=(job.id,))
    elif job.state is not JobState.SUCCEEDED and (again := loaders.retried_as(job.id)) is not None:
        parts.link("jobs", "Tried again", job=again.id)
    elif job.state is not JobState.SUCCEEDED:
        st.button("Retry", key=f"job.retry.{job.id}", icon=":material/refresh:", on_click=_retry, args=(job.id,))


def _cancel(job_id: str) -> None:
    actions.act(lambda: platform().queue.cancel(actor(), job_id), "The job is being cancelled.")


def _retry(job_id: str) -> None:
    again = actions.act(lambda: platform().queue.retry(actor(), job_id), "The job is queued again.")
    if again:
        st.query_params[state.JOB] = again.id


def _progress(job: Job) -> None:
    if job.state is JobState.QUEUED:
        st.progress(0.0, text=_queue_text())
    elif job.state is JobState.RUNNING:
        st.progress(job.fraction, text=plain(" · ".join(filter(None, (job.stage, job.message))) or "starting"))
    elif job.error:
        st.error(plain(job.error), icon=":material/error:")


def _queue_text() -> str:
    if loaders.alive(now()):
        return "In the queue"
    return "No worker is running, so the job stays queued. Start one with `make run` or `pilothouse worker`."


def _figures(job: Job) -> None:
    """Show what the job measured so far; once it is over its result tells that."""
    if job.figures and job.state is JobState.RUNNING:
        parts.facts([(metric_title(name), number(value)) for name, value in list(job.figures.items())[:MOST_FIGURES]])


def _usage(job: Job) -> None:
    usage = loaders.usage(job.id)
    if usage is None or len(usage.samples) < 2:
        return
    used = f"{duration(usage.cpu_s)} of processor time, at most {usage.peak_mb:,.0f} of {job.memory_mb:,} MB"
    with st.expander(f"Processor and memory: {used}", key=f"job.usage.{job.id}"):
        parts.chart(charts.curve(usage, job.memory_mb, theme()), key=f"job.usage.chart.{job.id}")


def _log(job: Job) -> None:
    text = loaders.log_tail(job.id)
    is_open = job.state in (JobState.RUNNING, JobState.FAILED)
    with st.expander("Log", expanded=is_open, key=f"job.log.{job.id}.{job.state}"):
        if text.strip():
            st.code(text[-6000:], language=None, wrap_lines=True, height=180)
        else:
            parts.note("Nothing written yet.")
