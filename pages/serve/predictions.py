"""Predictions: search what was answered, and read the whole story of one answer."""

from datetime import timedelta

import streamlit as st

from core.records.prediction import LoggedPrediction
from core.records.project import Project
from core.records.story import PredictionQuery
from pages.serve import prediction_story, serving_loaders
from pages.shared import parts, state, tables
from pages.shared.context import now
from pages.shared.words import count, plain

WINDOWS = {"1 hour": timedelta(hours=1), "1 day": timedelta(days=1), "7 days": timedelta(days=7),
           "30 days": timedelta(days=30), "All": None}  # fmt: skip
COHORTS = ("champion", "canary", "ab")
LIMIT = 500
COLUMNS = {
    "at": tables.time("Answered"),
    "id": st.column_config.TextColumn("Prediction id", width=200),
    "prediction": st.column_config.TextColumn("Answer", width=90),
    "score": tables.figure("Probability", "%.3f"),
    "version": st.column_config.NumberColumn("Version", width=70),
    "cohort": st.column_config.TextColumn("Cohort", width=85),
    "latency": tables.figure("ms", "%.2f"),
    "client": st.column_config.TextColumn("Asked by", width=90),
    "warnings": st.column_config.TextColumn("Unusual", width="medium"),
}


def _query() -> PredictionQuery:
    with st.grid(4, min_column_width=170, gap="small"):
        value = st.text_input("Search", key="predictions.value", placeholder="an id, an answer, a value of an input")
        window = st.selectbox("Time", list(WINDOWS), index=1, key=state.WINDOW, bind="query-params")
        cohort = st.selectbox("Cohort", ["", *COHORTS], key="predictions.cohort", format_func=lambda one: one or "all")
        version = st.number_input("Version", 1, None, None, key="predictions.version", placeholder="all")
    warned = st.toggle(
        "Only unusual ones", key="predictions.warned", help="Unlike all seen in training, or the contract."
    )
    length = WINDOWS[window]
    minute = now().replace(second=0, microsecond=0)
    return PredictionQuery(
        since=None if length is None else minute - length,
        version=None if version is None else int(version),
        cohort=cohort,
        value=value.strip(),
        warned=warned,
        limit=LIMIT,
    )


def _row(one: LoggedPrediction) -> tables.Row:
    return {
        "at": one.at,
        "id": one.prediction_id,
        "prediction": f"{one.prediction:.6g}" if isinstance(one.prediction, float) else str(one.prediction),
        "score": one.score,
        "version": one.version,
        "cohort": one.cohort,
        "latency": one.latency_ms,
        "client": one.client,
        "warnings": "; ".join(one.warnings),
    }


def _open(one: LoggedPrediction) -> None:
    st.query_params[state.PREDICTION] = one.prediction_id


def _list(project: Project) -> None:
    with parts.title("Predictions", "What was answered, to whom, and what came true"):
        parts.link("playground", "Ask a model")
    query = _query()
    found = serving_loaders.found(project.name, query)
    if not found:
        is_bare = query == PredictionQuery(since=query.since, limit=LIMIT)
        parts.empty(
            f"Nothing was answered for {plain(project.name)} in this time." if is_bare else "No answer is like this.",
            screen=("playground", "Playground") if is_bare else None,
        )
        return
    told = f"The newest {LIMIT:,} answers" if len(found) == LIMIT else count(len(found), "answer")
    parts.note(f"{told}; a click opens the story of one.")
    tables.opening([_row(one) for one in found], COLUMNS, "predictions.table", lambda row: _open(found[row]))


def render() -> None:
    """Draw the screen."""
    project = parts.chosen_project("Predictions")
    given = st.query_params.get(state.PREDICTION)
    if given:
        prediction_story.show(project, given)
    else:
        _list(project)


render()
