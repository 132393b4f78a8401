"""Replays in memory."""

from core.records.replay import Replay
from storage.memory.tables import View, loose
from storage.rows import settled


class MemoryReplays:
    """A :class:`core.ports.replays.ReplayRepository`."""

    def __init__(self, view: View) -> None:
        self._view = view

    def add(self, replay: Replay) -> None:
        """Store a new result; one with the same id is kept as it is.

        Raises:
            ProjectNotFound: there is no such project.
        """
        kept = self._view.change.replays
        self._view.need_project(replay.project)
        kept.setdefault(replay.id, settled(replay))

    def find(self, project: str, version: int | None = None, limit: int = 50) -> list[Replay]:
        """Return the replays of one version or of all of a project, newest first."""
        chosen = [
            one
            for one in reversed(self._view.see.replays.values())
            if one.project == project and version in (None, one.version)
        ]
        return [loose(one) for one in chosen[:limit]]
