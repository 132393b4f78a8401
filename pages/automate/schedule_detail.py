"""One schedule: its next moments, its ledger, and the switches."""

import streamlit as st

from core.records.access import Permission
from core.records.project import Project
from core.records.schedule import MissedPolicy, Schedule, ScheduleAction, TriggerKind
from core.retraining import timing, triggers
from pages.automate import ledger, new_schedule
from pages.automate.schedule_form import MISSED, OVERLAP
from pages.automate.schedule_payload import CHAMPIONS, LOGGED, WORDS
from pages.shared import actions, live, loaders, parts, state
from pages.shared.context import actor, may, now, platform
from pages.shared.words import ago, exact, plain, sentence


def show(project: Project, schedule_id: str) -> None:
    """Draw the schedule."""
    schedule = platform().retraining.schedule(schedule_id)
    words = sentence(triggers.describe(schedule.trigger))
    with parts.title(ledger.title(schedule), words, ledger.state_of(schedule), back=(state.SCHEDULE, state.JOB)):
        if may(Permission.SCHEDULE):
            _switches(schedule)
    job_id = st.query_params.get(state.JOB)
    if job_id:
        live.job_panel(job_id)
    parts.facts(
        [
            ("Does", ledger.ACTIONS[schedule.action]),
            *_what(schedule),
            ("Expression", schedule.trigger.expression),
            ("Time zone", schedule.trigger.timezone),
            *_conduct(schedule),
            parts.when("Made", schedule.created_at),
            ("Made by", schedule.created_by),
            ("Id", schedule.id),
        ]
    )
    parts.section("Next times")
    moments(schedule)
    parts.section("Past times", "When it was due, and what became of it")
    firings = loaders.firings(project.name, schedule.id)
    if firings:
        ledger.show(firings, [schedule])
    else:
        parts.note("This schedule was not due yet.")


def _what(schedule: Schedule) -> list[tuple[str, str]]:
    """Return what the action works on."""
    given = schedule.payload
    if schedule.action is ScheduleAction.RETRAIN:
        return [("Trains on", str(given.get("dataset") or CHAMPIONS))]
    if schedule.action is ScheduleAction.MONITOR:
        looked_at = str(given.get("current") or LOGGED)
        return [("Looks at", f"{looked_at} of the last {given['last']}" if given.get("last") else looked_at)]
    return [(WORDS[name], str(value)) for name, value in given.items() if name in WORDS]


def _conduct(schedule: Schedule) -> list[tuple[str, str]]:
    """Return how it behaves, as far as it is not what most do."""
    conduct, zone = schedule.conduct, triggers.zone(schedule.trigger.timezone)
    missed = MISSED[conduct.missed]
    if conduct.missed is MissedPolicy.RUN_ALL:
        missed += f" {conduct.most_missed}"
    found = [("If missed", missed), ("If still at work", OVERLAP[conduct.overlap])]
    if conduct.at_once > 1:
        found.append(("At work at once", str(conduct.at_once)))
    if conduct.jitter_s:
        found.append(("Jitter", f"up to {conduct.jitter_s // 60} min"))
    bounds = (("Not before", schedule.starts_at), ("Not after", schedule.ends_at))
    return found + [(name, f"{at.astimezone(zone):%Y-%m-%d %H:%M}") for name, at in bounds if at is not None]


def moments(schedule: Schedule) -> None:
    """Show the next five moments of an active schedule."""
    coming = timing.coming(schedule, 5)
    if not coming:
        parts.note("None: it is paused." if not schedule.enabled else "None: its last moment has passed.")
        return
    if schedule.waiting_since is not None:
        parts.note(f"Waits for the job of an earlier moment since {exact(schedule.waiting_since)}.")
    zone = triggers.zone(schedule.trigger.timezone)
    parts.facts(
        [(ago(m, now()), m.astimezone(zone).strftime("%a %Y-%m-%d %H:%M:%S"), exact(m)) for m in coming],
        columns=190,
    )
    if schedule.trigger.kind is not TriggerKind.EVERY:
        parts.note(triggers.DST_RULE)


def _switches(schedule: Schedule) -> None:
    label, do = ("Pause", _pause) if schedule.enabled else ("Resume", _resume)
    with st.popover("More", icon=":material/more_horiz:"):
        if st.button("Edit", key="schedule.edit", icon=":material/edit:", width="stretch"):
            new_schedule.ask_change(schedule)
        if st.button("Duplicate", key="schedule.duplicate", icon=":material/content_copy:", width="stretch"):
            new_schedule.ask(schedule.project, schedule.draft)
        if st.button("Remove", key="schedule.remove", icon=":material/delete:", width="stretch"):
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
