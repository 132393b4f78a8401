"""The audit trail in SQL."""

from sqlalchemy import func, select

from core.errors import Conflict
from core.records.event import NO_HASH, AuditEvent
from storage.rows import to_row
from storage.statements import Statements
from storage.tables import event as table

HEAD_LOCK = 7_046_029_254
"""Number of the advisory lock that writers to the trail hold, on databases with several writers at once."""


class SqlEvents:
    """A :class:`core.ports.events.EventRepository`."""

    def __init__(self, statements: Statements) -> None:
        self._db = statements

    def head(self) -> tuple[int, str]:
        """Return (number, hash) of the last event, (0, 64 zeros) before the first; no other writer can append until
        the surrounding write transaction ends."""
        if self._db.on_postgres and self._db.writes:
            self._db.value(select(func.pg_advisory_xact_lock(HEAD_LOCK)))
        last = self._db.one(AuditEvent, select(table).order_by(table.c.number.desc()).limit(1))
        return (last.number, last.hash) if last else (0, NO_HASH)

    def append(self, event: AuditEvent) -> None:
        """Store the next event.

        Raises:
            Conflict: that number is taken.
        """
        if not self._db.change(self._db.insert(table).on_conflict_do_nothing(), to_row(event)):
            raise Conflict(problem=f"Audit event {event.number} exists already. Try again.")

    def find(self, project: str | None = None, limit: int = 100) -> list[AuditEvent]:
        """Return events, newest first."""
        query = select(table).order_by(table.c.number.desc()).limit(limit)
        return self._db.all(AuditEvent, query if project is None else query.where(table.c.project == project))

    def all(self) -> list[AuditEvent]:
        """Return every event, oldest first."""
        return self._db.all(AuditEvent, select(table).order_by(table.c.number))
