"""Differences between dataset versions in memory."""

from core.records.difference import Difference
from storage.memory.tables import View, loose
from storage.rows import settled


class MemoryDifferences:
    """A :class:`core.ports.differences.DifferenceRepository`."""

    def __init__(self, view: View) -> None:
        self._view = view

    def keep(self, difference: Difference) -> None:
        """Store a difference; it takes the place of one with the same id.

        Raises:
            ProjectNotFound: there is no such project.
        """
        differences = self._view.change.differences
        self._view.need_project(difference.project)
        differences[difference.id] = settled(difference)

    def get(self, id: str) -> Difference | None:
        """Return one difference, or None."""
        found = self._view.see.differences.get(id)
        return None if found is None else loose(found)

    def find(self, project: str, limit: int = 100) -> list[Difference]:
        """Return differences, newest first."""
        chosen = [item for item in reversed(self._view.see.differences.values()) if item.project == project]
        return [loose(item) for item in chosen[:limit]]

    def forget(self, project: str, ref: str) -> list[Difference]:
        """Remove and return all differences of a dataset version."""
        known = self.find(project, len(self._view.see.differences))
        gone = [item for item in known if ref in (item.before, item.after)]
        for item in gone:
            del self._view.change.differences[item.id]
        return gone
