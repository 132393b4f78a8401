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
        """Return enabled schedules whose ``next_at`` is not after ``now``, earliest first."""
        ...

    def set_next(self, id: str, next_at: datetime | None) -> None:
        """Move the next moment of a schedule.

        Raises:
            ScheduleNotFound: there is none with that id.
        """
        ...

    def set_enabled(self, id: str, enabled: bool, next_at: datetime | None) -> None:
        """Pause or resume a schedule.

        Raises:
            ScheduleNotFound: there is none with that id.
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

    def firings(self, project: str, schedule_id: str | None = None, limit: int = 100) -> list[Firing]:
        """Return firings, latest slot first."""
        ...
