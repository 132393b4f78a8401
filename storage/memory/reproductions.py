"""Answers of reruns in memory."""

from core.records.reproduction import Reproduction
from storage.memory.tables import View, loose
from storage.rows import settled


class MemoryReproductions:
    """A :class:`core.ports.reproductions.ReproductionRepository`."""

    def __init__(self, view: View) -> None:
        self._view = view

    def add(self, reproduction: Reproduction) -> None:
        """Store a new answer; one with the same id is kept as it is.

        Raises:
            ProjectNotFound: there is no such project.
        """
        kept = self._view.change.reproductions
        self._view.need_project(reproduction.project)
        kept.setdefault(reproduction.id, settled(reproduction))

    def find(self, project: str, run_id: str | None = None, limit: int = 50) -> list[Reproduction]:
        """Return the answers on one run or on all of a project, newest first."""
        chosen = [
            one
            for one in reversed(self._view.see.reproductions.values())
            if one.project == project and run_id in (None, one.run_id)
        ]
        return [loose(one) for one in chosen[:limit]]
