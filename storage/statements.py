"""What repositories ask of a transaction: run a statement, read rows as records."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, TypeVar

from sqlalchemy import Connection, CursorResult, Executable, Select, Table, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.sql.dml import UpdateBase

from core.errors import ProjectNotFound
from core.records.base import Record
from storage.driver_errors import border
from storage.rows import from_row
from storage.tables import project

AnyRecord = TypeVar("AnyRecord", bound=Record)
Insert = postgresql.Insert | sqlite.Insert


class Statements:
    """One transaction's connection, with writes refused where only reads are allowed."""

    def __init__(self, connection: Connection, *, writes: bool) -> None:
        self._connection = connection
        self.writes = writes
        self.changed = False
        self._over = False

    def end(self) -> None:
        """Refuse everything from now on."""
        self._over = True

    @property
    def on_postgres(self) -> bool:
        """Whether several writers work at once, so that rows must be locked before they are changed."""
        return self._connection.dialect.name == "postgresql"

    def insert(self, table: Table) -> Insert:
        """Begin an INSERT that may say what happens on a conflict, and that counts its rows."""
        insert = postgresql.insert(table) if self.on_postgres else sqlite.insert(table)
        return insert.inline().execution_options(preserve_rowcount=True)

    def change(self, statement: UpdateBase, values: Mapping[str, Any] | None = None) -> int:
        """Run an INSERT, UPDATE or DELETE; return how many rows it changed."""
        rows = self._run(statement, values).rowcount
        self.changed = self.changed or rows > 0
        return rows

    def note(self, statement: UpdateBase) -> int:
        """Like :meth:`change`, for figures that nobody waits for: the revision of the store stays."""
        return int(self._run(statement).rowcount)

    def put(self, table: Table, key: Sequence[str], rows: Sequence[Mapping[str, Any]]) -> None:
        """Insert many rows in one go, each in place of the one with the same ``key``; all name the same columns."""
        if not rows:
            return
        insert = self.insert(table)
        changes = {name: insert.excluded[name] for name in rows[0] if name not in key}
        self._many(insert.on_conflict_do_update(index_elements=list(key), set_=changes), rows)
        self.changed = True

    def returning(self, statement: UpdateBase, values: Mapping[str, Any] | None = None) -> Mapping[Any, Any] | None:
        """Run a statement that returns the row it changed; None when it changed none."""
        row = self._run(statement, values).mappings().one_or_none()
        self.changed = self.changed or row is not None
        return row

    def one(self, kind: type[AnyRecord], query: Select[Any]) -> AnyRecord | None:
        """Return the only or first row as a record, or None."""
        row = self._run(query).mappings().first()
        return None if row is None else from_row(kind, row)

    def all(self, kind: type[AnyRecord], query: Select[Any]) -> list[AnyRecord]:
        """Return all rows as records."""
        return [from_row(kind, row) for row in self._run(query).mappings()]

    def rows(self, query: Select[Any]) -> Iterator[Mapping[Any, Any]]:
        """Yield all rows as they are."""
        yield from self._run(query).mappings()

    def value(self, query: Executable) -> Any:
        """Return the first column of the first row, or None."""
        return self._run(query).scalar()

    def locked(self, query: Select[Any], *, skip: bool = False) -> Select[Any]:
        """Keep other writers off the rows of ``query`` until this transaction ends; nothing in one that only reads."""
        return query.with_for_update(key_share=True, skip_locked=skip) if self.writes else query

    def need_project(self, name: str | None) -> None:
        """Make sure that the project a row belongs to is there, and stays until this transaction ends.

        Raises:
            ProjectNotFound: it is not.
        """
        if name is None:
            return
        query = select(project.c.seq).where(project.c.name == name)
        if self.value(query.with_for_update(read=True, key_share=True) if self.writes else query) is None:
            raise ProjectNotFound(name=name)

    def _many(self, statement: UpdateBase, rows: Sequence[Mapping[str, Any]]) -> None:
        self._may(statement)
        with border():
            self._connection.execute(statement, [dict(row) for row in rows])

    def _may(self, statement: Executable) -> None:
        if isinstance(statement, UpdateBase) and not self.writes:
            raise RuntimeError("a unit of work that only reads cannot write")
        if self._over:
            raise RuntimeError("the unit of work is over")

    def _run(self, statement: Executable, values: Mapping[str, Any] | None = None) -> CursorResult[Any]:
        self._may(statement)
        with border():
            return self._connection.execute(statement, dict(values) if values is not None else None)
