"""The index of runs in memory."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from core.records.run_index import RunCursor, RunEntry, RunMark, RunPage, RunRow
from core.records.run_query import FieldValue, RunField, RunQuestion
from core.records.training import RunStatus
from storage.memory import run_conditions
from storage.memory.tables import View, loose
from storage.rows import settled


class MemoryRunIndex:
    """A :class:`core.ports.run_index.RunIndex`."""

    def __init__(self, view: View) -> None:
        self._view = view

    def put(self, entries: Sequence[RunEntry]) -> int:
        """Store entries; one that is known is replaced, and counts only when something of it changed.

        Raises:
            ProjectNotFound: there is no such project.
        """
        rows = self._view.see.run_entries
        for entry in entries:
            self._view.need_project(entry.project)
        changed = [entry for entry in entries if rows.get(entry.run_id) != entry]
        if changed:
            self._view.change.run_entries.update({entry.run_id: settled(entry) for entry in changed})
        return len(changed)

    def find(self, run_ids: Collection[str]) -> dict[str, RunEntry]:
        """Return the known ones of these runs by id, of any project, deleted ones included."""
        rows = self._view.see.run_entries
        return {run_id: loose(rows[run_id]) for run_id in run_ids if run_id in rows}

    def beginning(self, start: str, limit: int) -> list[str]:
        """Return at most ``limit`` ids of any project that begin so, deleted runs left out."""
        rows = self._view.see.run_entries.values()
        return sorted(row.run_id for row in rows if row.run_id.startswith(start) and row.gone_at is None)[:limit]

    def ids(self, project: str) -> set[str]:
        """Return the ids of all runs of a project that are not gone."""
        return {entry.run_id for entry in self._here(project)}

    def open_ids(self, project: str) -> set[str]:
        """Return the ids of the runs that the index believes to be running."""
        return {entry.run_id for entry in self._here(project) if entry.status is RunStatus.RUNNING}

    def versions(self, project: str) -> dict[str, int]:
        """Return the model versions the index knows of, by the id of their run."""
        return {entry.run_id: entry.version for entry in self._here(project) if entry.version is not None}

    def page(self, project: str, question: RunQuestion, first: int, limit: int) -> RunPage:
        """Return runs that answer ``question``, ``limit`` of them from place ``first`` on, counted from 0."""
        found = self._answering(project, question)
        said = self._view.see.run_comments.values()
        rows = [
            RunRow(
                entry=loose(entry),
                starred=mark.starred,
                archived=mark.archived,
                comments=sum(comment.run_id == entry.run_id for comment in said),
            )
            for entry, mark in found[first : first + limit]
        ]
        return RunPage(rows=tuple(rows), total=len(found))

    def values(
        self, project: str, question: RunQuestion, fields: Sequence[RunField]
    ) -> list[tuple[FieldValue | None, ...]]:
        """Return these fields of every run that answers ``question``, in its order; None where a run lacks one."""
        return [
            tuple(_plain(run_conditions.value(seen, field)) for field in fields)
            for seen in self._answering(project, question)
        ]

    def gone(self, project: str, run_ids: Collection[str], now: datetime) -> int:
        """Note that runs were deleted; return how many that is news of."""
        news = [entry for entry in self._here(project) if entry.run_id in run_ids]
        for entry in news:
            self._view.change.run_entries[entry.run_id] = entry.model_copy(update={"gone_at": now})
        return len(news)

    def cursor(self, project: str) -> RunCursor:
        """Return how far MLflow was read."""
        return self._view.see.run_cursors.get(project) or RunCursor(project=project)

    def move(self, cursor: RunCursor) -> None:
        """Store how far MLflow was read, if that changed.

        Raises:
            ProjectNotFound: there is no such project.
        """
        self._view.need_project(cursor.project)
        if cursor != self.cursor(cursor.project):
            self._view.change.run_cursors[cursor.project] = settled(cursor)

    def _here(self, project: str) -> list[RunEntry]:
        rows = self._view.see.run_entries.values()
        return [entry for entry in rows if entry.project == project and entry.gone_at is None]

    def _answering(self, project: str, question: RunQuestion) -> list[run_conditions.Seen]:
        marks = self._view.see.run_marks
        blank = RunMark(project=project, run_id="")
        seen = [(entry, marks.get(entry.run_id, blank)) for entry in self._here(project)]
        return run_conditions.ordered([one for one in seen if run_conditions.answers(one, question)], question)


def _plain(found: Any) -> FieldValue | None:
    if isinstance(found, datetime):
        return found.isoformat()
    return str(found) if isinstance(found, str) else found
