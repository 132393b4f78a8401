"""Runs as screens read them: from the index, which follows MLflow a piece at a time."""

# ruff: noqa: ARG001 - the revision is there to be a key of the cache
import streamlit as st

from core.errors import TrackingUnavailable
from core.records.run_index import RunComment, RunCursor, RunEntry, RunGroup, RunMark, RunPage, RunView
from core.records.run_query import RunField, RunQuestion
from pages.shared.context import platform
from pages.shared.loaders import fresh


@st.cache_data(max_entries=64, show_spinner=False)
def _page(revision: int, project: str, question: RunQuestion, first: int, limit: int) -> RunPage:
    return platform().runs.page(project, question, first, limit)


@st.cache_data(max_entries=32, show_spinner=False)
def _groups(
    revision: int, project: str, question: RunQuestion, by: RunField, metrics: tuple[str, ...]
) -> list[RunGroup]:
    return platform().runs.groups(project, question, by, metrics)


@st.cache_data(max_entries=32, show_spinner=False)
def _entries(revision: int, run_ids: tuple[str, ...]) -> dict[str, RunEntry]:
    return platform().runs.entries(run_ids)


@st.cache_data(max_entries=16, show_spinner=False)
def _views(revision: int, project: str) -> list[RunView]:
    return platform().run_notes.views(project)


@st.cache_data(max_entries=32, show_spinner=False)
def _comments(revision: int, run_id: str) -> list[RunComment]:
    return platform().run_notes.comments(run_id)


@st.cache_data(max_entries=32, show_spinner=False)
def _mark(revision: int, project: str, run_id: str) -> RunMark:
    return platform().run_notes.mark(project, run_id)


page = fresh(_page)
groups = fresh(_groups)
entries = fresh(_entries)
views = fresh(_views)
comments = fresh(_comments)
mark = fresh(_mark)


def refreshed(project: str) -> tuple[RunCursor, str]:
    """Bring the index up to date; return how far it is, and why MLflow could not be asked, or an empty text."""
    try:
        return platform().runs.refresh(project), ""
    except TrackingUnavailable as error:
        return platform().runs.cursor(project), error.message
