"""Replays in SQL."""

from sqlalchemy import select

from core.records.replay import Replay
from storage.decision_tables import replay as table
from storage.rows import to_row
from storage.statements import Statements


class SqlReplays:
    """A :class:`core.ports.replays.ReplayRepository`."""

    def __init__(self, statements: Statements) -> None:
        self._db = statements

    def add(self, replay: Replay) -> None:
        """Store a new result; one with the same id is kept as it is.

        Raises:
            ProjectNotFound: there is no such project.
        """
        self._db.need_project(replay.project)
        self._db.change(self._db.insert(table).on_conflict_do_nothing(), to_row(replay))

    def find(self, project: str, version: int | None = None, limit: int = 50) -> list[Replay]:
        """Return the replays of one version or of all of a project, newest first."""
        query = select(table).where(table.c.project == project)
        if version is not None:
            query = query.where(table.c.version == version)
        return self._db.all(Replay, query.order_by(table.c.seq.desc()).limit(limit))
