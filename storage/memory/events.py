"""The audit trail in memory."""

from core.errors import Conflict
from core.records.event import NO_HASH, AuditEvent
from storage.memory.tables import View, loose
from storage.rows import settled


class MemoryEvents:
    """A :class:`core.ports.events.EventRepository`."""

    def __init__(self, view: View) -> None:
        self._view = view

    def head(self) -> tuple[int, str]:
        """Return (number, hash) of the last event, (0, 64 zeros) before the first."""
        events = self._view.see.events
        last = max(events, default=0)
        return (last, events[last].hash) if last else (0, NO_HASH)

    def append(self, event: AuditEvent) -> None:
        """Store the next event.

        Raises:
            Conflict: that number is taken.
        """
        events = self._view.change.events
        if event.number in events:
            raise Conflict(problem=f"Audit event {event.number} exists already. Try again.")
        events[event.number] = settled(event)

    def find(self, project: str | None = None, limit: int = 100) -> list[AuditEvent]:
        """Return events, newest first."""
        chosen = [event for event in reversed(self.all()) if project is None or event.project == project]
        return chosen[:limit]

    def all(self) -> list[AuditEvent]:
        """Return every event, oldest first."""
        events = self._view.see.events
        return [loose(events[number]) for number in sorted(events)]
