"""Retraining: schedules, what they will do next, and what became of every expected moment."""

import streamlit as st

from core.records.access import Permission
from core.records.project import Project
from core.records.schedule import Schedule
from core.retraining import triggers
from pages.automate import effect, ledger, moments, new_schedule, plan, rules, schedule_detail, suggestions
from pages.shared import actions, live, loaders, parts, state, tables
from pages.shared.context import actor, may, now, platform
from pages.shared.words import ago, plain, sentence

COLUMNS = {
    "state": tables.states("State", ["active", "paused", "over"]),
    "action": st.column_config.TextColumn("Does"),
    "when": st.column_config.TextColumn("When", width="large"),
    "next": st.column_config.TextColumn("Next", width=110),
    "missed": st.column_config.TextColumn("If missed", width="small"),
    "by": st.column_config.TextColumn("By", width="small"),
}


def _row(schedule: Schedule) -> tables.Row:
    return {
        "state": tables.marks(ledger.state_of(schedule)),
        "action": ledger.title(schedule),
        "when": sentence(triggers.describe(schedule.trigger)),
        "next": ago(schedule.next_at, now()) if schedule.enabled and schedule.next_at else "—",
        "missed": schedule.conduct.missed.value.replace("-", " "),
        "by": schedule.created_by,
    }


def _open(schedule: Schedule) -> None:
    st.query_params[state.SCHEDULE] = schedule.id


def _retrain(project: str) -> None:
    job = actions.act(lambda: platform().retraining.retrain(actor(), project), "The retraining is queued.")
    if job:
        st.query_params[state.JOB] = job.id


def _actions(project: Project) -> None:
    if may(Permission.TRAIN):
        st.button(
            "Retrain now",
            key="retraining.now",
            icon=":material/autorenew:",
            on_click=_retrain,
            args=(project.name,),
            help="Goes by the plan below.",
        )
    if may(Permission.SCHEDULE) and st.button(
        "Add schedule", key="retraining.new", type="primary", icon=":material/add_alarm:"
    ):
        new_schedule.ask(project.name)


def _list(project: Project) -> None:
    schedules = loaders.schedules(project.name)
    with parts.title("Retraining", "What happens by itself, and when"):
        _actions(project)
    job_id = st.query_params.get(state.JOB)
    if job_id:
        live.job_panel(job_id)
    suggestions.show(project)
    moments.banner(schedules, loaders.firings(project.name, None))
    plan.show(project)
    parts.section("Schedules", "What happens at its time")
    if schedules:
        tables.opening([_row(s) for s in schedules], COLUMNS, "retraining.table", lambda row: _open(schedules[row]))
    else:
        parts.empty(f"Nothing happens by itself in {plain(project.name)} yet. Add a schedule to keep its model fresh.")
    rules.show(project)
    moments.show(project, schedules)
    effect.show(project)


def render() -> None:
    """Draw the screen."""
    project = parts.chosen_project("Retraining")
    schedule_id = st.query_params.get(state.SCHEDULE)
    if schedule_id:
        schedule_detail.show(project, schedule_id)
        return
    _list(project)


render()
