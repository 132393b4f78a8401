"""The trials of a study: a table that goes on growing, one in detail, and all as a file."""

import streamlit as st

from core.charts import studies
from core.records.access import Permission
from core.records.study import Study, Trial, TrialState
from core.training.tuning.table import as_csv
from pages.shared import actions, parts, state, tables
from pages.shared.context import actor, may, platform
from pages.shared.words import duration, metric_title, number
from pages.train.study_words import searched, spelled


def _columns(study: Study) -> dict[str, object]:
    return {
        "number": st.column_config.NumberColumn("Trial", pinned=True, width=60),
        "state": tables.states("State", [found.value for found in TrialState]),
        "value": st.column_config.NumberColumn(metric_title(study.metric), format="%.5g", width=110),
        "folds": st.column_config.TextColumn("Folds", width=60),
        **{
            f"p.{dimension.name}": st.column_config.TextColumn(dimension.name.replace("_", " "), width="small")
            for dimension in searched(study)
        },
        "took": st.column_config.TextColumn("Took", width=70),
        "reason": st.column_config.TextColumn("Reason", width="medium"),
    }


def _row(study: Study, trial: Trial) -> tables.Row:
    reason = trial.reason
    if trial.same_as is not None:
        reason = f"The same as trial {trial.same_as}, whose scores were taken. {reason}".strip()
    return {
        "number": trial.number,
        "state": tables.marks(trial.state.value),
        "value": studies.mean(trial),
        "folds": f"{len(trial.scores)}/{study.spec.folds}",
        **{f"p.{d.name}": spelled(trial.params.get(d.name)) for d in searched(study)},
        "took": duration(trial.seconds),
        "reason": reason,
    }


def _open(trial: Trial) -> None:
    st.query_params[state.TRIAL] = str(trial.number)


def show(study: Study, trials: list[Trial]) -> None:
    """Draw the table, and the chosen trial above it."""
    if not trials:
        parts.note("No trial was begun yet.")
        return
    newest = list(reversed(trials))
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        parts.note("Newest first. Click a trial to see its folds and its run.")
        st.download_button(
            "Export CSV",
            as_csv(study, trials),
            f"study-{study.id}.csv",
            "text/csv",
            key="study.export",
            icon=":material/download:",
            on_click="ignore",
        )
    asked = st.query_params.get(state.TRIAL, "")
    chosen = next((trial for trial in trials if str(trial.number) == asked), None)
    if chosen is not None:
        _trial(study, chosen)
    rows = [_row(study, trial) for trial in newest]
    tables.opening(rows, _columns(study), "study.trials", lambda row: _open(newest[row]))


def _trial(study: Study, trial: Trial) -> None:
    with st.container(border=True):
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            parts.section(f"Trial {trial.number}", "", trial.state.value)
            st.space("stretch")
            if trial.run_id:
                parts.link("runs", "Open its run", run=trial.run_id)
            if trial.state is TrialState.FINISHED and may(Permission.TRAIN):
                st.button("Register this trial", key="study.register_trial", icon=":material/trophy:",
                          on_click=_register, args=(study.id, trial.number))  # fmt: skip
        if trial.reason:
            parts.note(trial.reason)
        parts.facts([(name, spelled(value)) for name, value in trial.params.items()], columns=120)
        folds = [(f"Fold {place}", number(score)) for place, score in enumerate(trial.scores, start=1)]
        parts.facts([("Mean", number(trial.value)), *folds, ("Took", duration(trial.seconds))], columns=90)


def _register(study_id: str, trial: int) -> None:
    actions.act(lambda: platform().tuning.refit(actor(), study_id, trial), "The training of the version is queued.")
