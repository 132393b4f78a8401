"""Projects at rest."""

from typing import Protocol

from core.records.project import Project


class ProjectRepository(Protocol):
    """Projects by name."""

    def add(self, project: Project) -> None:
        """Store a new project.

        Raises:
            ProjectExists: the name is taken.
        """
        ...

    def get(self, name: str) -> Project:
        """Return the project.

        Raises:
            ProjectNotFound: there is none of that name.
        """
        ...

    def all(self) -> list[Project]:
        """Return all projects, oldest first."""
        ...

    def replace(self, project: Project) -> None:
        """Put ``project`` in the place of the one of its name; what belongs to it stays.

        Raises:
            ProjectNotFound: there is none of that name.
        """
        ...

    def delete(self, name: str) -> None:
        """Remove the project and every row that belongs to it: dataset versions, jobs, schedules and firings,
        retraining rules, deployments, reports. Audit events stay.

        Raises:
            ProjectNotFound: there is none of that name.
        """
        ...
