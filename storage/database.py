"""The metadata store over SQL: SQLite in a file, or PostgreSQL by URL."""

from types import ModuleType

from pysqlite3 import dbapi2
from sqlalchemy import select, text

from storage import engines, schema
from storage.driver_errors import border
from storage.schema import migrate
from storage.tables import revision
from storage.unit_of_work import SqlUnitOfWork

__all__ = ["SqlStore", "migrate", "open_store"]

REVISION = select(revision.c.number)


class SqlStore:
    """A :class:`core.ports.unit_of_work.Store`; see :func:`open_store`."""

    def __init__(self, database: engines.Database) -> None:
        self._database = database

    def write(self) -> SqlUnitOfWork:
        """Return a unit of work that may write."""
        return SqlUnitOfWork(self._database.writer, self._database.check_file, writes=True)

    def read(self) -> SqlUnitOfWork:
        """Return a unit of work that only reads."""
        return SqlUnitOfWork(self._database.reader, self._database.check_file, writes=False)

    def revision(self) -> int:
        """Return a number that grows with every commit of any process that changed something."""
        self._database.check_file()
        with border(), self._database.reader.connect() as connection:
            return int(connection.execute(REVISION).scalar_one())

    def check(self) -> list[str]:
        """Return what SQLite finds wrong with its file, in sentences; PostgreSQL checks its pages itself."""
        self._database.check_file()
        if self._database.path is None:
            return []
        with border(), self._database.reader.connect() as connection:
            verdicts = [str(row[0]) for row in connection.execute(text("PRAGMA integrity_check(20)"))]
            broken = connection.execute(text("PRAGMA foreign_key_check")).all()
        orphans = [f"a row of {row[0]} belongs to a row of {row[2]} that is not there" for row in broken[:20]]
        return [verdict for verdict in verdicts if verdict != "ok"] + orphans

    def close(self) -> None:
        """Let go of all connections."""
        self._database.close()


def open_store(url: str, *, driver: ModuleType = dbapi2) -> SqlStore:
    """Open a store that :func:`migrate` made; ``driver`` is the module for SQLite.

    Raises:
        InvalidSetting: the URL names no database we can use.
        StoreUnavailable: the database is missing, damaged, or of another version than this program.
        UnsafeSqlite: the driver's SQLite can corrupt files.
    """
    return SqlStore(schema.open_current(url, driver))
