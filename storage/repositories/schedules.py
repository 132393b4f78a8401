"""Schedules and firings in SQL."""

from datetime import datetime
from typing import Any

from sqlalchemy import delete, select, update

from core.errors import Conflict, ScheduleNotFound
from core.records.schedule import Firing, Schedule
from storage.rows import to_row
from storage.statements import Statements
from storage.tables import firing as slots
from storage.tables import schedule as schedules


class SqlSchedules:
    """A :class:`core.ports.schedules.ScheduleRepository`."""

    def __init__(self, statements: Statements) -> None:
        self._db = statements

    def add(self, schedule: Schedule) -> None:
        """Store a new schedule.

        Raises:
            ProjectNotFound: there is no such project.
            Conflict: there is one with that id.
        """
        self._db.need_project(schedule.project)
        if not self._db.change(self._db.insert(schedules).on_conflict_do_nothing(), to_row(schedule)):
            raise Conflict(problem=f"Schedule {schedule.id} exists already.")

    def get(self, id: str) -> Schedule:
        """Return a schedule.

        Raises:
            ScheduleNotFound: there is none with that id.
        """
        found = self._db.one(Schedule, self._db.locked(select(schedules).where(schedules.c.id == id)))
        if found is None:
            raise ScheduleNotFound(id=id)
        return found

    def find(self, project: str | None = None) -> list[Schedule]:
        """Return schedules, newest first."""
        query = select(schedules).order_by(schedules.c.seq.desc())
        return self._db.all(Schedule, query if project is None else query.where(schedules.c.project == project))

    def due(self, now: datetime, limit: int = 500) -> list[Schedule]:
        """Return enabled schedules whose ``next_at`` is not after ``now``, earliest first."""
        query = select(schedules).where(schedules.c.enabled, schedules.c.next_at <= now)
        query = query.order_by(schedules.c.next_at, schedules.c.seq).limit(limit)
        return self._db.all(Schedule, self._db.locked(query))

    def set_next(self, id: str, next_at: datetime | None) -> None:
        """Move the next moment of a schedule.

        Raises:
            ScheduleNotFound: there is none with that id.
        """
        self._update(id, {"next_at": next_at})

    def set_enabled(self, id: str, enabled: bool, next_at: datetime | None) -> None:
        """Pause or resume a schedule.

        Raises:
            ScheduleNotFound: there is none with that id.
        """
        self._update(id, {"enabled": enabled, "next_at": next_at})

    def remove(self, id: str) -> None:
        """Delete a schedule; its firings stay.

        Raises:
            ScheduleNotFound: there is none with that id.
        """
        if not self._db.change(delete(schedules).where(schedules.c.id == id)):
            raise ScheduleNotFound(id=id)

    def record(self, firing: Firing) -> bool:
        """Store a firing; False (and nothing stored) when that slot of that schedule has one already.

        Raises:
            ProjectNotFound: there is no such project.
        """
        self._db.need_project(firing.project)
        return bool(self._db.change(self._db.insert(slots).on_conflict_do_nothing(), to_row(firing)))

    def firings(self, project: str, schedule_id: str | None = None, limit: int = 100) -> list[Firing]:
        """Return firings, latest slot first."""
        query = select(slots).where(slots.c.project == project)
        if schedule_id is not None:
            query = query.where(slots.c.schedule_id == schedule_id)
        return self._db.all(Firing, query.order_by(slots.c.slot.desc(), slots.c.seq.desc()).limit(limit))

    def _update(self, id: str, values: dict[str, Any]) -> None:
        if not self._db.change(update(schedules).where(schedules.c.id == id).values(values)):
            raise ScheduleNotFound(id=id)
