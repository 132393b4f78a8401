"""One alert: why it is there, what people did about it, and who was told."""

from datetime import timedelta

import streamlit as st

from core.monitoring.alerts.samples import MEASURED
from core.records.access import Permission
from core.records.alert import Alert, AlertChange, AlertState
from core.records.channel import Message
from core.records.project import Project
from pages.shared import actions, alert_loaders, parts, state, tables
from pages.shared.context import actor, may, now, platform
from pages.shared.words import count, number, sentence

RESTS = {1: "1 hour", 4: "4 hours", 24: "1 day", 168: "1 week", 0: "Until it is resolved"}
STEPS = {
    "after": tables.states("Became", [one.value for one in AlertState], width=120),
    "actor": st.column_config.TextColumn("By", width="small"),
    "note": st.column_config.TextColumn("Note", width="large"),
    "at": tables.time("When"),
}
MESSAGES = {
    "state": tables.states("State", ["waiting", "sent", "failed"]),
    "channel": st.column_config.TextColumn("Channel", width="medium"),
    "occasion": st.column_config.TextColumn("Told that it", width="small"),
    "attempts": st.column_config.NumberColumn("Attempts", width=80),
    "problem": st.column_config.TextColumn("Problem", width="large"),
    "created": tables.time("Written"),
}


def show(project: Project, alert_id: str) -> None:
    """Draw the alert."""
    alert = platform().alerts.alert(alert_id)
    with parts.title(alert.title, alert.summary, alert.severity.value, alert.state.value, back=(state.ALERT,)):
        if may(Permission.ANSWER_ALERTS):
            _answers(alert)
    parts.facts(
        [
            ("Value", number(alert.value) if alert.value is not None else "nothing came"),
            ("Owner", alert.owner or None),
            parts.when("Opened", alert.opened_at),
            parts.when("Seen last", alert.seen_at),
            parts.when("First time", alert.first_at),
            ("Openings", count(alert.openings, "time")),
            ("Samples that fired", f"{alert.times:,}"),
            parts.when("Muted until", alert.muted_until),
        ]
    )
    with st.container(horizontal=True):
        rule = next((rule for rule in alert_loaders.rules(project.name) if rule.id == alert.rule_id), None)
        if alert.evidence:
            screen = "performance" if rule is not None and rule.watched in MEASURED else "drift"
            parts.link(screen, "The report it came from", report=alert.evidence)
        if rule is not None:
            parts.link("alerts", "Its rule", **{state.ALERT_RULE: rule.id})
    parts.section("History", "Every step, the newest first")
    tables.show([_step(one) for one in reversed(platform().alerts.history(alert.id))], STEPS, "alert.history")
    told = alert_loaders.messages(project.name, alert.id)
    parts.section("Told", "What went over channels, and what became of it")
    if told:
        names = {one.id: one.name for one in alert_loaders.channels(project.name)}
        tables.show([_message(one, names) for one in told], MESSAGES, "alert.messages")
    else:
        parts.note("Nobody was told: no channel takes alerts of this severity, or it is muted.")


def _answers(alert: Alert) -> None:
    can_rest = alert.state in (AlertState.OPEN, AlertState.ACKNOWLEDGED)
    if can_rest and st.button("Mute", key="alert.mute", icon=":material/notifications_paused:"):
        _mute(alert)
    if alert.state is not AlertState.RESOLVED and st.button("Resolve", key="alert.resolve", icon=":material/check:"):
        actions.confirm(
            "Resolve this alert",
            "It opens again when its cause is found again.",
            "Resolve",
            "alert.resolving",
            lambda note: platform().alerts.resolve(actor(), alert.id, note),
            reason=True,
            done="The alert is resolved.",
        )
    if alert.state is AlertState.OPEN:
        st.button(
            "Acknowledge",
            key="alert.acknowledge",
            type="primary",
            icon=":material/visibility:",
            on_click=_acknowledge,
            args=(alert.id,),
            help="Says to others that you are on it.",
        )
    else:
        st.button("Reopen", key="alert.reopen", icon=":material/undo:", on_click=_reopen, args=(alert.id,))


def _acknowledge(alert_id: str) -> None:
    actions.act(lambda: platform().alerts.acknowledge(actor(), alert_id), "The alert is acknowledged.")


def _reopen(alert_id: str) -> None:
    actions.act(lambda: platform().alerts.reopen(actor(), alert_id), "The alert is open again.")


@st.dialog("Mute this alert")
def _mute(alert: Alert) -> None:
    hours = st.selectbox("For how long", list(RESTS), format_func=RESTS.__getitem__, key="alert.rest")
    note = st.text_input("Note", key="alert.rest.note", placeholder="Why it may rest")

    def mute() -> None:
        until = now() + timedelta(hours=hours) if hours else None
        actions.act(lambda: platform().alerts.mute(actor(), alert.id, until, note), "The alert rests.")

    actions.close_when_done(st.button("Mute", key="alert.mute.confirm", type="primary", on_click=mute, width="stretch"))


def _step(change: AlertChange) -> tables.Row:
    return {
        "after": tables.marks(change.after.value),
        "actor": change.actor,
        "note": sentence(change.note),
        "at": change.at,
    }


def _message(message: Message, names: dict[str, str]) -> tables.Row:
    return {
        "state": tables.marks(message.state.value),
        "channel": names.get(message.channel_id, "a channel that is gone"),
        "occasion": message.occasion.value,
        "attempts": message.attempts,
        "problem": message.problem,
        "created": message.created_at,
    }
