"""Answers of reruns in SQL."""

from sqlalchemy import select

from core.records.reproduction import Reproduction
from storage.rows import to_row
from storage.statements import Statements
from storage.training_tables import reproduction as table


class SqlReproductions:
    """A :class:`core.ports.reproductions.ReproductionRepository`."""

    def __init__(self, statements: Statements) -> None:
        self._db = statements

    def add(self, reproduction: Reproduction) -> None:
        """Store a new answer; one with the same id is kept as it is.

        Raises:
            ProjectNotFound: there is no such project.
        """
        self._db.need_project(reproduction.project)
        self._db.change(self._db.insert(table).on_conflict_do_nothing(), to_row(reproduction))

    def find(self, project: str, run_id: str | None = None, limit: int = 50) -> list[Reproduction]:
        """Return the answers on one run or on all of a project, newest first."""
        query = select(table).where(table.c.project == project)
        if run_id is not None:
            query = query.where(table.c.run_id == run_id)
        return self._db.all(Reproduction, query.order_by(table.c.seq.desc()).limit(limit))
