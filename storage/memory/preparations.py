"""Preparation recipes in memory."""

from core.errors import Conflict, PreparationNotFound
from core.records.preparation import PreparationVersion
from storage.memory.tables import View, loose
from storage.rows import settled


class MemoryPreparations:
    """A :class:`core.ports.preparations.PreparationRepository`."""

    def __init__(self, view: View) -> None:
        self._view = view

    def add(self, version: PreparationVersion) -> None:
        """Store a new version.

        Raises:
            Conflict: that number is taken.
            ProjectNotFound: there is no such project.
        """
        kept = self._view.change.preparations
        self._view.need_project(version.project)
        if (version.project, version.number) in kept:
            raise Conflict(problem=f"Preparation {version.number} exists already. Try again.")
        kept[version.project, version.number] = settled(version)

    def get(self, project: str, number: int) -> PreparationVersion:
        """Return one version.

        Raises:
            PreparationNotFound: there is no such version; the message names the ones there are.
        """
        found = self._view.see.preparations.get((project, number))
        if found is None:
            known = ", ".join(str(other.number) for other in self.find(project)) or "none"
            raise PreparationNotFound(project=project, number=number, known=known)
        return loose(found)

    def latest(self, project: str) -> PreparationVersion | None:
        """Return the version with the highest number, or None."""
        return next(iter(self.find(project)), None)

    def find(self, project: str) -> list[PreparationVersion]:
        """Return all versions of the project, newest first."""
        mine = [version for version in self._view.see.preparations.values() if version.project == project]
        return [loose(version) for version in sorted(mine, key=lambda version: -version.number)]
