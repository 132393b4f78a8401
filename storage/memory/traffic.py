"""Traffic and tallies in memory."""

from collections.abc import Collection, Iterator, Sequence
from datetime import datetime

from core.errors import Conflict
from core.records.traffic import ServingTally, Traffic, TrafficEnd
from storage.memory.tables import View, loose
from storage.rows import settled


class MemoryTraffic:
    """A :class:`core.ports.traffic.TrafficRepository`."""

    def __init__(self, view: View) -> None:
        self._view = view

    def open(self, given: Traffic) -> Traffic:
        """Store an open interval and return it with the id it got.

        Raises:
            ProjectNotFound: there is no such project.
            Conflict: another one is open.
        """
        tables = self._view.change
        self._view.need_project(given.project)
        if self.current(given.project) is not None:
            raise Conflict(problem=f"The traffic of {given.project} was changed at the same moment. Try again.")
        tables.last_traffic += 1
        kept = settled(given.model_copy(update={"id": tables.last_traffic}))
        tables.traffic[kept.id] = kept
        return loose(kept)

    def close(self, project: str, end: TrafficEnd, actor: str, reason: str, now: datetime) -> Traffic | None:
        """Close the open interval, not before it began, and return it, or None when none is open."""
        tables = self._view.change
        current = self.current(project)
        if current is None:
            return None
        ended = {"until": max(now, current.since), "end": end, "ended_by": actor, "end_reason": reason}
        closed = settled(current.model_copy(update=ended))
        tables.traffic[closed.id] = closed
        return loose(closed)

    def current(self, project: str) -> Traffic | None:
        """Return the open interval, or None."""
        return next((row for row in self._of(project) if row.until is None), None)

    def live(self) -> list[Traffic]:
        """Return the open intervals of all projects, by project."""
        live = [loose(row) for row in self._view.see.traffic.values() if row.until is None]
        return sorted(live, key=lambda row: row.project)

    def history(self, project: str) -> list[Traffic]:
        """Return all intervals, newest first."""
        return list(self._of(project))

    def _of(self, project: str) -> Iterator[Traffic]:
        for row in reversed(self._view.see.traffic.values()):
            if row.project == project:
                yield loose(row)


class MemoryTallies:
    """A :class:`core.ports.traffic.TallyRepository`."""

    def __init__(self, view: View) -> None:
        self._view = view

    def put(self, tallies: Sequence[ServingTally]) -> None:
        """Store tallies in place of those of the same process, minute, project, version and cohort."""
        kept = self._view.note.tallies
        for tally in tallies:
            if tally.project in self._view.see.projects:
                kept[tally.project, tally.minute, tally.process, tally.version, tally.cohort] = settled(tally)

    def find(
        self, project: str, since: datetime, until: datetime | None = None, cohorts: Collection[str] | None = None
    ) -> list[ServingTally]:
        """Return the tallies with ``since <= minute < until``, oldest first; of some cohorts, or of all."""
        found = [
            tally
            for tally in self._view.see.tallies.values()
            if tally.project == project
            and since <= tally.minute
            and (until is None or tally.minute < until)
            and (cohorts is None or tally.cohort in cohorts)
        ]
        return sorted(found, key=lambda tally: tally.minute)

    def expire(self, before: datetime) -> int:
        """Remove the tallies of minutes before ``before``; return how many."""
        kept = self._view.note.tallies
        gone = [key for key, tally in kept.items() if tally.minute < before]
        for key in gone:
            del kept[key]
        return len(gone)
