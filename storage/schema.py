"""Which version of the tables a database has, and the way to the present one."""

import os
from pathlib import Path
from types import ModuleType

from filelock import FileLock
from pysqlite3 import dbapi2
from sqlalchemy import URL, Connection, Engine, func, inspect, select, text

from core.clock import SystemClock
from core.errors import StoreUnavailable
from storage import engines
from storage.driver_errors import DAMAGED, border
from storage.engines import Database
from storage.known_files import KnownFiles, sync_folder

SCRIPTS = Path(__file__).parent / "migrations"
UPGRADE_LOCK = 7_046_029_255
"""Number of the advisory lock that keeps a second machine from upgrading the same PostgreSQL database."""


def revisions(scripts: Path = SCRIPTS) -> list[str]:
    """Return the revisions this program knows, oldest first; the last is the one it works with."""
    return sorted(file.name.split("_")[0] for file in (scripts / "versions").glob("[0-9]*_*.py"))


def open_current(url: str, driver: ModuleType = dbapi2, scripts: Path = SCRIPTS) -> Database:
    """Open a database whose tables are those this program works with.

    Raises:
        StoreUnavailable: they are not; the message says what to do.
    """
    database = _open(engines.parse(url), driver)
    try:
        _check_revision(found_revision(database.reader), scripts)
    except BaseException:
        database.close()
        raise
    return database


def migrate(url: str, home: Path, *, scripts: Path = SCRIPTS) -> None:
    """Bring a database to the present revision, one process at a time; quick when it is there already.

    A file is checked, and copied to ``home/backups`` before it is changed. An upgrade happens in one transaction.

    Raises:
        InvalidSetting: the URL names no database we can use.
        StoreUnavailable: the database is damaged, foreign, newer than this program, or a file that vanished.
        UnsafeSqlite: this SQLite can corrupt files.
    """
    target = engines.parse(url)
    home.mkdir(parents=True, exist_ok=True, mode=0o700)
    with FileLock(home / "store.lock"):
        path = engines.file_of(target)
        if path is None:
            _upgrade_server(target, scripts)
        else:
            _upgrade_file(path, home, scripts)


def found_revision(engine: Engine) -> str | None:
    """Return the revision of the tables, None when there are none at all.

    Raises:
        StoreUnavailable: there are tables, but not ours.
    """
    with border(), engine.begin() as connection:
        names = inspect(connection).get_table_names()
        if not names:
            return None
        if "alembic_version" not in names:
            raise StoreUnavailable(problem="the database holds tables of something else. Choose an empty one")
        found = connection.scalar(text("SELECT version_num FROM alembic_version"))
        return None if found is None else str(found)


def _open(target: URL, driver: ModuleType) -> Database:
    path = engines.file_of(target)
    if path is None:
        return engines.open_server(target)
    if not path.exists():
        raise StoreUnavailable(problem=f"the file {path} does not exist. `make run` creates it")
    return engines.open_file(path, driver=driver)


def _check_revision(found: str | None, scripts: Path) -> None:
    known = revisions(scripts)
    if found is None:
        raise StoreUnavailable(problem="the database is empty. `make run` prepares it")
    if found not in known:
        raise StoreUnavailable(
            problem=f"its tables are of revision {found}, which this version of Pilothouse does not know. Install the "
            "version that wrote them, or restore a backup from before"
        )
    if found != known[-1]:
        raise StoreUnavailable(
            problem=f"its tables are of revision {found}, and {known[-1]} is needed. `make run` upgrades them, after "
            "a backup"
        )


def _upgrade_server(target: URL, scripts: Path) -> None:
    database = engines.open_server(target)
    try:
        found = found_revision(database.reader)
        if _is_due(found, scripts):
            with border(), database.writer.begin() as connection:
                connection.execute(select(func.pg_advisory_xact_lock(UPGRADE_LOCK)))
                _run_scripts(connection, scripts)
    finally:
        database.close()


def _upgrade_file(path: Path, home: Path, scripts: Path) -> None:
    known = KnownFiles(home)
    if not path.exists():
        known.refuse_if_vanished(path)
        path.parent.mkdir(parents=True, exist_ok=True)
    database = engines.open_file(path, create=not path.exists())
    try:
        found = _sound_revision(database, known, path)
        if _is_due(found, scripts):
            if found is not None:
                _back_up(database, home / "backups" / f"{path.stem}-{found}-{SystemClock().now():%Y%m%dT%H%M%S}.db")
            with border(), database.writer.begin() as connection:
                _run_scripts(connection, scripts)
    finally:
        database.close()
    known.add(path)


def _sound_revision(database: Database, known: KnownFiles, path: Path) -> str | None:
    with border(), database.writer.connect() as connection:
        verdict = str(connection.scalar(text("PRAGMA quick_check(1)")))
    if verdict != "ok":
        raise StoreUnavailable(problem=DAMAGED.format(found=verdict))
    found = found_revision(database.writer)
    if found is None:
        known.refuse_if_vanished(path)
    return found


def _is_due(found: str | None, scripts: Path) -> bool:
    known = revisions(scripts)
    if found is not None and found not in known:
        _check_revision(found, scripts)
    return found != known[-1]


def _back_up(database: Database, file: Path) -> None:
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    part = file.with_suffix(".part")
    part.unlink(missing_ok=True)
    with border(), database.writer.connect().execution_options(**{engines.NO_TRANSACTION: True}) as connection:
        connection.execute(text("VACUUM INTO :file"), {"file": str(part)})
    with part.open("rb") as written:
        os.fsync(written.fileno())
    part.rename(file)
    sync_folder(file.parent)


def _run_scripts(connection: Connection, scripts: Path) -> None:
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(scripts).replace("%", "%%"))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
