"""Runs as screens read them: from the index, which follows MLflow a piece at a time."""

# ruff: noqa: ARG001 - the revision is there to be a key of the cache
from collections.abc import Sequence

import streamlit as st

from core.errors import TrackingUnavailable
from core.records.comparison import Flips, RowContents, SideBySide
from core.records.evaluation import Evaluation
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


@st.cache_data(max_entries=32, show_spinner=False)
def _compared(revision: int, project: str, run_ids: tuple[str, ...], base: str) -> SideBySide:
    return platform().comparison.compare(project, run_ids, base)


@st.cache_data(max_entries=32, show_spinner=False)
def _judgements(project: str, runs: tuple[tuple[str, bool], ...]) -> dict[str, Evaluation]:
    return platform().training.evaluations(project, [run_id for run_id, _ in runs])


@st.cache_data(max_entries=64, ttl=10, show_spinner=False)
def _history(run_id: str, metric: str) -> list[tuple[int, float]]:
    return platform().training.history(run_id, metric)


@st.cache_data(max_entries=32, show_spinner=False)
def _flips(
    first: str | None, second: str | None, classes: tuple[str, ...], _baseline: RunEntry, _other: RunEntry
) -> Flips | None:
    return platform().comparison.flips(_baseline, _other, classes)


@st.cache_data(max_entries=16, show_spinner=False)
def _contents(run_id: str, hashes: tuple[str, ...], _run: RunEntry) -> RowContents | None:
    return platform().comparison.contents(_run, hashes)


page = fresh(_page)
compared = fresh(_compared)
history = _history
groups = fresh(_groups)
entries = fresh(_entries)
views = fresh(_views)
comments = fresh(_comments)
mark = fresh(_mark)


def judgements(of: Sequence[RunEntry]) -> dict[str, Evaluation]:
    """Return what runs found on their hold-outs, by run; of a deleted run there is nothing left."""
    there = [run for run in of if not run.gone_at]
    found: dict[str, Evaluation] = {}
    for project in dict.fromkeys(run.project for run in there):
        # Whether a run is over is a part of the key, since what it found appears only then.
        found |= _judgements(
            project, tuple((run.run_id, run.finished_at is not None) for run in there if run.project == project)
        )
    return found


def flips(baseline: RunEntry, other: RunEntry, classes: tuple[str, ...]) -> Flips | None:
    """Return the held-out rows that two runs answered differently, or None where answers were not stored."""
    return _flips(baseline.holdout_sha256, other.holdout_sha256, classes, baseline, other)


def contents(run: RunEntry, hashes: tuple[str, ...]) -> RowContents | None:
    """Return what stands in held-out rows of a run, or None where that is gone."""
    return _contents(run.run_id, hashes, run)


def refreshed(project: str) -> tuple[RunCursor, str]:
    """Bring the index up to date; return how far it is, and why MLflow could not be asked, or an empty text."""
    try:
        return platform().runs.refresh(project), ""
    except TrackingUnavailable as error:
        return platform().runs.cursor(project), error.message
