"""The dialog that adds a schedule, with the next times before it is saved."""

from zoneinfo import available_timezones

import streamlit as st

from core.errors import AppError
from core.records.schedule import MissedPolicy, ScheduleAction, Trigger, TriggerKind
from core.retraining import triggers
from pages.automate.ledger import ACTIONS
from pages.shared import actions, parts
from pages.shared.context import actor, now, platform
from pages.shared.words import ago, plain

KINDS = {TriggerKind.CRON: "At times (cron)", TriggerKind.EVERY: "Every so often"}
EXAMPLES = {TriggerKind.CRON: "0 6 * * *", TriggerKind.EVERY: "6h"}
HELP = {
    TriggerKind.CRON: "Minute, hour, day, month, weekday: `0 6 * * mon` is Mondays at six.",
    TriggerKind.EVERY: "A number and s, m, h, d or w: `6h` is every six hours.",
}
MISSED = {MissedPolicy.RUN_ONCE: "Run once when a worker is back", MissedPolicy.SKIP: "Skip it"}


def _trigger() -> Trigger:
    given = st.session_state
    return Trigger(
        kind=given["schedule.kind"] or TriggerKind.CRON,
        expression=str(given["schedule.expression"]).strip(),
        timezone=given["schedule.timezone"],
    )


def _add(project: str) -> None:
    given = st.session_state
    actions.act(
        lambda: platform().retraining.add(
            actor(),
            project,
            action=given["schedule.action"],
            trigger=_trigger(),
            missed=given["schedule.missed"],
        ),
        lambda schedule: f"Added: {ACTIONS[schedule.action].lower()} {triggers.describe(schedule.trigger)}.",
    )


@st.dialog("Add schedule")
def dialog(project: str) -> None:
    """Ask what happens when, show what that means, save it."""
    st.selectbox("Do what", list(ScheduleAction), format_func=ACTIONS.__getitem__, key="schedule.action")
    kind = st.segmented_control(
        "When", list(KINDS), format_func=KINDS.__getitem__, key="schedule.kind", default=TriggerKind.CRON, required=True
    )
    kind = kind or TriggerKind.CRON
    left, right = st.columns(2)
    with left:
        st.text_input(
            "Expression", value=EXAMPLES[kind], key="schedule.expression", help=HELP[kind], placeholder=EXAMPLES[kind]
        )
    with right:
        zones = sorted(available_timezones())
        st.selectbox("Time zone", zones, index=zones.index("UTC"), key="schedule.timezone")
    st.selectbox("If nobody was there", list(MISSED), format_func=MISSED.__getitem__, key="schedule.missed")
    _preview()
    actions.close_when_done(
        st.button("Add schedule", key="schedule.add", type="primary", on_click=_add, args=(project,), width="stretch")
    )


def _preview() -> None:
    try:
        trigger = _trigger()
        triggers.check(trigger, now())
        words, times = triggers.describe(trigger), triggers.slots(trigger, now(), now(), 5)
    except AppError as error:
        st.warning(plain(error.message), icon=":material/warning:")
        return
    with st.container(border=True, gap="xsmall"):
        parts.note(f"Fires {words}")
        zone = triggers.zone(trigger.timezone)
        parts.facts([(ago(m, now()), m.astimezone(zone).strftime("%a %Y-%m-%d %H:%M")) for m in times], 140)
