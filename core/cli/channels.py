"""Commands on the channels that alerts are told over."""

from typing import Any

import click

from core.cli.session import Session, command, options
from core.errors import AnswerIsNo, InvalidInput
from core.records.alert import Severity
from core.records.channel import ChannelDraft, ChannelKind, MessageState

CHANNELS = ["id", "name", "kind", "address", "recipients", "least", "enabled"]
MESSAGES = ["id", "occasion", "state", "attempts", "next_at", "sent_at", "problem"]
OPTIONS = (
    click.option("--name", help="What people call it."),
    click.option("--kind", type=click.Choice([one.value for one in ChannelKind]), help="How it is spoken to."),
    click.option("--address", help="https://..., or smtp://user:${NAME}@host:587; secrets as ${NAME} only."),
    click.option("--to", "recipients", multiple=True, help="email: a recipient; again for more."),
    click.option("--from", "sender", help="email: the sender."),
    click.option("--signing", help="webhook: the secret it is signed with, as ${NAME}."),
    click.option("--least", type=click.Choice([one.value for one in Severity]), help="Tell nothing below this."),
    click.option("--resolved/--no-resolved", "tells_resolved", default=None, help="Tell when an alert is over, too."),
)


def add_to(group: click.Group) -> None:
    """Add the commands to the alert commands."""
    command(group, "channels")(channels)
    command(group, "add-channel")(options(OPTIONS)(add))
    command(group, "edit-channel")(options(OPTIONS)(edit))
    command(group, "switch-channel")(switch)
    command(group, "test-channel")(try_out)
    command(group, "remove-channel")(remove)
    command(group, "messages")(messages)
    command(group, "retry")(retry)


@click.argument("project")
def channels(session: Session, project: str) -> None:
    """List where alerts of PROJECT are told."""
    session.platform.projects.get(project)
    session.answer_rows(session.platform.channels.channels(project), CHANNELS, "No channel yet.")


@click.argument("project")
def add(session: Session, project: str, **given: Any) -> None:
    """Add a channel to PROJECT."""
    missing = [name for name in ("name", "kind", "address") if not given[name]]
    if missing:
        raise InvalidInput(problem=f"Give the channel --{missing[0]}.")
    channel = session.platform.channels.add(session.actor, project, _draft(given, {}))
    session.answer(channel, f"Channel {channel.id}: {channel.name}. Try it with `pilothouse alert test-channel`.")


@click.argument("channel_id", metavar="CHANNEL")
def edit(session: Session, channel_id: str, **given: Any) -> None:
    """Change CHANNEL; what is not given stays."""
    old = session.platform.channels.channel(channel_id)
    draft = _draft(given, dict(old.draft))
    channel = session.platform.channels.change(session.actor, channel_id, draft, enabled=old.enabled)
    session.answer(channel, f"Channel {channel.id}: {channel.name}.")


@click.argument("channel_id", metavar="CHANNEL")
@click.argument("how", type=click.Choice(["on", "off"]))
def switch(session: Session, channel_id: str, how: str) -> None:
    """Switch CHANNEL on or off."""
    old = session.platform.channels.channel(channel_id)
    channel = session.platform.channels.change(session.actor, channel_id, old.draft, enabled=how == "on")
    session.answer(channel, f"Channel {channel.id} is {how}.")


@click.argument("channel_id", metavar="CHANNEL")
def try_out(session: Session, channel_id: str) -> None:
    """Send a trial message over CHANNEL, now."""
    session.platform.channels.try_out(session.actor, channel_id)
    session.answer({"sent": channel_id}, f"Channel {channel_id} took the trial message.")


@click.argument("channel_id", metavar="CHANNEL")
def remove(session: Session, channel_id: str) -> None:
    """Remove CHANNEL, with what waits for it."""
    session.platform.channels.remove(session.actor, channel_id)
    session.answer({"removed": channel_id}, f"Channel {channel_id} is gone.")


@click.argument("project")
@click.option("--state", type=click.Choice([one.value for one in MessageState]), help="Only these.")
@click.option("--limit", default=50, show_default=True)
def messages(session: Session, project: str, state: str | None, limit: int) -> None:
    """List what was to be told of PROJECT's alerts, newest first, and what became of it."""
    session.platform.projects.get(project)
    states = (MessageState(state),) if state else ()
    session.answer_rows(session.platform.channels.messages(project, None, states, limit), MESSAGES, "Nothing yet.")


@click.argument("message_id", metavar="MESSAGE")
def retry(session: Session, message_id: str) -> None:
    """Let MESSAGE, which was given up, wait for its channel again."""
    if not session.platform.channels.retry(session.actor, message_id):
        raise AnswerIsNo(problem=f"Message {message_id} was not given up, so there is nothing to try again.")
    session.answer({"waiting": message_id}, f"Message {message_id} waits for the worker.")


def _draft(given: dict[str, Any], old: dict[str, Any]) -> ChannelDraft:
    from pydantic import ValidationError

    own = {name: value for name, value in given.items() if value not in (None, ())}
    try:
        return ChannelDraft.model_validate(old | own)
    except ValidationError as error:
        first = error.errors()[0]
        raise InvalidInput(problem=f"The channel's {first['loc'][0]} cannot be used: {first['msg']}.") from None
