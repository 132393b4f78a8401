"""The ledger of expected moments, and the words for what schedules do."""

import streamlit as st

from core.records.job import JobState
from core.records.schedule import Firing, FiringOutcome, Schedule, ScheduleAction
from pages.shared import loaders, state, tables

ACTIONS = {
    ScheduleAction.RETRAIN: "Retrain",
    ScheduleAction.MONITOR: "Check for drift",
    ScheduleAction.INGEST: "Refresh data",
    ScheduleAction.BATCH_PREDICT: "Score data",
    ScheduleAction.MATERIALIZE: "Prepare data",
    ScheduleAction.REPORT: "Report by mail",
    ScheduleAction.BACKUP: "Back up the installation",
    ScheduleAction.TIDY: "Tidy the stores",
    ScheduleAction.CHECK: "Check the stores",
}
COLUMNS = {
    "outcome": tables.states("Outcome", [outcome.value for outcome in FiringOutcome]),
    "slot": st.column_config.DatetimeColumn("Expected at (UTC)", format="YYYY-MM-DD HH:mm:ss"),
    "action": st.column_config.TextColumn("Schedule"),
    "reason": st.column_config.TextColumn("Why", width="large"),
    "state": tables.states("Its job", [job.value for job in JobState]),
    "job": st.column_config.TextColumn("Job", width="small"),
}


def title(schedule: Schedule) -> str:
    """Return what people call a schedule."""
    return schedule.name or ACTIONS[schedule.action]


def state_of(schedule: Schedule) -> str:
    """Return the word for where a schedule stands."""
    return "over" if schedule.is_over else "active" if schedule.enabled else "paused"


def show(firings: list[Firing], schedules: list[Schedule]) -> None:
    """Show what became of expected moments."""
    jobs = {job.id: job.state.value for job in loaders.jobs(firings[0].project, limit=1_000)}
    names = {schedule.id: title(schedule) for schedule in schedules}
    rows = [
        {
            "outcome": tables.marks(firing.outcome.value),
            "slot": firing.slot,
            "action": names.get(firing.schedule_id, "removed"),
            "reason": firing.reason,
            "state": tables.marks(jobs[firing.job_id]) if firing.job_id in jobs else [],
            "job": firing.job_id or "—",
        }
        for firing in firings
    ]
    tables.opening(rows, COLUMNS, "retraining.ledger", lambda row: _open_job(firings[row]))


def _open_job(firing: Firing) -> None:
    if firing.job_id:
        st.query_params[state.JOB] = firing.job_id
