"""Schedules and firings in memory."""

from datetime import datetime

from core.errors import Conflict, ScheduleNotFound
from core.records.schedule import Firing, FiringOutcome, Schedule
from storage.memory.tables import View, loose
from storage.rows import settled


class MemorySchedules:
    """A :class:`core.ports.schedules.ScheduleRepository`."""

    def __init__(self, view: View) -> None:
        self._view = view

    def add(self, schedule: Schedule) -> None:
        """Store a new schedule.

        Raises:
            ProjectNotFound: there is no such project.
            Conflict: there is one with that id.
        """
        schedules = self._view.change.schedules
        self._view.need_project(schedule.project)
        if schedule.id in schedules:
            raise Conflict(problem=f"Schedule {schedule.id} exists already.")
        schedules[schedule.id] = settled(schedule)

    def get(self, id: str) -> Schedule:
        """Return a schedule.

        Raises:
            ScheduleNotFound: there is none with that id.
        """
        try:
            return loose(self._view.see.schedules[id])
        except KeyError as error:
            raise ScheduleNotFound(id=id) from error

    def find(self, project: str | None = None) -> list[Schedule]:
        """Return schedules, newest first."""
        rows = reversed(self._view.see.schedules.values())
        return [loose(row) for row in rows if project is None or row.project == project]

    def due(self, now: datetime, limit: int = 500) -> list[Schedule]:
        """Return enabled schedules whose ``due_at`` is not after ``now``, earliest first."""
        rows = self._view.see.schedules.values()
        due = [(row.due_at, row) for row in rows if row.enabled and row.due_at is not None and row.due_at <= now]
        due.sort(key=lambda pair: pair[0])
        return [loose(row) for _, row in due[:limit]]

    def next_due(self, now: datetime) -> datetime | None:
        """Return the earliest ``due_at`` after ``now`` of enabled schedules, or None."""
        rows = self._view.see.schedules.values()
        return min((row.due_at for row in rows if row.enabled and row.due_at and row.due_at > now), default=None)

    def update(self, schedule: Schedule) -> None:
        """Store a schedule as it is now; its id and project never change.

        Raises:
            ScheduleNotFound: there is none with that id in that project.
        """
        if self.get(schedule.id).project != schedule.project:
            raise ScheduleNotFound(id=schedule.id)
        self._view.change.schedules[schedule.id] = settled(schedule)

    def remove(self, id: str) -> None:
        """Delete a schedule; its firings stay.

        Raises:
            ScheduleNotFound: there is none with that id.
        """
        if self._view.change.schedules.pop(id, None) is None:
            raise ScheduleNotFound(id=id)

    def record(self, firing: Firing) -> bool:
        """Store a firing; False (and nothing stored) when that slot of that schedule has one already.

        Raises:
            ProjectNotFound: there is no such project.
        """
        firings = self._view.change.firings
        self._view.need_project(firing.project)
        key = (firing.schedule_id, firing.slot)
        if key in firings:
            return False
        firings[key] = settled(firing)
        return True

    def amend(self, firing: Firing) -> bool:
        """Replace the row of a missed moment; False (and nothing changed) when it is not there or no longer missed."""
        key = (firing.schedule_id, firing.slot)
        firings = self._view.change.firings
        known = firings.get(key)
        if known is None or known.outcome is not FiringOutcome.MISSED:
            return False
        firings[key] = settled(firing)
        return True

    def firings(
        self,
        project: str,
        schedule_id: str | None = None,
        limit: int = 100,
        since: datetime | None = None,
        until: datetime | None = None,
    ) -> list[Firing]:
        """Return firings whose slot lies in ``since`` (included) to ``until`` (not included), latest slot first."""
        chosen = [
            firing
            for firing in reversed(self._view.see.firings.values())
            if firing.project == project
            and schedule_id in (None, firing.schedule_id)
            and (since is None or firing.slot >= since)
            and (until is None or firing.slot < until)
        ]
        chosen.sort(key=lambda firing: firing.slot, reverse=True)
        return [loose(firing) for firing in chosen[:limit]]
