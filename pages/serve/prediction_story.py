"""One prediction's whole story: what was asked, who answered, what else would have, what came true."""

import streamlit as st

from core.records.prediction import LoggedPrediction
from core.records.project import Project
from core.records.story import PredictionStory
from pages.shared import loaders, parts, state, tables
from pages.shared.context import platform
from pages.shared.words import number, plain, short

INPUTS = {
    "name": st.column_config.TextColumn("Input", pinned=True, width=170),
    "value": st.column_config.TextColumn("Value", width=150),
    "usual": st.column_config.TextColumn("In training", width=210),
    "warning": st.column_config.TextColumn("", width="medium"),
}
LABELS = {
    "label": st.column_config.TextColumn("Label", width=110),
    "right": tables.states("Answer was", ["right", "wrong"], 90),
    "observed": tables.time("Observed"),
    "received": tables.time("Received"),
    "by": st.column_config.TextColumn("By", width=100),
}


def show(project: Project, prediction_id: str) -> None:
    """Show the story of a prediction id."""
    story = platform().search.story(project.name, prediction_id)
    if story is None:
        told = f"Nothing was answered under the id {short(prediction_id)}, or its time in the log is over."
        parts.missing(told, "predictions", "All predictions")
        return
    answer = story.answers[-1]
    with parts.title(f"Prediction {short(prediction_id)}", f"{project.name}", answer.cohort, back=(state.PREDICTION,)):
        parts.link("lineage", "Its lineage", of=f"prediction:{prediction_id}")
        parts.link("playground", "Try its version", model=str(answer.version))
    parts.identifier(prediction_id)
    left, right = parts.pair()
    with left:
        parts.section("Answer")
        _answer(project, story, answer)
        _shadows(story, answer)
        parts.section("What came true", "The label received last counts; all are kept")
        _labels(story, answer)
    with right:
        parts.section("What was asked")
        _inputs(project, answer)
    if len(story.answers) > 1:
        parts.section("Asked more than once", "Every answer under this id, oldest first")
        rows = [
            {"at": one.at, "answer": _said(one), "version": one.version, "cohort": one.cohort} for one in story.answers
        ]
        columns = {"at": tables.time("Answered"), "answer": "Answer", "version": "Version", "cohort": "Cohort"}
        tables.show(rows, columns, "story.answers")


def _said(one: LoggedPrediction) -> str:
    shown = number(one.prediction) if isinstance(one.prediction, float) else str(one.prediction)
    return shown if one.score is None else f"{shown} ({one.score:.1%})"


def _answer(project: Project, story: PredictionStory, answer: LoggedPrediction) -> None:
    champion = story.champion
    parts.facts(
        [
            (project.target, _said(answer)),
            parts.when("Answered", answer.at),
            ("Version", answer.version),
            ("Cohort", answer.cohort),
            ("Champion then", None if champion is None else f"version {champion.version}"),
            ("Took", f"{answer.latency_ms:.2f} ms"),
            ("Asked by", answer.client),
        ]
    )
    with st.container(horizontal=True):
        parts.link("models", f"Version {answer.version}", version=str(answer.version))
        version = next((one for one in loaders.versions(project.name) if one.version == answer.version), None)
        if version is not None:
            parts.link("runs", "Its run", run=version.run_id)
            parts.link("datasets", f"Trained on {version.dataset}", dataset=version.dataset)
    for warning in answer.warnings:
        st.warning(plain(warning), icon=":material/warning:")


def _shadows(story: PredictionStory, answer: LoggedPrediction) -> None:
    for one in story.shadows:
        same = "the same" if one.prediction == answer.prediction else "something else"
        parts.note(f"Version {one.version} would have answered {same}, as a shadow: {_said(one)}")


def _labels(story: PredictionStory, answer: LoggedPrediction) -> None:
    if not story.labels:
        parts.note("No label yet.")
        return
    rows = [
        {
            "label": str(one.label),
            "right": _judged(answer, one.label),
            "observed": one.observed_at,
            "received": one.received_at,
            "by": one.received_by,
        }
        for one in reversed(story.labels)
    ]
    tables.show(rows, LABELS, "story.labels")


def _judged(answer: LoggedPrediction, label: object) -> list[str]:
    if isinstance(answer.prediction, float) and isinstance(label, float | int):
        return [f"{answer.prediction - label:+.4g} off"]
    return tables.marks("right" if str(answer.prediction) == str(label) else "wrong")


def _inputs(project: Project, answer: LoggedPrediction) -> None:
    version = next((one for one in loaders.versions(project.name) if one.version == answer.version), None)
    usual: dict[str, str] = {}
    if version is not None:
        for feature in loaders.manifest(version).features:
            if feature.minimum is not None and feature.maximum is not None:
                usual[feature.column.name] = f"{number(feature.minimum)} to {number(feature.maximum)}"
            elif feature.categories:
                usual[feature.column.name] = ", ".join(feature.categories[:4])
    said = {name: warning for name in answer.features for warning in answer.warnings if warning.startswith(f"{name} ")}
    rows = [
        {
            "name": name,
            "value": "—" if value is None else str(value),
            "usual": usual.get(name, ""),
            "warning": said.get(name, ""),
        }
        for name, value in answer.features.items()
    ]
    tables.show(rows, INPUTS, "story.inputs")
