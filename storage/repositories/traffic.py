"""Traffic and tallies in SQL."""

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import delete, select, update

from core.errors import Conflict
from core.records.traffic import ServingTally, Traffic, TrafficEnd
from storage.rows import from_row, to_row
from storage.serving_tables import serving_tally, traffic
from storage.statements import Statements
from storage.tables import project as projects


class SqlTraffic:
    """A :class:`core.ports.traffic.TrafficRepository`."""

    def __init__(self, statements: Statements) -> None:
        self._db = statements

    def open(self, given: Traffic) -> Traffic:
        """Store an open interval and return it with the id it got.

        Raises:
            ProjectNotFound: there is no such project.
            Conflict: another one is open.
        """
        self._db.need_project(given.project)
        values = {name: value for name, value in to_row(given).items() if name != "id"}
        insert = self._db.insert(traffic).values(values).on_conflict_do_nothing()
        row = self._db.returning(insert.returning(*traffic.c))
        if row is None:
            raise Conflict(problem=f"The traffic of {given.project} was changed at the same moment. Try again.")
        return from_row(Traffic, row)

    def close(self, project: str, end: TrafficEnd, actor: str, reason: str, now: datetime) -> Traffic | None:
        """Close the open interval, not before it began, and return it, or None when none is open."""
        current = self.current(project)
        if current is None:
            return None
        values = {"until": max(now, current.since), "end": end.value, "ended_by": actor, "end_reason": reason}
        statement = update(traffic).where(traffic.c.id == current.id, traffic.c.until.is_(None)).values(values)
        row = self._db.returning(statement.returning(*traffic.c))
        return None if row is None else from_row(Traffic, row)

    def current(self, project: str) -> Traffic | None:
        """Return the open interval, or None."""
        query = select(traffic).where(traffic.c.project == project, traffic.c.until.is_(None))
        return self._db.one(Traffic, self._db.locked(query))

    def live(self) -> list[Traffic]:
        """Return the open intervals of all projects, by project."""
        query = select(traffic).where(traffic.c.until.is_(None))
        return self._db.all(Traffic, query.order_by(traffic.c.project))

    def history(self, project: str) -> list[Traffic]:
        """Return all intervals, newest first."""
        query = select(traffic).where(traffic.c.project == project)
        return self._db.all(Traffic, query.order_by(traffic.c.id.desc()))


class SqlTallies:
    """A :class:`core.ports.traffic.TallyRepository`."""

    def __init__(self, statements: Statements) -> None:
        self._db = statements

    def put(self, tallies: Sequence[ServingTally]) -> None:
        """Store tallies in place of those of the same process, minute, project, version and cohort."""
        names = {tally.project for tally in tallies}
        query = select(projects.c.name).where(projects.c.name.in_(names)).order_by(projects.c.name)
        locked = query.with_for_update(read=True, key_share=True) if self._db.writes else query
        known = {row["name"] for row in self._db.rows(locked)}
        for tally in tallies:
            if tally.project in known:
                self._put(tally)

    def _put(self, tally: ServingTally) -> None:
        insert = self._db.insert(serving_tally).values(to_row(tally))
        counted = ("requests", "refused", "failed", "rows", "buckets", "seconds", "cpu_s", "memory_mb")
        self._db.note(
            insert.on_conflict_do_update(
                index_elements=["project", "minute", "process", "version", "cohort"],
                set_={name: insert.excluded[name] for name in counted},
            )
        )

    def find(
        self, project: str, since: datetime, until: datetime | None = None, cohorts: Collection[str] | None = None
    ) -> list[ServingTally]:
        """Return the tallies with ``since <= minute < until``, oldest first; of some cohorts, or of all."""
        table = serving_tally.c
        query = select(serving_tally).where(table.project == project, table.minute >= since)
        if until is not None:
            query = query.where(table.minute < until)
        if cohorts is not None:
            query = query.where(table.cohort.in_(cohorts))
        return self._db.all(ServingTally, query.order_by(table.minute, table.seq))

    def expire(self, before: datetime) -> int:
        """Remove the tallies of minutes before ``before``; return how many."""
        return self._db.note(delete(serving_tally).where(serving_tally.c.minute < before))
