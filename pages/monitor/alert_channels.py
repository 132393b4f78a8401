"""The channels of a project: where its alerts are told."""

import streamlit as st

from core.records.access import Permission
from core.records.channel import Channel, Message
from core.records.project import Project
from pages.shared import actions, alert_loaders, parts, state, tables
from pages.shared.context import actor, may, platform
from pages.shared.words import plain, sentence

COLUMNS = {
    "state": tables.states("State", ["on", "off"], width=80),
    "name": st.column_config.TextColumn("Channel", width="medium"),
    "kind": st.column_config.TextColumn("Kind", width="small"),
    "address": st.column_config.TextColumn("Address", width="large"),
    "least": tables.states("From", ["critical", "warning", "info"]),
    "last": tables.states("Last message", ["waiting", "sent", "failed"], width=120),
}
MESSAGES = {
    "state": tables.states("State", ["waiting", "sent", "failed"]),
    "title": st.column_config.TextColumn("Message", width="medium"),
    "channel": st.column_config.TextColumn("Channel", width="small"),
    "problem": st.column_config.TextColumn("Problem", width="large"),
    "attempts": st.column_config.NumberColumn("Attempts", width=80),
    "created": tables.time("Written"),
}


def show(project: Project) -> None:
    """Draw the channels and what went over them."""
    found = alert_loaders.channels(project.name)
    told = alert_loaders.messages(project.name)
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        parts.note("Alerts always stand in this inbox. A channel tells them elsewhere, too.")
        if may(Permission.MANAGE_ALERTS):
            st.button("New channel", key="channels.new", icon=":material/add:", on_click=_new)
    if not found:
        parts.empty(f"Alerts of {plain(project.name)} are told nowhere else yet: e-mail, Slack's form, webhook.")
        return
    last = {message.channel_id: message.state.value for message in reversed(told)}
    rows = [_row(channel, last.get(channel.id)) for channel in found]
    tables.opening(rows, COLUMNS, "channels.table", lambda row: _open(found[row]))
    if told:
        _messages(told, {channel.id: channel.name for channel in found})


def _messages(told: list[Message], names: dict[str, str]) -> None:
    failed = [message for message in told if message.state == "failed"]
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        parts.section("Messages", "What was to be told, the newest first")
        if failed and may(Permission.MANAGE_ALERTS):
            st.button("Try failed ones again", key="channels.retry", on_click=_retry, args=(failed,))
    rows = [
        {
            "state": tables.marks(one.state.value),
            "title": f"{sentence(one.occasion.value)}: {one.content.get('title', '')}",
            "channel": names.get(one.channel_id, "gone"),
            "problem": one.problem,
            "attempts": one.attempts,
            "created": one.created_at,
        }
        for one in told[:50]
    ]
    tables.show(rows, MESSAGES, "channels.messages")


def _retry(failed: list[Message]) -> None:
    actions.act(lambda: [platform().channels.retry(actor(), one.id) for one in failed], "They wait for the worker.")


def _row(channel: Channel, last: str | None) -> tables.Row:
    return {
        "state": tables.marks("on" if channel.enabled else "off"),
        "name": channel.name,
        "kind": sentence(channel.kind.value),
        "address": ", ".join(channel.recipients) or channel.address,
        "least": tables.marks(channel.least.value),
        "last": tables.marks(last) if last else [],
    }


def _open(channel: Channel) -> None:
    st.query_params[state.CHANNEL] = channel.id


def _new() -> None:
    st.query_params[state.CHANNEL] = state.NEW
