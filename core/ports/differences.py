"""Differences between dataset versions at rest."""

from typing import Protocol

from core.records.difference import Difference


class DifferenceRepository(Protocol):
    """Differences that were computed; each can be computed again from the two versions."""

    def keep(self, difference: Difference) -> None:
        """Store a difference; it takes the place of one with the same id.

        Raises:
            ProjectNotFound: there is no such project.
        """
        ...

    def get(self, id: str) -> Difference | None:
        """Return one difference, or None."""
        ...

    def find(self, project: str, limit: int = 100) -> list[Difference]:
        """Return differences, newest first."""
        ...

    def forget(self, project: str, ref: str) -> list[Difference]:
        """Remove and return all differences of a dataset version, written ``name@number``, from or to others."""
        ...
