"""Schedules and firings in SQL."""

from datetime import datetime

from sqlalchemy import delete, select, update

from core.errors import Conflict, ScheduleNotFound
from core.records.schedule import Firing, FiringOutcome, Schedule
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
        """Return enabled schedules whose ``due_at`` is not after ``now``, earliest first."""
        query = select(schedules).where(schedules.c.enabled, schedules.c.due_at <= now)
        query = query.order_by(schedules.c.due_at, schedules.c.seq).limit(limit)
        return self._db.all(Schedule, self._db.locked(query))

    def next_due(self, now: datetime) -> datetime | None:
        """Return the earliest ``due_at`` after ``now`` of enabled schedules, or None."""
        query = select(schedules.c.due_at).where(schedules.c.enabled, schedules.c.due_at > now)
        found: datetime | None = self._db.value(query.order_by(schedules.c.due_at).limit(1))
        return found

    def update(self, schedule: Schedule) -> None:
        """Store a schedule as it is now; its id and project never change.

        Raises:
            ScheduleNotFound: there is none with that id in that project.
        """
        this = (schedules.c.id == schedule.id) & (schedules.c.project == schedule.project)
        if not self._db.change(update(schedules).where(this), to_row(schedule)):
            raise ScheduleNotFound(id=schedule.id)

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

    def amend(self, firing: Firing) -> bool:
        """Replace the row of a missed moment; False (and nothing changed) when it is not there or no longer missed."""
        this = (slots.c.schedule_id == firing.schedule_id) & (slots.c.slot == firing.slot)
        missed = slots.c.outcome == FiringOutcome.MISSED.value
        return bool(self._db.change(update(slots).where(this & missed).values(to_row(firing))))

    def firings(
        self,
        project: str,
        schedule_id: str | None = None,
        limit: int = 100,
        since: datetime | None = None,
        until: datetime | None = None,
    ) -> list[Firing]:
        """Return firings whose slot lies in ``since`` (included) to ``until`` (not included), latest slot first."""
        query = select(slots).where(slots.c.project == project)
        if schedule_id is not None:
            query = query.where(slots.c.schedule_id == schedule_id)
        if since is not None:
            query = query.where(slots.c.slot >= since)
        if until is not None:
            query = query.where(slots.c.slot < until)
        return self._db.all(Firing, query.order_by(slots.c.slot.desc(), slots.c.seq.desc()).limit(limit))
