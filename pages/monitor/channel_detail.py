"""One channel, or a new one: its fields, and a button that tries it out."""

import streamlit as st

from core.records.access import Permission
from core.records.alert import Severity
from core.records.channel import Channel, ChannelDraft, ChannelKind
from core.records.project import Project
from pages.shared import actions, parts, state
from pages.shared.context import actor, may, platform
from pages.shared.words import sentence

FILLED = "channel.filled"
KINDS = {
    ChannelKind.EMAIL: "E-mail",
    ChannelKind.SLACK: "Slack's form (Mattermost, too)",
    ChannelKind.WEBHOOK: "Webhook",
}
ADDRESS = {
    ChannelKind.EMAIL: ("Mail server", "smtp://user:${SMTP_PASSWORD}@mail.example.org:587"),
    ChannelKind.SLACK: ("Address of the hook", "https://hooks.slack.com/services/${SLACK_HOOK}"),
    ChannelKind.WEBHOOK: ("Address", "https://example.org/alerts"),
}
START = ChannelDraft(name="Team", kind=ChannelKind.WEBHOOK, address="https://")
SECRETS = "Write `${NAME}` where a secret belongs, and give it in the setting `PILOTHOUSE_SECRETS`; it is never stored."


def show(project: Project, channel_id: str) -> None:
    """Draw the channel, or the form of a new one."""
    channel = None if channel_id == state.NEW else platform().channels.channel(channel_id)
    if st.session_state.get(FILLED) != channel_id:
        st.session_state[FILLED] = channel_id
        _fill(channel.draft if channel else START)
    heading, marks = (channel.name, ("on" if channel.enabled else "off",)) if channel else ("New channel", ())
    with parts.title(heading, "Where alerts are told, beside the inbox", *marks, back=(state.CHANNEL,)):
        if may(Permission.MANAGE_ALERTS):
            _actions(project, channel)
    with st.container(border=True, width=720):
        _fields()


def _actions(project: Project, channel: Channel | None) -> None:
    if channel is not None:
        st.button(
            "Test",
            key="channel.test",
            icon=":material/send:",
            on_click=_test,
            args=(channel,),
            help="Sends a message that says it is a trial, now.",
        )
        label = "Switch off" if channel.enabled else "Switch on"
        st.button(label, key="channel.switch", on_click=_switch, args=(channel,))
        if st.button("Remove", key="channel.remove", icon=":material/delete:"):
            actions.confirm(
                "Remove this channel",
                "What waits for it is not told any more.",
                "Remove channel",
                "channel.removing",
                lambda _: _remove(channel.id),
                done="The channel is removed.",
            )
    st.button("Save channel", key="channel.save", type="primary", on_click=_save, args=(project.name, channel))


def _fields() -> None:
    left, right = st.columns(2)
    left.text_input("Name", key="channel.name", max_chars=80)
    kind = right.selectbox("Kind", list(KINDS), format_func=KINDS.__getitem__, key="channel.kind")
    label, example = ADDRESS[kind]
    st.text_input(label, key="channel.address", placeholder=example)
    if kind is ChannelKind.EMAIL:
        left, right = st.columns(2)
        left.text_input("Recipients", key="channel.recipients", placeholder="ann@example.org, bob@example.org")
        right.text_input("Sender", key="channel.sender", placeholder="pilothouse@example.org")
    if kind is ChannelKind.WEBHOOK:
        st.text_input(
            "Secret it is signed with",
            key="channel.signing",
            placeholder="${SIGNING_KEY}",
            help="HMAC-SHA256 of the moment, a dot and the body, in the header X-Pilothouse-Signature.",
        )
    st.caption(SECRETS)
    left, right = st.columns(2, vertical_alignment="bottom")
    left.selectbox("Tell from severity", list(Severity), format_func=sentence, key="channel.least")
    right.toggle("Tell when an alert is over, too", key="channel.tells_resolved")


def _fill(draft: ChannelDraft) -> None:
    for name in ("name", "kind", "address", "sender", "signing", "least", "tells_resolved"):
        st.session_state[f"channel.{name}"] = getattr(draft, name)
    st.session_state["channel.recipients"] = ", ".join(draft.recipients)


def _draft() -> ChannelDraft:
    def text(name: str) -> str:
        return str(st.session_state.get(f"channel.{name}") or "").strip()

    kind: ChannelKind = st.session_state["channel.kind"]
    is_mail = kind is ChannelKind.EMAIL
    return ChannelDraft(
        name=text("name") or "Channel without a name",
        kind=kind,
        address=text("address") or "nothing",
        recipients=tuple(one.strip() for one in text("recipients").split(",") if one.strip()) if is_mail else (),
        sender=text("sender") if is_mail else "",
        signing=text("signing") if kind is ChannelKind.WEBHOOK else "",
        least=st.session_state["channel.least"],
        tells_resolved=bool(st.session_state["channel.tells_resolved"]),
    )


def _save(project: str, channel: Channel | None) -> None:
    def save() -> Channel:
        if channel is None:
            return platform().channels.add(actor(), project, _draft())
        return platform().channels.change(actor(), channel.id, _draft(), enabled=channel.enabled)

    saved = actions.act(save, "The channel is saved. Try it out with Test.")
    if saved is not None:
        st.query_params[state.CHANNEL] = saved.id
        st.session_state[FILLED] = saved.id


def _test(channel: Channel) -> None:
    actions.act(lambda: platform().channels.try_out(actor(), channel.id), "The channel took the trial message.")


def _switch(channel: Channel) -> None:
    told = "The channel is off." if channel.enabled else "The channel is on."
    actions.act(
        lambda: platform().channels.change(actor(), channel.id, channel.draft, enabled=not channel.enabled), told
    )


def _remove(channel_id: str) -> None:
    platform().channels.remove(actor(), channel_id)
    st.query_params.pop(state.CHANNEL, None)
    st.query_params[state.TAB] = "channels"
    st.session_state.pop(FILLED, None)
