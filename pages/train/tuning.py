"""Tuning: every search over hyperparameters, one in detail while it runs and after, and the form of a new one."""

import streamlit as st

from core.records.access import Permission
from core.records.project import Project
from core.records.study import Study, StudyState
from pages.shared import parts, state, study_loaders, tables
from pages.shared.context import may
from pages.shared.words import duration, metric_title, number, plain
from pages.train import new_study, study_detail

EVERY_S = 3.0
SUBTITLE = "Searches over hyperparameters, each trial scored on folds"
COLUMNS = {
    "state": tables.states("State", [found.value for found in StudyState]),
    "estimator": st.column_config.TextColumn("Estimator"),
    "data": st.column_config.TextColumn("Data"),
    "best": st.column_config.TextColumn("Best", help="Mean over the folds of the best trial"),
    "trials": st.column_config.TextColumn("Trials done", width="small"),
    "sampler": st.column_config.TextColumn("Chosen by", width="small"),
    "took": st.column_config.TextColumn("Worked", width="small"),
    "by": st.column_config.TextColumn("By", width="small"),
    "created": tables.time("Started"),
}


def _row(study: Study) -> tables.Row:
    base = study.spec.base
    best = "" if study.value is None else f"{metric_title(study.metric)} {number(study.value)}"
    return {
        "state": tables.marks(study.state.value),
        "estimator": base.estimator.replace("_", " "),
        "data": str(base.dataset),
        "best": best,
        "trials": f"{study.done} of {study.spec.trials}" if study.spec.trials else str(study.done),
        "sampler": study.spec.sampler.value,
        "took": duration(study.seconds) if study.seconds else "",
        "by": study.created_by,
        "created": study.created_at,
    }


def _open(study_id: str) -> None:
    st.query_params[state.STUDY] = study_id


def _table(project: str) -> None:
    found = study_loaders.studies(project)
    tables.opening([_row(study) for study in found], COLUMNS, "tuning.table", lambda row: _open(found[row].id))
    if st.query_params.get(state.STUDY):
        st.rerun()


def _list(project: Project) -> None:
    with parts.title("Tuning", SUBTITLE):
        if may(Permission.TRAIN):
            st.button("New study", key="tuning.new", type="primary", icon=":material/add:",
                      on_click=_open, args=(state.NEW,))  # fmt: skip
    found = study_loaders.studies(project.name)
    if not found:
        sentence = f"{plain(project.name)} has no study yet. A study tries hyperparameters and keeps the best."
        actions = [("Start a study", "tuning.first", lambda: _open(state.NEW))] if may(Permission.TRAIN) else []
        parts.empty(sentence, actions)
        return
    is_live = any(study.state.is_open for study in found)
    draw = st.fragment(_table, run_every=EVERY_S) if is_live else _table
    draw(project.name)
    parts.note("Click a study to watch it.")


def render() -> None:
    """Draw the screen."""
    project = parts.chosen_project("Tuning")
    study_id = st.query_params.get(state.STUDY)
    if study_id == state.NEW:
        new_study.show(project)
    elif study_id:
        study_detail.show(project, study_id)
    else:
        _list(project)


render()
