"""Schedules and firings at rest."""

from datetime import datetime
from typing import Protocol

from core.records.schedule import Firing, Schedule


class ScheduleRepository(Protocol):
    """Schedules by id, and one row for each expected moment."""

    def add(self, schedule: Schedule) -> None:
        """Store a new schedule.

        Raises:
            ProjectNotFound: there is no such project.
        """
        ...

    def get(self, id: str) -> Schedule:
        """Return a schedule.

        Raises:
            ScheduleNotFound: there is none with that id.
        """
        ...

    def find(self, project: str | None = None) -> list[Schedule]:
        """Return schedules, newest first."""
        ...

    def due(self, now: datetime, limit: int = 500) -> list[Schedule]:
        """Return enabled schedules whose ``due_at`` is not after ``now``, earliest first."""
        ...

    def next_due(self, now: datetime) -> datetime | None:
        """Return the earliest ``due_at`` after ``now`` of enabled schedules, or None."""
        ...

    def update(self, schedule: Schedule) -> None:
        """Store a schedule as it is now; its id and project never change.

        Raises:
            ScheduleNotFound: there is none with that id in that project.
        """
        ...

    def remove(self, id: str) -> None:
        """Delete a schedule; its firings stay.

        Raises:
            ScheduleNotFound: there is none with that id.
        """
        ...

    def record(self, firing: Firing) -> bool:
        """Store a firing; False (and nothing stored) when that slot of that schedule has one already.

        Raises:
            ProjectNotFound: there is no such project.
        """
        ...

    def amend(self, firing: Firing) -> bool:
        """Replace the row of a missed moment; False (and nothing changed) when it is not there or no longer missed."""
        ...

    def firings(
        self,
        project: str,
        schedule_id: str | None = None,
        limit: int = 100,
        since: datetime | None = None,
        until: datetime | None = None,
    ) -> list[Firing]:
        """Return firings whose slot lies in ``since`` (included) to ``until`` (not included), latest slot first."""
        ...
