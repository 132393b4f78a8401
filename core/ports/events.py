"""The audit trail at rest."""

from typing import Protocol

from core.records.event import AuditEvent


class EventRepository(Protocol):
    """Append-only events, numbered from 1 without gaps."""

    def head(self) -> tuple[int, str]:
        """Return (number, hash) of the last event, (0, 64 zeros) before the first; no other writer can append until
        the surrounding write transaction ends."""
        ...

    def append(self, event: AuditEvent) -> None:
        """Store the next event.

        Raises:
            Conflict: that number is taken.
        """
        ...

    def find(self, project: str | None = None, limit: int = 100) -> list[AuditEvent]:
        """Return events, newest first."""
        ...

    def all(self) -> list[AuditEvent]:
        """Return every event, oldest first."""
        ...
