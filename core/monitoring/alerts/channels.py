"""Channels: where alerts are told, and what became of what was to be told."""

import logging
from collections.abc import Collection
from datetime import datetime, timedelta

from core import audit
from core.access.permissions import require
from core.alert_errors import ChannelNotFound
from core.clock import Clock
from core.errors import AppError
from core.monitoring.alerts.senders import Senders
from core.ports.unit_of_work import Store, UnitOfWork
from core.records.access import Actor, Permission
from core.records.alert import Severity
from core.records.base import JsonObject, clipped, new_id
from core.records.channel import Channel, ChannelDraft, Message, MessageState

logger = logging.getLogger(__name__)

HOLD_S = 120.0
"""How long one sender has a message for itself: longer than any receiver may take."""

ATTEMPTS = 12
"""After these, over some hours, a message is given up until somebody asks for it again."""

FIRST_S, LONGEST_S = 10.0, 3_600.0
"""Pause after the first attempt, three times longer after each, and the longest one."""

AT_ONCE = 50


class ChannelService:
    """Everything about channels and the outbox."""

    def __init__(self, store: Store, clock: Clock, senders: Senders, screens: str) -> None:
        """``screens`` is the address of the interface, for the link in a trial message."""
        self._store = store
        self._clock = clock
        self._senders = senders
        self._screens = screens

    def add(self, actor: Actor, project: str, draft: ChannelDraft) -> Channel:
        """Store a channel.

        Raises:
            Denied: the actor may not change channels.
            ProjectNotFound: there is no such project.
            InvalidChannel: it cannot be kept, or may not be asked.
        """
        require(actor, Permission.MANAGE_ALERTS)
        self._senders.check(draft)
        fields = {name: getattr(draft, name) for name in ChannelDraft.model_fields}
        made = Channel(**fields, id=new_id(), project=project, created_at=self._clock.now(), created_by=actor.name)
        with self._store.write() as work:
            work.channels.add(made)
            self._audit(work, actor, "channel.add", made)
            work.commit()
        return made

    def change(self, actor: Actor, id: str, draft: ChannelDraft, *, enabled: bool = True) -> Channel:
        """Change a channel, or switch it off or on.

        Raises:
            Denied: the actor may not change channels.
            ChannelNotFound: there is none with that id.
            InvalidChannel: it cannot be kept, or may not be asked.
        """
        require(actor, Permission.MANAGE_ALERTS)
        if enabled:
            self._senders.check(draft)
        fields = {name: getattr(draft, name) for name in ChannelDraft.model_fields}
        with self._store.write() as work:
            changed = work.channels.get(id).model_copy(update=fields | {"enabled": enabled})
            work.channels.update(changed)
            self._audit(work, actor, "channel.change", changed)
            work.commit()
        return changed

    def remove(self, actor: Actor, id: str) -> None:
        """Delete a channel with what waits for it.

        Raises:
            Denied: the actor may not change channels.
            ChannelNotFound: there is none with that id.
        """
        require(actor, Permission.MANAGE_ALERTS)
        with self._store.write() as work:
            gone = work.channels.get(id)
            work.channels.remove(id)
            self._audit(work, actor, "channel.remove", gone)
            work.commit()

    def try_out(self, actor: Actor, id: str) -> None:
        """Send a message that says it is a trial, now; nothing is stored of it but that it was asked for.

        Raises:
            Denied: the actor may not change channels.
            ChannelNotFound: there is none with that id.
            InvalidChannel, NotDelivered: it was not taken.
        """
        require(actor, Permission.MANAGE_ALERTS)
        now = self._clock.now()
        with self._store.write() as work:
            channel = work.channels.get(id)
            self._audit(work, actor, "channel.test", channel)
            work.commit()
        self._senders.send(channel, new_id(), _trial(channel, actor, now, self._screens), now)

    def channels(self, project: str) -> list[Channel]:
        """Return the channels of a project, oldest first."""
        with self._store.read() as work:
            return work.channels.find(project)

    def channel(self, id: str) -> Channel:
        """Return one channel.

        Raises:
            ChannelNotFound: there is none with that id.
        """
        with self._store.read() as work:
            return work.channels.get(id)

    def messages(
        self, project: str, alert_id: str | None = None, states: Collection[MessageState] = (), limit: int = 100
    ) -> list[Message]:
        """Return what was to be told, newest first."""
        with self._store.read() as work:
            return work.channels.messages(project, alert_id, states, limit)

    def retry(self, actor: Actor, id: str) -> bool:
        """Let a message that was given up wait again; False when it was not given up.

        Raises:
            Denied: the actor may not change channels.
        """
        require(actor, Permission.MANAGE_ALERTS)
        with self._store.write() as work:
            is_waiting = work.channels.retry(id, self._clock.now())
            work.commit()
        return is_waiting

    def deliver(self) -> int:
        """Hand over what is due; return how many messages were taken.

        A message is claimed before and settled after it was handed over. A process that dies in between leaves it
        claimed, and it is handed over again later, with the same id.
        """
        taken = 0
        for _ in range(AT_ONCE):
            with self._store.read() as work:
                is_due = work.channels.is_due(self._clock.now())
            if not is_due:
                break
            with self._store.write() as work:
                claimed = work.channels.claim(self._clock.now(), HOLD_S, limit=1)
                work.commit()
            taken += sum(self._hand_over(message) for message in claimed)
        return taken

    def _hand_over(self, message: Message) -> bool:
        try:
            channel = self.channel(message.channel_id)
            if channel.enabled:
                self._senders.send(channel, message.id, message.content, self._clock.now())
            problem = "" if channel.enabled else "the channel is switched off"
        except ChannelNotFound:
            return False
        except AppError as error:
            problem = clipped(error.message, 500)
        except Exception as error:
            logger.exception("Message %s could not be handed over", message.id)
            problem = f"unexpected {type(error).__name__}; the log has it"
        self._settle(message, problem)
        return not problem

    def _settle(self, message: Message, problem: str) -> None:
        now = self._clock.now()
        state = MessageState.SENT
        if problem:
            state = MessageState.FAILED if message.attempts >= ATTEMPTS else MessageState.WAITING
        pause = min(FIRST_S * 3 ** min(message.attempts - 1, 20), LONGEST_S)
        with self._store.write() as work:
            work.channels.settle(message.id, message.token, state, now, now + timedelta(seconds=pause), problem)
            work.commit()

    def _audit(self, work: UnitOfWork, actor: Actor, action: str, channel: Channel) -> None:
        details = channel.model_dump(mode="json", exclude={"id", "project", "created_at", "created_by"})
        audit.record(work, self._clock.now(), actor.name, action, channel.project, channel.id, details)


def _trial(channel: Channel, actor: Actor, now: datetime, screens: str) -> JsonObject:
    """Return the facts of a trial message."""
    said = f"{actor.name} tries the channel {channel.name} out. Nothing is wrong."
    return {
        "event": "alert.test",
        "alert": "",
        "opening": 0,
        "project": channel.project,
        "title": "trial message",
        "summary": said,
        "note": said,
        "severity": Severity.INFO.value,
        "owner": "",
        "value": None,
        "report": None,
        "opened_at": now.isoformat(),
        "at": now.isoformat(),
        "link": f"{screens}/alerts?project={channel.project}",
    }
