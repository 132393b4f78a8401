"""Projects in SQL."""

from sqlalchemy import delete, select, update

from core.errors import ProjectExists, ProjectNotFound
from core.records.project import Project
from storage.rows import to_row
from storage.statements import Statements
from storage.tables import project as table


class SqlProjects:
    """A :class:`core.ports.projects.ProjectRepository`."""

    def __init__(self, statements: Statements) -> None:
        self._db = statements

    def add(self, project: Project) -> None:
        """Store a new project.

        Raises:
            ProjectExists: the name is taken.
        """
        if not self._db.change(self._db.insert(table).on_conflict_do_nothing(), to_row(project)):
            raise ProjectExists(name=project.name)

    def get(self, name: str) -> Project:
        """Return the project.

        Raises:
            ProjectNotFound: there is none of that name.
        """
        project = self._db.one(Project, select(table).where(table.c.name == name))
        if project is None:
            raise ProjectNotFound(name=name)
        return project

    def all(self) -> list[Project]:
        """Return all projects, oldest first."""
        return self._db.all(Project, select(table).order_by(table.c.seq))

    def replace(self, project: Project) -> None:
        """Put ``project`` in the place of the one of its name; what belongs to it stays.

        Raises:
            ProjectNotFound: there is none of that name.
        """
        row = to_row(project)
        if not self._db.change(update(table).where(table.c.name == row.pop("name")).values(row)):
            raise ProjectNotFound(name=project.name)

    def delete(self, name: str) -> None:
        """Remove the project and, by the foreign keys, every row that belongs to it; audit events stay.

        Raises:
            ProjectNotFound: there is none of that name.
        """
        if not self._db.change(delete(table).where(table.c.name == name)):
            raise ProjectNotFound(name=name)
