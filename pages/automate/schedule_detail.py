"""One schedule: its next moments, its ledger, and the switches."""

import streamlit as st

from core.records.access import Permission
from core.records.project import Project
from core.records.schedule import Schedule, TriggerKind
from core.retraining import triggers
from pages.automate import ledger
from pages.shared import actions, live, loaders, parts, state
from pages.shared.context import actor, may, now, platform
from pages.shared.words import ago, exact, plain, sentence


def show(project: Project, schedule_id: str) -> None:
    """Draw the schedule."""
    schedule = platform().retraining.schedule(schedule_id)
    words = sentence(triggers.describe(schedule.trigger))
    status = "active" if schedule.enabled else "paused"
    with parts.title(ledger.ACTIONS[schedule.action], words, status, back=(state.SCHEDULE, state.JOB)):
        if may(Permission.SCHEDULE):
            _switches(schedule)
    job_id = st.query_params.get(state.JOB)
    if job_id:
        live.job_panel(job_id)
    parts.facts(
        [
            ("Expression", schedule.trigger.expression),
            ("Time zone", schedule.trigger.timezone),
            ("If missed", schedule.missed.value.replace("-", " ")),
            parts.when("Made", schedule.created_at),
            ("Made by", schedule.created_by),
            ("Id", schedule.id),
        ]
    )
    parts.section("Next times")
    moments(schedule)
    parts.section("Expected and actual")
    firings = loaders.firings(project.name, schedule.id)
    if firings:
        ledger.show(firings, [schedule])
    else:
        parts.note("This schedule was not due yet.")


def moments(schedule: Schedule) -> None:
    """Show the next five moments of an active schedule."""
    if not schedule.enabled or schedule.next_at is None:
        parts.note("None: it is paused or over.")
        return
    later = triggers.slots(schedule.trigger, schedule.anchor, schedule.next_at, 4)
    zone = triggers.zone(schedule.trigger.timezone)
    parts.facts(
        [
            (ago(m, now()), m.astimezone(zone).strftime("%a %Y-%m-%d %H:%M:%S"), exact(m))
            for m in (schedule.next_at, *later)
        ],
        columns=190,
    )
    if schedule.trigger.kind is not TriggerKind.EVERY:
        parts.note(triggers.DST_RULE)


def _switches(schedule: Schedule) -> None:
    label, do = ("Pause", _pause) if schedule.enabled else ("Resume", _resume)
    if st.button("Remove", key="schedule.remove", type="tertiary"):
        _ask_removal(schedule)
    st.button(label, key="schedule.switch", on_click=do, args=(schedule.id,))
    st.button(
        "Run now", key="schedule.run", type="primary", icon=":material/play_arrow:", on_click=_run, args=(schedule.id,)
    )


def _pause(id: str) -> None:
    actions.act(lambda: platform().retraining.pause(actor(), id), "The schedule is paused.")


def _resume(id: str) -> None:
    actions.act(lambda: platform().retraining.resume(actor(), id), "The schedule is active again.")


def _run(id: str) -> None:
    job = actions.act(lambda: platform().retraining.run_now(actor(), id), "It is queued.")
    if job:
        st.query_params[state.JOB] = job.id


def _remove(id: str) -> None:
    platform().retraining.remove(actor(), id)
    st.query_params.pop(state.SCHEDULE, None)


def _ask_removal(schedule: Schedule) -> None:
    actions.confirm(
        "Remove the schedule",
        f"It will not fire again ({plain(triggers.describe(schedule.trigger))}). What it did stays in the ledger.",
        "Remove",
        "schedule.remove",
        lambda _: _remove(schedule.id),
        done="The schedule is gone.",
    )
