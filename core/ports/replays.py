"""Replays at rest."""

from typing import Protocol

from core.records.replay import Replay


class ReplayRepository(Protocol):
    """Results of replays, never changed; all methods take part in the surrounding transaction."""

    def add(self, replay: Replay) -> None:
        """Store a new result; one with the same id is kept as it is.

        Raises:
            ProjectNotFound: there is no such project.
        """
        ...

    def find(self, project: str, version: int | None = None, limit: int = 50) -> list[Replay]:
        """Return the replays of one version or of all of a project, newest first."""
        ...
