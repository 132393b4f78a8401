"""Traffic at rest: who takes part in answering, and what was answered."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Protocol

from core.records.traffic import ServingTally, Traffic, TrafficEnd


class TrafficRepository(Protocol):
    """Intervals during which candidates took part; for each project at most one is open."""

    def open(self, traffic: Traffic) -> Traffic:
        """Store an open interval and return it with the id it got; ids grow and are never given again.

        Raises:
            ProjectNotFound: there is no such project.
            Conflict: another one is open.
        """
        ...

    def close(self, project: str, end: TrafficEnd, actor: str, reason: str, now: datetime) -> Traffic | None:
        """Close the open interval, not before it began, and return it, or None when none is open."""
        ...

    def current(self, project: str) -> Traffic | None:
        """Return the open interval, or None."""
        ...

    def live(self) -> list[Traffic]:
        """Return the open intervals of all projects, by project."""
        ...

    def history(self, project: str) -> list[Traffic]:
        """Return all intervals, newest first."""
        ...


class TallyRepository(Protocol):
    """What the processes of the scoring API answered, minute by minute."""

    def put(self, tallies: Sequence[ServingTally]) -> None:
        """Store tallies in place of those of the same process, minute, project, version and cohort.

        Tallies of projects that are gone are left out. Screens are not told of it: the revision stays.
        """
        ...

    def find(
        self, project: str, since: datetime, until: datetime | None = None, cohorts: Collection[str] | None = None
    ) -> list[ServingTally]:
        """Return the tallies with ``since <= minute < until``, oldest first; of some cohorts, or of all."""
        ...

    def expire(self, before: datetime) -> int:
        """Remove the tallies of minutes before ``before``; return how many."""
        ...
