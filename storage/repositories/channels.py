"""Channels and the outbox in SQL."""

from collections.abc import Collection
from datetime import datetime, timedelta

from sqlalchemy import delete, select, update

from core.alert_errors import ChannelNotFound
from core.errors import Conflict
from core.records.channel import Channel, Message, MessageState
from storage.alert_tables import channel as channels
from storage.alert_tables import message as outbox
from storage.rows import to_row
from storage.statements import Statements


class SqlChannels:
    """A :class:`core.ports.channels.ChannelRepository`."""

    def __init__(self, statements: Statements) -> None:
        self._db = statements

    def add(self, channel: Channel) -> None:
        """Store a new channel.

        Raises:
            ProjectNotFound: there is no such project.
            Conflict: there is one with that id.
        """
        self._db.need_project(channel.project)
        if not self._db.change(self._db.insert(channels).on_conflict_do_nothing(), to_row(channel)):
            raise Conflict(problem=f"Channel {channel.id} exists already.")

    def get(self, id: str) -> Channel:
        """Return a channel.

        Raises:
            ChannelNotFound: there is none with that id.
        """
        found = self._db.one(Channel, self._db.locked(select(channels).where(channels.c.id == id)))
        if found is None:
            raise ChannelNotFound(id=id)
        return found

    def find(self, project: str) -> list[Channel]:
        """Return the channels of a project, oldest first."""
        return self._db.all(Channel, select(channels).where(channels.c.project == project).order_by(channels.c.seq))

    def update(self, channel: Channel) -> None:
        """Store a channel as it is now; its id and project never change.

        Raises:
            ChannelNotFound: there is none with that id in that project.
        """
        this = (channels.c.id == channel.id) & (channels.c.project == channel.project)
        if not self._db.change(update(channels).where(this).values(to_row(channel))):
            raise ChannelNotFound(id=channel.id)

    def remove(self, id: str) -> None:
        """Delete a channel and its messages.

        Raises:
            ChannelNotFound: there is none with that id.
        """
        if not self._db.change(delete(channels).where(channels.c.id == id)):
            raise ChannelNotFound(id=id)

    def post(self, message: Message) -> bool:
        """Store a message; False (and nothing stored) when its channel has one of that alert, opening and occasion.

        Raises:
            ChannelNotFound: there is no such channel.
        """
        self.get(message.channel_id)
        return bool(self._db.change(self._db.insert(outbox).on_conflict_do_nothing(), to_row(message)))

    def is_due(self, now: datetime) -> bool:
        """Whether a claim would find anything."""
        due = select(outbox.c.seq).where(outbox.c.state == MessageState.WAITING.value, outbox.c.next_at <= now)
        return self._db.value(due.limit(1)) is not None

    def claim(self, now: datetime, hold_s: float, limit: int = 20) -> list[Message]:
        """Take waiting messages that are due, earliest first, for ``hold_s``."""
        due = select(outbox).where(outbox.c.state == MessageState.WAITING.value, outbox.c.next_at <= now)
        query = due.order_by(outbox.c.next_at, outbox.c.seq).limit(limit)
        taken = []
        for found in self._db.all(Message, self._db.locked(query, skip=True)):
            changes = {
                "attempts": found.attempts + 1,
                "token": found.token + 1,
                "next_at": now + timedelta(seconds=hold_s),
            }
            self._db.change(update(outbox).where(outbox.c.id == found.id).values(changes))
            taken.append(found.model_copy(update=changes))
        return taken

    def settle(
        self, id: str, token: int, state: MessageState, now: datetime, next_at: datetime, problem: str = ""
    ) -> bool:
        """Say what became of a claimed message; False when it was handed out again meanwhile."""
        this = (outbox.c.id == id) & (outbox.c.token == token) & (outbox.c.state == MessageState.WAITING.value)
        sent_at = now if state is MessageState.SENT else None
        values = {"state": state.value, "next_at": next_at, "problem": problem, "sent_at": sent_at}
        return bool(self._db.change(update(outbox).where(this).values(values)))

    def retry(self, id: str, now: datetime) -> bool:
        """Let a message that was given up wait again, from its first attempt; False when it was not given up."""
        this = (outbox.c.id == id) & (outbox.c.state == MessageState.FAILED.value)
        values = {"state": MessageState.WAITING.value, "attempts": 0, "next_at": now}
        return bool(self._db.change(update(outbox).where(this).values(values)))

    def messages(
        self, project: str, alert_id: str | None = None, states: Collection[MessageState] = (), limit: int = 100
    ) -> list[Message]:
        """Return messages, newest first."""
        query = select(outbox).where(outbox.c.project == project)
        if alert_id is not None:
            query = query.where(outbox.c.alert_id == alert_id)
        if states:
            query = query.where(outbox.c.state.in_([state.value for state in states]))
        return self._db.all(Message, query.order_by(outbox.c.seq.desc()).limit(limit))
