"""What was made of a dataset version: the runs trained on it, and the model versions that came of them."""

import streamlit as st

from core.records.dataset import DatasetVersion
from core.records.model import Deployment
from core.records.project import Project
from core.records.training import Run, RunStatus
from pages.shared import loaders, navigation, parts, tables
from pages.shared.context import address, now
from pages.shared.words import ago, short

COLUMNS = {
    "run": st.column_config.TextColumn("Run", pinned=True, width="small"),
    "status": tables.states("State", [status.value for status in RunStatus]),
    "estimator": st.column_config.TextColumn("Estimator"),
    "version": st.column_config.TextColumn("Model version", width="small"),
    "served": st.column_config.TextColumn("Served", help="When it was champion, the latest time first"),
    "started": tables.time("Started"),
}


OPENED = "datasets.use.opened"


def show(project: Project, version: DatasetVersion) -> None:
    """Show the runs, newest first, each with what became of it."""
    opened = st.session_state.pop(OPENED, None)
    if opened:
        st.switch_page(navigation.page("runs"), query_params=address(run=opened))
    runs = [run for run in loaders.runs(project.name) if run.dataset == str(version.ref)]
    if not runs:
        parts.empty("No run was trained on this version yet.", screen=("train", "Start a training"))
        return
    history = loaders.history(project.name)
    tables.opening([_row(run, history) for run in runs], COLUMNS, "datasets.use", lambda row: _open(runs[row]))


def _row(run: Run, history: list[Deployment]) -> tables.Row:
    served = [deployment for deployment in history if deployment.run_id == run.run_id]
    return {
        "run": short(run.run_id),
        "status": tables.marks(run.status.value),
        "estimator": (run.estimator or "").replace("_", " "),
        "version": f"v{run.version}" if run.version else "",
        "served": ", ".join(map(_interval, served)),
        "started": run.started_at,
    }


def _interval(deployment: Deployment) -> str:
    if deployment.until is None:
        return f"now, since {ago(deployment.since, now())}"
    return f"until {ago(deployment.until, now())}"


def _open(run: Run) -> None:
    st.session_state[OPENED] = run.run_id
