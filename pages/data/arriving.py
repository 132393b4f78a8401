"""A job that brings data, as long as the address names it, and the way to what it brought."""

import streamlit as st

from core.records.job import Job, JobState
from pages.shared import live, parts, state
from pages.shared.words import count


def show() -> None:
    """Draw the job the address names; what it fetched to be looked into is opened."""
    job_id = st.query_params.get(state.JOB)
    if not job_id:
        return
    job = live.job_panel(job_id)
    result = job.result or {}
    if "version" in result:
        _kept(job)
    elif "upload" in result:
        st.query_params.pop(state.JOB, None)
        st.query_params.pop(state.ADD, None)
        st.query_params[state.UPLOAD] = str(result["upload"])
        st.rerun()
    elif job.state is JobState.FAILED and (upload := job.payload.get("upload")):
        parts.link("datasets", "Change how it is read", upload=str(upload))


def _kept(job: Job) -> None:
    result = job.result or {}
    ref = f"{result['dataset']}@{result['version']}"
    with st.container(horizontal=True, vertical_alignment="center"):
        parts.note(f"{count(int(result['rows']), 'row')}: {_said(job, ref)}.")
        parts.link("datasets", f"Open {ref}", dataset=ref)
        parts.link("train", "Train on it", data=ref)


def _said(job: Job, ref: str) -> str:
    if (job.result or {}).get("created", True):
        return f"it is {ref}"
    if job.payload.get("do", "refresh") == "refresh":
        return f"the source holds what {ref} holds, so there is no new version"
    return f"it was there already as {ref}"
