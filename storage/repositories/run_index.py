"""The index of runs in SQL."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime
from functools import cached_property
from typing import Any, TypeVar

from sqlalchemy import Select, func, select, update

from core.records.run_index import RunCursor, RunEntry, RunPage, RunRow
from core.records.run_query import FieldGroup, FieldValue, RunField, RunQuestion
from core.records.training import RunStatus
from storage.rows import from_row, to_row
from storage.run_conditions import Conditions
from storage.run_tables import run_comment, run_cursor, run_mark
from storage.run_tables import run_entry as table
from storage.run_words import numbers_of, words_of
from storage.statements import Statements

AT_ONCE = 500
"""Ids named in one statement; databases limit how many values it may have."""

T = TypeVar("T")


class SqlRunIndex:
    """A :class:`core.ports.run_index.RunIndex`."""

    def __init__(self, statements: Statements) -> None:
        self._db = statements

    @cached_property
    def _conditions(self) -> Conditions:
        return Conditions(on_postgres=self._db.on_postgres)

    def put(self, entries: Sequence[RunEntry]) -> int:
        """Store entries; one that is known is replaced, and counts only when something of it changed.

        Raises:
            ProjectNotFound: there is no such project.
        """
        for project in dict.fromkeys(entry.project for entry in entries):
            self._db.need_project(project)
        known = self.find([entry.run_id for entry in entries])
        changed = [entry for entry in entries if known.get(entry.run_id) != entry]
        self._db.put(table, ["run_id"], [_stored(entry) for entry in changed])
        return len(changed)

    def find(self, run_ids: Collection[str]) -> dict[str, RunEntry]:
        """Return the known ones of these runs by id, of any project, deleted ones included."""
        found: dict[str, RunEntry] = {}
        for ids in _pieces(list(run_ids)):
            entries = self._db.all(RunEntry, select(table).where(table.c.run_id.in_(ids)))
            found |= {entry.run_id: entry for entry in entries}
        return found

    def beginning(self, start: str, limit: int) -> list[str]:
        """Return at most ``limit`` ids of any project that begin so, deleted runs left out."""
        query = select(table.c.run_id).where(
            table.c.run_id.startswith(start, autoescape=True), table.c.gone_at.is_(None)
        )
        return [str(row["run_id"]) for row in self._db.rows(query.order_by(table.c.run_id).limit(limit))]

    def ids(self, project: str) -> set[str]:
        """Return the ids of all runs of a project that are not gone."""
        query = select(table.c.run_id).where(table.c.project == project, table.c.gone_at.is_(None))
        return {str(row["run_id"]) for row in self._db.rows(query)}

    def open_ids(self, project: str) -> set[str]:
        """Return the ids of the runs that the index believes to be running."""
        is_open = (table.c.status == RunStatus.RUNNING.value, table.c.gone_at.is_(None))
        query = select(table.c.run_id).where(table.c.project == project, *is_open)
        return {str(row["run_id"]) for row in self._db.rows(query)}

    def versions(self, project: str) -> dict[str, int]:
        """Return the model versions the index knows of, by the id of their run."""
        has_one = (table.c.version.is_not(None), table.c.gone_at.is_(None))
        query = select(table.c.run_id, table.c.version).where(table.c.project == project, *has_one)
        return {str(row["run_id"]): int(row["version"]) for row in self._db.rows(query)}

    def page(self, project: str, question: RunQuestion, first: int, limit: int) -> RunPage:
        """Return runs that answer ``question``, ``limit`` of them from place ``first`` on, counted from 0."""
        comments = select(func.count()).where(run_comment.c.run_id == table.c.run_id).scalar_subquery()
        columns = (table, run_mark.c.starred, run_mark.c.archived, comments.label("comments"))
        query = self._asked(project, question, select(*columns))
        query = query.order_by(*self._conditions.order(question)).offset(first).limit(limit)
        total = self._db.value(self._asked(project, question, select(func.count(table.c.seq))))
        return RunPage(rows=tuple(map(_row, self._db.rows(query))), total=int(total or 0))

    def values(
        self, project: str, question: RunQuestion, fields: Sequence[RunField]
    ) -> list[tuple[FieldValue | None, ...]]:
        """Return these fields of every run that answers ``question``, in its order; None where a run lacks one."""
        columns = [self._conditions.read(field).label(f"f{place}") for place, field in enumerate(fields)]
        query = self._asked(project, question, select(*columns)).order_by(*self._conditions.order(question))
        return [
            tuple(_value(field, row[f"f{place}"]) for place, field in enumerate(fields)) for row in self._db.rows(query)
        ]

    def gone(self, project: str, run_ids: Collection[str], now: datetime) -> int:
        """Note that runs were deleted; return how many that is news of."""
        news = 0
        for ids in _pieces(sorted(run_ids)):
            those = (table.c.project == project, table.c.run_id.in_(ids), table.c.gone_at.is_(None))
            news += self._db.change(update(table).where(*those).values(gone_at=now))
        return news

    def cursor(self, project: str) -> RunCursor:
        """Return how far MLflow was read."""
        found = self._db.one(RunCursor, select(run_cursor).where(run_cursor.c.project == project))
        return found or RunCursor(project=project)

    def move(self, cursor: RunCursor) -> None:
        """Store how far MLflow was read, if that changed.

        Raises:
            ProjectNotFound: there is no such project.
        """
        self._db.need_project(cursor.project)
        if cursor == self.cursor(cursor.project):
            return
        row = to_row(cursor)
        changes = {name: value for name, value in row.items() if name != "project"}
        insert = self._db.insert(run_cursor).values(row)
        self._db.change(insert.on_conflict_do_update(index_elements=["project"], set_=changes))

    def _asked(self, project: str, question: RunQuestion, query: Select[Any]) -> Select[Any]:
        joined = query.select_from(table.outerjoin(run_mark, run_mark.c.run_id == table.c.run_id))
        return joined.where(self._conditions.asked(project, question))


def _pieces(items: Sequence[T]) -> Iterator[Sequence[T]]:
    for start in range(0, len(items), AT_ONCE):
        yield items[start : start + AT_ONCE]


def _stored(entry: RunEntry) -> dict[str, Any]:
    return {**to_row(entry), "numbers": numbers_of(entry.params), "words": words_of(entry)}


def _row(row: Mapping[Any, Any]) -> RunRow:
    entry = from_row(RunEntry, row)
    marks = {name: bool(row[name]) for name in ("starred", "archived")}
    return RunRow(entry=entry, comments=int(row["comments"]), **marks)


def _value(field: RunField, found: Any) -> FieldValue | None:
    if isinstance(found, datetime):
        return found.isoformat()
    if field.group is FieldGroup.PARAMS and isinstance(found, str):
        return numbers_of({"": found}).get("", found)
    return found  # type: ignore[no-any-return]
