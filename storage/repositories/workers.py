"""Signs of life in SQL."""

from datetime import datetime, timedelta

from sqlalchemy import delete, or_, select

from core.records.job import WorkerBeat
from storage.rows import to_row
from storage.statements import Statements
from storage.tables import lease
from storage.tables import worker as beats


class SqlWorkers:
    """A :class:`core.ports.jobs.WorkerRepository`."""

    def __init__(self, statements: Statements) -> None:
        self._db = statements

    def beat(self, beat: WorkerBeat) -> None:
        """Store the newest sign of life of one worker."""
        row = to_row(beat)
        insert = self._db.insert(beats).values(row)
        self._db.change(insert.on_conflict_do_update(index_elements=["worker"], set_=row))

    def all(self) -> list[WorkerBeat]:
        """Return the last beat of every worker that did not leave, newest first."""
        return self._db.all(WorkerBeat, select(beats).order_by(beats.c.seen_at.desc(), beats.c.worker))

    def leave(self, worker: str) -> None:
        """Forget a worker that stopped in order."""
        self._db.change(delete(beats).where(beats.c.worker == worker))

    def lead(self, name: str, holder: str, now: datetime, lease_s: float) -> bool:
        """Take or keep the lease called ``name`` for ``holder``; False while another holder's lease lasts."""
        row = {"name": name, "holder": holder, "lease_until": now + timedelta(seconds=lease_s)}
        free = or_(lease.c.holder == holder, lease.c.lease_until <= now)
        insert = self._db.insert(lease).values(row)
        return bool(self._db.change(insert.on_conflict_do_update(index_elements=["name"], set_=row, where=free)))

    def resign(self, name: str, holder: str) -> None:
        """Give the lease up, if held."""
        self._db.change(delete(lease).where(lease.c.name == name, lease.c.holder == holder))
