"""Channels and the outbox in memory."""

from collections.abc import Collection
from datetime import datetime, timedelta

from core.alert_errors import ChannelNotFound
from core.errors import Conflict
from core.records.channel import Channel, Message, MessageState
from storage.memory.tables import View, loose
from storage.rows import settled


class MemoryChannels:
    """A :class:`core.ports.channels.ChannelRepository`."""

    def __init__(self, view: View) -> None:
        self._view = view

    def add(self, channel: Channel) -> None:
        """Store a new channel.

        Raises:
            ProjectNotFound: there is no such project.
            Conflict: there is one with that id.
        """
        channels = self._view.change.channels
        self._view.need_project(channel.project)
        if channel.id in channels:
            raise Conflict(problem=f"Channel {channel.id} exists already.")
        channels[channel.id] = settled(channel)

    def get(self, id: str) -> Channel:
        """Return a channel.

        Raises:
            ChannelNotFound: there is none with that id.
        """
        try:
            return loose(self._view.see.channels[id])
        except KeyError as error:
            raise ChannelNotFound(id=id) from error

    def find(self, project: str) -> list[Channel]:
        """Return the channels of a project, oldest first."""
        return [loose(row) for row in self._view.see.channels.values() if row.project == project]

    def update(self, channel: Channel) -> None:
        """Store a channel as it is now; its id and project never change.

        Raises:
            ChannelNotFound: there is none with that id in that project.
        """
        if self.get(channel.id).project != channel.project:
            raise ChannelNotFound(id=channel.id)
        self._view.change.channels[channel.id] = settled(channel)

    def remove(self, id: str) -> None:
        """Delete a channel and its messages.

        Raises:
            ChannelNotFound: there is none with that id.
        """
        self.get(id)
        tables = self._view.change
        del tables.channels[id]
        for key in [key for key, row in tables.messages.items() if row.channel_id == id]:
            del tables.messages[key]

    def post(self, message: Message) -> bool:
        """Store a message; False (and nothing stored) when its channel has one of that alert, opening and occasion.

        Raises:
            ChannelNotFound: there is no such channel.
        """
        messages = self._view.change.messages
        self.get(message.channel_id)
        if message.id in messages or any(_about(row) == _about(message) for row in messages.values()):
            return False
        messages[message.id] = settled(message)
        return True

    def is_due(self, now: datetime) -> bool:
        """Whether a claim would find anything."""
        rows = self._view.see.messages.values()
        return any(row.state is MessageState.WAITING and row.next_at <= now for row in rows)

    def claim(self, now: datetime, hold_s: float, limit: int = 20) -> list[Message]:
        """Take waiting messages that are due, earliest first, for ``hold_s``."""
        messages = self._view.change.messages
        rows = [row for row in messages.values() if row.state is MessageState.WAITING and row.next_at <= now]
        rows.sort(key=lambda row: row.next_at)
        until = now + timedelta(seconds=hold_s)
        for row in rows[:limit]:
            changes = {"attempts": row.attempts + 1, "token": row.token + 1, "next_at": until}
            messages[row.id] = row.model_copy(update=changes)
        return [loose(messages[row.id]) for row in rows[:limit]]

    def settle(
        self, id: str, token: int, state: MessageState, now: datetime, next_at: datetime, problem: str = ""
    ) -> bool:
        """Say what became of a claimed message; False when it was handed out again meanwhile."""
        messages = self._view.change.messages
        row = messages.get(id)
        if row is None or row.token != token or row.state is not MessageState.WAITING:
            return False
        sent_at = now if state is MessageState.SENT else None
        changes = {"state": state, "next_at": next_at, "problem": problem, "sent_at": sent_at}
        messages[id] = row.model_copy(update=changes)
        return True

    def retry(self, id: str, now: datetime) -> bool:
        """Let a message that was given up wait again, from its first attempt; False when it was not given up."""
        messages = self._view.change.messages
        row = messages.get(id)
        if row is None or row.state is not MessageState.FAILED:
            return False
        messages[id] = row.model_copy(update={"state": MessageState.WAITING, "attempts": 0, "next_at": now})
        return True

    def messages(
        self, project: str, alert_id: str | None = None, states: Collection[MessageState] = (), limit: int = 100
    ) -> list[Message]:
        """Return messages, newest first."""
        rows = [
            row
            for row in reversed(self._view.see.messages.values())
            if row.project == project and alert_id in (None, row.alert_id) and (not states or row.state in states)
        ]
        return [loose(row) for row in rows[:limit]]


def _about(message: Message) -> tuple[str, str, int, str]:
    return message.channel_id, message.alert_id, message.opening, message.occasion
