"""The index of runs: what lists, queries and comparisons read instead of MLflow."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Protocol

from core.records.run_index import RunCursor, RunEntry, RunPage
from core.records.run_query import FieldValue, RunField, RunQuestion


class RunIndex(Protocol):
    """Runs by id. MLflow owns them; the index is what was read of it, and can be made again."""

    def put(self, entries: Sequence[RunEntry]) -> int:
        """Store entries; one that is known is replaced, and counts only when something of it changed.

        Returns:
            How many were new or changed.

        Raises:
            ProjectNotFound: there is no such project.
        """
        ...

    def find(self, run_ids: Collection[str]) -> dict[str, RunEntry]:
        """Return the known ones of these runs by id, of any project, deleted ones included."""
        ...

    def beginning(self, start: str, limit: int) -> list[str]:
        """Return at most ``limit`` ids of any project that begin so, deleted runs left out."""
        ...

    def ids(self, project: str) -> set[str]:
        """Return the ids of all runs of a project that are not gone."""
        ...

    def open_ids(self, project: str) -> set[str]:
        """Return the ids of the runs that the index believes to be running."""
        ...

    def versions(self, project: str) -> dict[str, int]:
        """Return the model versions the index knows of, by the id of their run."""
        ...

    def page(self, project: str, question: RunQuestion, first: int, limit: int) -> RunPage:
        """Return runs that answer ``question``, ``limit`` of them from place ``first`` on, counted from 0."""
        ...

    def values(
        self, project: str, question: RunQuestion, fields: Sequence[RunField]
    ) -> list[tuple[FieldValue | None, ...]]:
        """Return these fields of every run that answers ``question``, in its order; None where a run lacks one.

        Moments come in ISO format, parameters as numbers where they are.
        """
        ...

    def gone(self, project: str, run_ids: Collection[str], now: datetime) -> int:
        """Note that runs were deleted; return how many that is news of."""
        ...

    def cursor(self, project: str) -> RunCursor:
        """Return how far MLflow was read."""
        ...

    def move(self, cursor: RunCursor) -> None:
        """Store how far MLflow was read, if that changed.

        Raises:
            ProjectNotFound: there is no such project.
        """
        ...
