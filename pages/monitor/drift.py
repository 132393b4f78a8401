"""Drift: is the data a model meets still the data it learned from?"""

import streamlit as st

from core.records.access import Permission
from core.records.job import Job
from core.records.monitor import MonitorReport
from core.records.project import Project
from pages.monitor import report_detail
from pages.shared import actions, live, loaders, parts, state, tables
from pages.shared.context import actor, may, platform
from pages.shared.words import plain

LOGGED = "Logged predictions"
TRAINED = "The champion's training data"
COLUMNS = {
    "verdict": tables.states("Verdict", ["drifted", "stable", "untested"]),
    "drifted": st.column_config.TextColumn("Columns", width="small"),
    "current": st.column_config.TextColumn("Current", width=210),
    "reference": st.column_config.TextColumn("Reference"),
    "rows": tables.amount("Rows"),
    "summary": st.column_config.TextColumn("In words", width="medium"),
    "created": tables.time("Checked"),
}


def _submit(project: str) -> Job:
    current = st.session_state.get("drift.current", LOGGED)
    reference = st.session_state.get("drift.reference", TRAINED)
    return platform().monitoring.submit(
        actor(),
        project,
        current=None if current == LOGGED else current,
        reference=None if reference == TRAINED else reference,
    )


def _check(project: str) -> None:
    job = actions.act(lambda: _submit(project), "The check is queued.")
    if job:
        st.query_params[state.JOB] = job.id


@st.dialog("Run drift check")
def _dialog(project: str) -> None:
    refs = [str(version.ref) for version in loaders.datasets(project)]
    st.selectbox("Current: what is looked at", [LOGGED, *refs], key="drift.current")
    st.selectbox("Reference: what it is compared with", [TRAINED, *refs], key="drift.reference")
    parts.note("Each column is tested on its own; too few rows give no verdict rather than a wrong one.")
    actions.close_when_done(
        st.button("Run check", key="drift.run", type="primary", on_click=_check, args=(project,), width="stretch")
    )


def _row(report: MonitorReport) -> tables.Row:
    return {
        "verdict": tables.marks(report.outcome),
        "drifted": f"{report.drifted_columns} of {report.tested_columns}",
        "current": report.current,
        "reference": report.reference,
        "rows": report.rows_current,
        "summary": report.summary,
        "created": report.created_at,
    }


def _open(report: MonitorReport) -> None:
    st.query_params[state.REPORT] = report.id


def _running() -> None:
    job_id = st.query_params.get(state.JOB)
    if not job_id:
        return
    job = live.job_panel(job_id)
    if job.result and "report" in job.result:
        with st.container(horizontal=True, vertical_alignment="center"):
            parts.note(str(job.result.get("summary", "")))
            parts.link("drift", "Open the report", report=str(job.result["report"]))


def _list(project: Project) -> None:
    found = loaders.reports(project.name)
    with parts.title("Drift", "Is the data a model meets still the data it learned from?"):
        if may(Permission.MONITOR) and st.button(
            "Run check", key="drift.new", type="primary", icon=":material/troubleshoot:"
        ):
            _dialog(project.name)
    _running()
    if not found:
        parts.empty(f"No check has looked at {plain(project.name)} yet.")
        return
    tables.opening([_row(report) for report in found], COLUMNS, "drift.table", lambda row: _open(found[row]))


def render() -> None:
    """Draw the screen."""
    project = parts.chosen_project("Drift")
    report_id = st.query_params.get(state.REPORT)
    if report_id:
        report_detail.show(report_id)
    else:
        _list(project)


render()
