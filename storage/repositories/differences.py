"""Differences between dataset versions in SQL."""

from sqlalchemy import delete, or_, select

from core.records.difference import Difference
from storage.difference_tables import difference as table
from storage.rows import to_row
from storage.statements import Statements


class SqlDifferences:
    """A :class:`core.ports.differences.DifferenceRepository`."""

    def __init__(self, statements: Statements) -> None:
        self._db = statements

    def keep(self, difference: Difference) -> None:
        """Store a difference; it takes the place of one with the same id.

        Raises:
            ProjectNotFound: there is no such project.
        """
        self._db.need_project(difference.project)
        row = to_row(difference)
        self._db.change(self._db.insert(table).values(row).on_conflict_do_update(index_elements=["id"], set_=row))

    def get(self, id: str) -> Difference | None:
        """Return one difference, or None."""
        return self._db.one(Difference, select(table).where(table.c.id == id))

    def find(self, project: str, limit: int = 100) -> list[Difference]:
        """Return differences, newest first."""
        query = select(table).where(table.c.project == project)
        return self._db.all(Difference, query.order_by(table.c.seq.desc()).limit(limit))

    def forget(self, project: str, ref: str) -> list[Difference]:
        """Remove and return all differences of a dataset version."""
        condition = (table.c.project == project) & or_(table.c.before == ref, table.c.after == ref)
        gone = self._db.all(Difference, select(table).where(condition).order_by(table.c.seq.desc()))
        if gone:
            self._db.change(delete(table).where(condition))
        return gone
