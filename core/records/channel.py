"""Channels: where alerts are told, and the messages on their way."""

from enum import StrEnum

from pydantic import Field

from core.records.alert import Severity
from core.records.base import JsonObject, Moment, Record


class ChannelKind(StrEnum):
    """How a channel is spoken to."""

    EMAIL = "email"
    SLACK = "slack"
    WEBHOOK = "webhook"


class ChannelDraft(Record):
    """What people decide about a channel.

    ``address`` is a web address, or for e-mail that of the server (``smtp://user:${NAME}@host:587``); secrets stand in
    it as ``${NAME}``. ``recipients`` and ``sender`` are for e-mail; ``signing`` refers to the secret by which a webhook
    is signed. Alerts below ``least`` are not told; with ``tells_resolved`` it is told, too, when one is over.
    """

    name: str = Field(min_length=1, max_length=80)
    kind: ChannelKind
    address: str = Field(min_length=1, max_length=2_000)
    recipients: tuple[str, ...] = ()
    sender: str = ""
    signing: str = ""
    least: Severity = Severity.INFO
    tells_resolved: bool = True


class Channel(ChannelDraft):
    """A channel of a project."""

    id: str
    project: str
    enabled: bool = True
    created_at: Moment
    created_by: str

    @property
    def draft(self) -> ChannelDraft:
        """What people decided about it."""
        return ChannelDraft(**{name: getattr(self, name) for name in ChannelDraft.model_fields})


class Occasion(StrEnum):
    """What a message tells of."""

    OPENED = "opened"
    RESOLVED = "resolved"
    REPORT = "report"


class MessageState(StrEnum):
    """Where a message is: on its way, delivered, or given up."""

    WAITING = "waiting"
    SENT = "sent"
    FAILED = "failed"


class Message(Record):
    """One alert to be told over one channel: a row of the outbox, written in the transaction of the alert itself.

    There is one for each occasion of each opening of an alert and each channel; a report has its job's id in place of
    an alert's. ``id`` goes with the message, so that
    a receiver can tell a repetition; ``content`` is what is said. ``token`` grows with each attempt, as a job's does.
    """

    id: str
    project: str
    channel_id: str
    alert_id: str
    opening: int
    occasion: Occasion
    content: JsonObject
    state: MessageState = MessageState.WAITING
    attempts: int = 0
    token: int = 0
    next_at: Moment
    problem: str = ""
    created_at: Moment
    sent_at: Moment | None = None
