"""Studies as screens read them, cached until the store's revision moves."""

# ruff: noqa: ARG001 - the revision is there to be a key of the cache
import streamlit as st

from core.records.job import Job
from core.records.study import Study, Trial
from core.records.training import Run
from pages.shared.context import platform
from pages.shared.loaders import fresh


@st.cache_data(max_entries=16, show_spinner=False)
def _studies(revision: int, project: str) -> list[Study]:
    return platform().tuning.studies(project)


@st.cache_data(max_entries=32, show_spinner=False)
def _study(revision: int, study_id: str) -> Study:
    return platform().tuning.study(study_id)


@st.cache_data(max_entries=16, show_spinner=False)
def _trials(revision: int, study_id: str) -> list[Trial]:
    return platform().tuning.trials(study_id)


@st.cache_data(max_entries=16, show_spinner=False)
def _job(revision: int, job_id: str) -> Job:
    return platform().queue.get(job_id)


@st.cache_data(max_entries=8, ttl=10, show_spinner=False)
def _nested(revision: int, project: str, run_id: str) -> list[Run]:
    return platform().training.nested_runs(project, run_id)


studies = fresh(_studies)
study = fresh(_study)
trials = fresh(_trials)
nested = fresh(_nested)
_any_job = fresh(_job)


def job_of(study: Study) -> Job | None:
    """Return the job that works on a study, or worked on it last."""
    return _any_job(study.job_id) if study.job_id else None
