"""MLflow's own database: created or upgraded once, under a lock, before any process uses it."""

import logging
import os
import shutil
import sqlite3
from contextlib import closing
from importlib.metadata import version
from pathlib import Path
from typing import Any
from urllib.parse import quote

from filelock import FileLock

from core.errors import TrackingUnavailable

SQLITE = "sqlite:///"
MARKER, LOCK = "mlflow.ready", "mlflow.lock"

logger = logging.getLogger(__name__)


def prepare(uri: str, home: Path) -> None:
    """Create MLflow's database, or upgrade it to the installed MLflow; a server at ``uri`` looks after itself.

    A second call costs a look at the files. A new SQLite file appears whole or not at all; an old one is copied to
    ``backups/<name>.before-<version>`` first.

    Raises:
        TrackingUnavailable: the database cannot be made or upgraded.
    """
    if uri.startswith(("http:", "https:")):
        return
    if _is_ready(uri, home):
        return
    home.mkdir(parents=True, exist_ok=True)
    with FileLock(home / LOCK):
        if not _is_ready(uri, home):
            _migrate(uri, home / "backups")
            (home / MARKER).write_text(_stamp(uri))


def sqlite_file(uri: str) -> Path | None:
    """Return the file behind a SQLite URI, or None for other databases."""
    return Path(uri.removeprefix(SQLITE)) if uri.startswith(SQLITE) else None


def written(file: Path) -> str:
    """Return what changes with every write to a SQLite file: time and size of it and of its log."""
    stats = [one.stat() for one in (file, file.with_name(f"{file.name}-wal")) if one.exists()]
    return " ".join(f"{stat.st_mtime_ns}:{stat.st_size}" for stat in stats)


def _is_ready(uri: str, home: Path) -> bool:
    marker = home / MARKER
    return marker.exists() and marker.read_text() == _stamp(uri)


def _stamp(uri: str) -> str:
    """Return what stays the same until there is something to do: MLflow's version and the database's revision."""
    file = sqlite_file(uri)
    return f"{version('mlflow')} {uri if file is None else _revision(file)}"


def _revision(file: Path) -> str:
    """Return the revision of a SQLite file, read with the library MLflow opens it with; empty when it has none."""
    if not file.exists():
        return ""
    with closing(sqlite3.connect(f"file:{quote(str(file))}?mode=ro", uri=True)) as connection:
        try:
            found = connection.execute("SELECT version_num FROM alembic_version").fetchone()
        except sqlite3.Error as error:
            logger.info("%s has no revision: %s", file, error)
            return ""
    return str(found[0]) if found else ""


def _migrate(uri: str, backups: Path) -> None:
    from mlflow.exceptions import MlflowException
    from sqlalchemy.exc import SQLAlchemyError

    file = sqlite_file(uri)
    try:
        if file is not None and not (file.exists() and file.stat().st_size):
            _create_file(file)
        else:
            _upgrade(uri, file, backups)
    except (MlflowException, SQLAlchemyError, OSError) as error:
        raise TrackingUnavailable(problem=f"its database {uri} cannot be prepared ({error})") from error


def _create_file(file: Path) -> None:
    """Build the database beside its place and move it there when whole."""
    file.parent.mkdir(parents=True, exist_ok=True)
    draft = file.with_name(f"{file.name}.draft")
    draft.unlink(missing_ok=True)
    _upgrade(f"{SQLITE}{draft}", None, file.parent)
    with draft.open("rb") as written:
        os.fsync(written.fileno())
    draft.replace(file)


def _upgrade(uri: str, file: Path | None, backups: Path) -> None:
    from mlflow.store.db import utils

    logging.getLogger("mlflow.store.db.utils").setLevel(logging.WARNING)
    engine = utils.create_sqlalchemy_engine_with_retry(uri)
    try:
        if utils._is_empty_database(engine):  # noqa: SLF001
            utils._initialize_tables(engine)  # noqa: SLF001
        elif _is_old(utils, engine):
            if file is not None:
                backups.mkdir(exist_ok=True)
                shutil.copy2(file, backups / f"{file.name}.before-{version('mlflow')}")
            utils._upgrade_db(engine)  # noqa: SLF001
    finally:
        engine.dispose()


def _is_old(utils: Any, engine: Any) -> bool:
    found = utils._get_schema_version(engine)  # noqa: SLF001
    return bool(found != utils._get_latest_schema_revision())  # noqa: SLF001
