"""The audit trail: events chained by hashes, so that a change of the past shows.

The hash of an event is the SHA-256 of its canonical JSON: every field but ``hash``, keys sorted, no spaces, all
characters beyond ASCII escaped, moments in UTC to the microsecond. ``previous`` is the hash of the event before.
"""

import hashlib
import json
from collections.abc import Sequence
from datetime import UTC, datetime

from core.access.permissions import require
from core.ports.unit_of_work import Store, UnitOfWork
from core.records.access import Actor, Permission
from core.records.base import JsonObject
from core.records.event import NO_HASH, AuditEvent


def record(
    work: UnitOfWork,
    now: datetime,
    actor_name: str,
    action: str,
    project: str | None,
    subject: str,
    details: JsonObject,
) -> AuditEvent:
    """Append an event to the trail, in the transaction of the deed itself, so that neither exists alone.

    Args:
        work: the open write transaction; the caller commits it.
        now: the moment of the deed.
        actor_name: who did it.
        action: what was done, as ``thing.verb``: ``project.create``, ``model.promote``.
        project: the project it belongs to, or None.
        subject: the name of what it was done to.
        details: JSON facts worth keeping; numbers must be finite.
    """
    number, previous = work.events.head()
    unsealed = AuditEvent(
        number=number + 1,
        at=now,
        actor=actor_name,
        action=action,
        project=project,
        subject=subject,
        # What a database gives back: lists for tuples, text for keys. The hash must cover exactly that.
        details=json.loads(json.dumps(details, allow_nan=False)),
        previous=previous,
        hash="",
    )
    event = unsealed.model_copy(update={"hash": seal(unsealed)})
    work.events.append(event)
    return event


def seal(event: AuditEvent) -> str:
    """Return the hash that belongs to ``event``: SHA-256 over every other field."""
    fields = event.model_dump(mode="json", exclude={"hash", "at"})
    fields["at"] = event.at.astimezone(UTC).isoformat(timespec="microseconds")
    canonical = json.dumps(fields, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return hashlib.sha256(canonical.encode("ascii")).hexdigest()


def first_broken(events: Sequence[AuditEvent], anchor: tuple[int, str] | None = None) -> int | None:
    """Find the first place where the trail is not what was recorded.

    A chain alone cannot show that its end was cut off or that all of it was written anew; an ``anchor`` kept
    elsewhere can.

    Args:
        events: the whole trail, oldest first.
        anchor: number and hash of an event as once noted outside the store, or None.

    Returns:
        The number of the first event that was edited, removed, moved or put in, or None when all is well.
    """
    previous = NO_HASH
    for number, event in enumerate(events, start=1):
        if event.number != number or event.previous != previous or event.hash != seal(event):
            return number
        if anchor and anchor[0] == number and anchor[1] != event.hash:
            return number
        previous = event.hash
    return len(events) + 1 if anchor and anchor[0] > len(events) else None


class AuditService:
    """Reads the trail for those who may."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def events(self, actor: Actor, project: str | None = None, limit: int = 100) -> list[AuditEvent]:
        """Return events, newest first; of all projects when ``project`` is None.

        Raises:
            Denied: the actor may not read the trail.
        """
        require(actor, Permission.AUDIT)
        with self._store.read() as work:
            return work.events.find(project, limit)

    def head(self, actor: Actor) -> tuple[int, str]:
        """Return number and hash of the newest event: note them elsewhere to prove later that nothing was cut off.

        Raises:
            Denied: the actor may not read the trail.
        """
        require(actor, Permission.AUDIT)
        with self._store.read() as work:
            newest = work.events.find(limit=1)
        return (newest[0].number, newest[0].hash) if newest else (0, NO_HASH)

    def verify(self, actor: Actor, anchor: tuple[int, str] | None = None) -> int | None:
        """Check the whole trail; return the number of the first broken event, or None.

        Raises:
            Denied: the actor may not read the trail.
        """
        require(actor, Permission.AUDIT)
        with self._store.read() as work:
            return first_broken(work.events.all(), anchor)
