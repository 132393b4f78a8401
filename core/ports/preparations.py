"""Preparation recipes at rest."""

from typing import Protocol

from core.records.preparation import PreparationVersion


class PreparationRepository(Protocol):
    """Immutable recipes, numbered from 1 within a project; all methods take part in the surrounding transaction."""

    def add(self, version: PreparationVersion) -> None:
        """Store a new version.

        Raises:
            Conflict: that number is taken (another writer was faster; take the next number in a new transaction).
            ProjectNotFound: there is no such project.
        """
        ...

    def get(self, project: str, number: int) -> PreparationVersion:
        """Return one version.

        Raises:
            PreparationNotFound: there is no such version; the message names the ones there are.
        """
        ...

    def latest(self, project: str) -> PreparationVersion | None:
        """Return the version with the highest number, or None."""
        ...

    def find(self, project: str) -> list[PreparationVersion]:
        """Return all versions of the project, newest first."""
        ...
