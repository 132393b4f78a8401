"""Answers of reruns at rest."""

from typing import Protocol

from core.records.reproduction import Reproduction


class ReproductionRepository(Protocol):
    """Answers of reruns, never changed; all methods take part in the surrounding transaction."""

    def add(self, reproduction: Reproduction) -> None:
        """Store a new answer; one with the same id is kept as it is.

        Raises:
            ProjectNotFound: there is no such project.
        """
        ...

    def find(self, project: str, run_id: str | None = None, limit: int = 50) -> list[Reproduction]:
        """Return the answers on one run or on all of a project, newest first."""
        ...
