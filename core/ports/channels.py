"""Channels and the outbox at rest."""

from collections.abc import Collection
from datetime import datetime
from typing import Protocol

from core.records.channel import Channel, Message, MessageState


class ChannelRepository(Protocol):
    """Channels, and the messages that are to go over them.

    ``post`` happens in the transaction of what is told, so neither exists without the other. ``claim`` hands a message
    to one sender for a time; what it does not settle within that time is handed out again.
    """

    def add(self, channel: Channel) -> None:
        """Store a new channel.

        Raises:
            ProjectNotFound: there is no such project.
            Conflict: there is one with that id.
        """
        ...

    def get(self, id: str) -> Channel:
        """Return a channel.

        Raises:
            ChannelNotFound: there is none with that id.
        """
        ...

    def find(self, project: str) -> list[Channel]:
        """Return the channels of a project, oldest first."""
        ...

    def update(self, channel: Channel) -> None:
        """Store a channel as it is now; its id and project never change.

        Raises:
            ChannelNotFound: there is none with that id in that project.
        """
        ...

    def remove(self, id: str) -> None:
        """Delete a channel and its messages.

        Raises:
            ChannelNotFound: there is none with that id.
        """
        ...

    def post(self, message: Message) -> bool:
        """Store a message; False (and nothing stored) when its channel has one of that alert, opening and occasion.

        Raises:
            ChannelNotFound: there is no such channel.
        """
        ...

    def is_due(self, now: datetime) -> bool:
        """Whether :meth:`claim` would find anything."""
        ...

    def claim(self, now: datetime, hold_s: float, limit: int = 20) -> list[Message]:
        """Take waiting messages that are due, earliest first: each has one attempt and a token more, and is due again
        after ``hold_s``. Two callers never get the same one."""
        ...

    def settle(
        self, id: str, token: int, state: MessageState, now: datetime, next_at: datetime, problem: str = ""
    ) -> bool:
        """Say what became of a claimed message; False (and nothing changed) when it was handed out again meanwhile."""
        ...

    def retry(self, id: str, now: datetime) -> bool:
        """Let a message that was given up wait again, from its first attempt; False when it was not given up."""
        ...

    def messages(
        self, project: str, alert_id: str | None = None, states: Collection[MessageState] = (), limit: int = 100
    ) -> list[Message]:
        """Return messages, newest first."""
        ...
