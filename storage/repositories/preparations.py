"""Preparation recipes in SQL."""

from sqlalchemy import select

from core.errors import Conflict, PreparationNotFound
from core.records.preparation import PreparationVersion
from storage.rows import to_row
from storage.statements import Statements
from storage.training_tables import preparation as table


class SqlPreparations:
    """A :class:`core.ports.preparations.PreparationRepository`."""

    def __init__(self, statements: Statements) -> None:
        self._db = statements

    def add(self, version: PreparationVersion) -> None:
        """Store a new version.

        Raises:
            Conflict: that number is taken.
            ProjectNotFound: there is no such project.
        """
        self._db.need_project(version.project)
        if not self._db.change(self._db.insert(table).on_conflict_do_nothing(), to_row(version)):
            raise Conflict(problem=f"Preparation {version.number} exists already. Try again.")

    def get(self, project: str, number: int) -> PreparationVersion:
        """Return one version.

        Raises:
            PreparationNotFound: there is no such version; the message names the ones there are.
        """
        query = select(table).where(table.c.project == project, table.c.number == number)
        version = self._db.one(PreparationVersion, query)
        if version is None:
            known = ", ".join(str(other.number) for other in self.find(project)) or "none"
            raise PreparationNotFound(project=project, number=number, known=known)
        return version

    def latest(self, project: str) -> PreparationVersion | None:
        """Return the version with the highest number, or None."""
        query = select(table).where(table.c.project == project).order_by(table.c.number.desc())
        return self._db.one(PreparationVersion, query.limit(1))

    def find(self, project: str) -> list[PreparationVersion]:
        """Return all versions of the project, newest first."""
        query = select(table).where(table.c.project == project).order_by(table.c.number.desc())
        return self._db.all(PreparationVersion, query)
