"""Connections to the metadata store: how each database is opened, begun and kept safe."""

import sqlite3
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any
from urllib.parse import quote

from pysqlite3 import dbapi2
from sqlalchemy import URL, Connection, Engine, QueuePool, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError

from core.errors import InvalidSetting, StoreUnavailable, UnsafeSqlite

BUSY_S = 15.0
IDLE_S = 60

NO_TRANSACTION = "no_transaction"
"""Execution option of a connection for statements that SQLite refuses inside a transaction."""

FIRST_FAULTY, FIRST_MENDED = (3, 7, 0), (3, 51, 3)
MENDED_BRANCHES = {(3, 44): 6, (3, 50): 7}
"""Minor releases that got the WAL-reset fix later, from this patch on."""


@dataclass(frozen=True)
class Database:
    """Two ways into one database: ``writer`` transactions may change it, ``reader`` ones cannot."""

    writer: Engine
    reader: Engine
    path: Path | None = None
    """The file, of a database that is one."""

    identity: tuple[int, int] | None = None

    def check_file(self) -> None:
        """Make sure that the file opened is still the one at its path: writes to a removed file would be lost.

        Raises:
            StoreUnavailable: it was removed or replaced.
        """
        if self.path is not None and file_identity(self.path) != self.identity:
            problem = f"the file {self.path} was removed or replaced while in use. Restore it and start again"
            raise StoreUnavailable(problem=problem)

    def close(self) -> None:
        """Let go of all connections."""
        self.writer.dispose()
        self.reader.dispose()


def parse(url: str) -> URL:
    """Read the URL of a database we can use.

    Raises:
        InvalidSetting: it is no such URL.
    """
    try:
        parsed = make_url(url)
    except ArgumentError as error:
        raise _refused("it is not a database URL") from error
    if parsed.get_backend_name() == "sqlite" and parsed.database in (None, "", ":memory:"):
        raise _refused("SQLite needs a file, like sqlite:////var/lib/pilothouse/pilothouse.db")
    if parsed.get_backend_name() not in ("sqlite", "postgresql"):
        raise _refused(f"{parsed.drivername!r} is neither sqlite nor postgresql")
    return parsed


def file_of(url: URL) -> Path | None:
    """Return the file of a SQLite URL, None for a server's."""
    return Path(url.database or "").expanduser().resolve() if url.get_backend_name() == "sqlite" else None


def file_identity(path: Path) -> tuple[int, int] | None:
    """Return what tells the file at ``path`` from another that takes its place; None when there is none."""
    try:
        status = path.stat()
    except FileNotFoundError:
        return None
    return status.st_dev, status.st_ino


def open_file(path: Path, *, create: bool = False, driver: ModuleType = dbapi2) -> Database:
    """Open a SQLite file in WAL mode with full synchronisation; a missing one is made only when asked for.

    Raises:
        UnsafeSqlite: this SQLite can corrupt a file in WAL mode.
    """
    check_version(driver.sqlite_version_info)
    writer = _file_engine(path, driver, "BEGIN IMMEDIATE", create=create)
    reader = _file_engine(path, driver, "BEGIN", create=False)
    event.listen(reader, "connect", _query_only)
    return Database(writer, reader, path, file_identity(path))


def open_server(url: URL) -> Database:
    """Open a PostgreSQL database."""
    waits = int(BUSY_S * 1000)
    options = f"-c lock_timeout={waits} -c idle_in_transaction_session_timeout={IDLE_S * 1000} -c timezone=UTC"
    engine = create_engine(
        url.set(drivername="postgresql+psycopg"),
        pool_pre_ping=True,
        connect_args={"connect_timeout": 5, "options": options, "application_name": "pilothouse"},
    )
    reader = engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
    return Database(engine, reader)


def check_version(version: tuple[int, ...]) -> None:
    """Refuse a SQLite with the WAL-reset fault.

    Raises:
        UnsafeSqlite: it has the fault.
    """
    mended = MENDED_BRANCHES.get((version[0], version[1]))
    if FIRST_FAULTY <= version < FIRST_MENDED and (mended is None or version[2] < mended):
        raise UnsafeSqlite(version=".".join(map(str, version)))


def _file_engine(path: Path, driver: ModuleType, begin: str, *, create: bool) -> Engine:
    address = f"file:{quote(str(path))}?mode={'rwc' if create else 'rw'}"

    def connect() -> sqlite3.Connection:
        connection: sqlite3.Connection = driver.connect(
            address, uri=True, timeout=BUSY_S, isolation_level=None, check_same_thread=False
        )
        for pragma in ("journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON"):
            connection.execute(f"PRAGMA {pragma}").close()
        return connection

    engine = create_engine("sqlite://", module=driver, creator=connect, poolclass=QueuePool)

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        if not connection.get_execution_options().get(NO_TRANSACTION):
            connection.exec_driver_sql(begin)

    return engine


def _query_only(connection: Any, _record: object) -> None:
    connection.execute("PRAGMA query_only = ON").close()


def _refused(problem: str) -> InvalidSetting:
    return InvalidSetting(name="PILOTHOUSE_DATABASE_URL", problem=problem)
