"""Studies among the runs of MLflow: a study's run with its trials folded below it, and the way from a trial back."""

import streamlit as st

from core.records.project import Project
from core.records.training import Run
from pages.shared import parts, state, study_loaders, tables
from pages.shared.words import count, duration, metric_title, number

STUDY, TRIAL = "pilothouse.study", "pilothouse.trial"
STATES = ("finished", "pruned", "failed", "stopped")


def is_study(run: Run) -> bool:
    """Tell whether trials are nested in a run."""
    return run.tags.get("pilothouse.kind") == "study"


def named(run: Run) -> str:
    """Return the estimator of a run as lists show it, a study's with how many trials it has."""
    estimator = (run.estimator or run.name).replace("_", " ")
    if not is_study(run):
        return estimator
    trials = run.metrics.get("trials")
    return f"{estimator} · study" + (f" of {count(int(trials), 'trial')}" if trials else "")


def is_part(run: Run) -> bool:
    """Tell whether a run is that of a study or of a trial, which have no model of their own."""
    return is_study(run) or TRIAL in run.tags


def show(project: Project, run: Run) -> None:
    """Draw what is particular of a study's run or of a trial's."""
    if is_study(run):
        _study(project, run)
    else:
        _trial(run)


def _study(project: Project, run: Run) -> None:
    found = sorted(study_loaders.nested(project.name, run.run_id), key=lambda one: -_number(one))
    with st.container(horizontal=True, vertical_alignment="center"):
        parts.note("A study: its trials are runs of their own, nested in this one")
        if run.tags.get(STUDY):
            parts.link("tuning", "Open the study", study=run.tags[STUDY])
    if not found:
        return
    metric = run.spec.metric if run.spec else project.metric
    columns = {
        "number": st.column_config.NumberColumn("Trial", width=60, pinned=True),
        "state": tables.states("State", STATES),
        "value": st.column_config.NumberColumn(f"{metric_title(metric)}, mean of the folds", format="%.5g"),
        "folds": st.column_config.TextColumn("Folds", width=60),
        "took": st.column_config.TextColumn("Took", width=80),
        "run": st.column_config.TextColumn("Run", width="small"),
    }
    with st.expander(count(len(found), "trial"), key="run.trials.folded"):
        rows = [_row(one, metric) for one in found]
        tables.opening(rows, columns, "run.trials", lambda row: _open(found[row]))


def _row(run: Run, metric: str) -> tables.Row:
    return {
        "number": _number(run),
        "state": tables.marks(run.tags.get("pilothouse.trial_state", "")),
        "value": run.metrics.get(f"cv_{metric}"),
        "folds": f"{run.metrics.get('trial_folds', 0):.0f}",
        "took": duration(run.metrics.get("trial_seconds", 0.0)),
        "run": run.run_id[:8],
    }


def _number(run: Run) -> int:
    text = run.tags.get(TRIAL, "")
    return int(text) if text.isdecimal() else -1


def _open(run: Run) -> None:
    st.query_params[state.RUN] = run.run_id


def _trial(run: Run) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        parts.note(f"Trial {run.tags.get(TRIAL, '')} of a study: scored on folds, so that it has no model of its own")
        if run.parent_id:
            parts.link("runs", "The run of its study", run=run.parent_id)
        if run.tags.get(STUDY):
            parts.link("tuning", "Open the study", study=run.tags[STUDY], trial=run.tags.get(TRIAL, ""))
    parts.facts([(name.replace("_", " "), number(value)) for name, value in sorted(run.metrics.items())], columns=130)
