"""What screens read of decisions on versions, cached until the store's revision moves."""

# ruff: noqa: ARG001 - the revision is there to be a key of the cache
import streamlit as st

from core.errors import TrackingUnavailable
from core.records.approval import Approval
from core.records.gate import GatePolicy, Verdict
from core.records.job import Job, JobKind, JobState
from core.records.model import AliasMove, InputChange
from core.records.replay import Replay
from pages.shared import loaders
from pages.shared.context import platform
from pages.shared.loaders import fresh

AT_WORK = (JobState.QUEUED, JobState.RUNNING)


@st.cache_data(max_entries=32, show_spinner=False)
def _in_force(revision: int, project: str, version: int) -> Verdict | None:
    return platform().gates.in_force(project, version)


@st.cache_data(max_entries=32, show_spinner=False)
def _verdicts(revision: int, project: str, version: int | None) -> list[Verdict]:
    return platform().gates.verdicts(project, version)


@st.cache_data(max_entries=16, show_spinner=False)
def _policies(revision: int, project: str) -> list[GatePolicy]:
    return platform().gates.policies(project)


@st.cache_data(max_entries=8, show_spinner=False)
def _waiting(revision: int, project: str | None) -> list[Approval]:
    return platform().approvals.waiting(project)


@st.cache_data(max_entries=16, ttl=10, show_spinner=False)
def _alias_move(revision: int, project: str) -> AliasMove | None:
    try:
        return platform().models.alias_move(project)
    except TrackingUnavailable:
        return None


@st.cache_data(max_entries=32, show_spinner=False)
def _input_change(revision: int, project: str, version: int) -> InputChange:
    return platform().models.input_change(project, version)


@st.cache_data(max_entries=16, show_spinner=False)
def _replays(revision: int, project: str, version: int) -> list[Replay]:
    return platform().replays.replays(project, version)


in_force = fresh(_in_force)
replays = fresh(_replays)
verdicts = fresh(_verdicts)
policies = fresh(_policies)
waiting = fresh(_waiting)
alias_move = fresh(_alias_move)
input_change = fresh(_input_change)


def at_work(project: str, kind: JobKind, version: int) -> Job | None:
    """Return the job of a kind on a version that is not over, or None."""
    jobs = loaders.jobs(project, AT_WORK, (kind,))
    return next((job for job in jobs if job.payload.get("version") == version), None)
