"""Signs of life in memory."""

from datetime import datetime, timedelta

from core.records.job import WorkerBeat
from storage.memory.tables import View, loose
from storage.rows import settled


class MemoryWorkers:
    """A :class:`core.ports.jobs.WorkerRepository`."""

    def __init__(self, view: View) -> None:
        self._view = view

    def beat(self, beat: WorkerBeat) -> None:
        """Store the newest sign of life of one worker."""
        self._view.change.workers[beat.worker] = settled(beat)

    def all(self) -> list[WorkerBeat]:
        """Return the last beat of every worker that did not leave, newest first."""
        beats = sorted(self._view.see.workers.values(), key=lambda beat: beat.worker)
        return [loose(beat) for beat in sorted(beats, key=lambda beat: beat.seen_at, reverse=True)]

    def leave(self, worker: str) -> None:
        """Forget a worker that stopped in order."""
        self._view.change.workers.pop(worker, None)

    def lead(self, name: str, holder: str, now: datetime, lease_s: float) -> bool:
        """Take or keep the lease called ``name`` for ``holder``; False while another holder's lease lasts."""
        leases = self._view.change.leases
        current = leases.get(name)
        if current is not None and current[0] != holder and current[1] > now:
            return False
        leases[name] = (holder, now + timedelta(seconds=lease_s))
        return True

    def resign(self, name: str, holder: str) -> None:
        """Give the lease up, if held."""
        leases = self._view.change.leases
        if leases.get(name, ("", None))[0] == holder:
            del leases[name]
