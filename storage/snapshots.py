"""Consistent copies of SQLite databases, MLflow's files and the prediction log, taken while others write."""

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from types import ModuleType
from urllib.parse import quote

from pysqlite3 import dbapi2

from core.errors import InvalidInput, StoreUnavailable
from core.ports.snapshots import Part
from core.settings import Settings
from storage import engines
from storage.mlflow_schema import sqlite_file

METADATA, TRACKING = "pilothouse.db", "mlflow.db"
KNOWN = "known_stores"
PLACES = (
    ("experiments", "artifact_location"),
    ("runs", "artifact_uri"),
    ("logged_models", "artifact_location"),
    ("model_versions", "source"),
    ("model_versions", "storage_location"),
)
"""Columns of MLflow's database that hold full paths of artifacts."""


class HomeSnapshots:
    """A :class:`core.ports.snapshots.Snapshots` of an installation that keeps its databases in SQLite files."""

    def __init__(self, settings: Settings) -> None:
        """Nothing is opened before its first use."""
        self._settings = settings

    def take(self, folder: Path) -> Iterator[Part]:
        """Yield the parts: metadata, MLflow's database, its artifacts, the prediction log, `.dvc` files."""
        settings = self._settings
        metadata = engines.file_of(engines.parse(settings.database_url))
        tracking = sqlite_file(settings.mlflow_tracking_uri)
        if metadata is None:
            raise _on_a_server("metadata", "Back both databases up with `pg_dump`, then the blobs")
        if tracking is None:
            raise _on_a_server("MLflow", "Back that server up, then the metadata and the blobs")
        yield _copied(metadata, folder / METADATA, METADATA, dbapi2)
        yield _copied(tracking, folder / TRACKING, TRACKING, sqlite3)  # the library MLflow itself opens it with
        yield from _files(settings.home, settings.home / "mlflow")
        yield from _predictions(settings, folder)
        yield from _files(settings.home, settings.home / "dvc")

    def adopt(self, folder: Path, former: str, home: Path) -> None:
        """Point MLflow's artifacts at ``home``, and let it know which databases belong to it."""
        (folder / KNOWN).write_text(f"{METADATA}\n", encoding="utf-8")
        old, new = Path(former).as_uri(), home.as_uri()
        with closing(sqlite3.connect(folder / TRACKING)) as connection:
            for table, column in PLACES:
                known = {row[1] for row in connection.execute(f"PRAGMA table_info({table})")}
                if column in known:
                    statement = f"UPDATE {table} SET {column} = ? || substr({column}, ?) WHERE {column} LIKE ?"  # noqa: S608
                    connection.execute(statement, (new, len(old) + 1, f"{old}/%"))
            connection.commit()


def _copied(file: Path, target: Path, name: str, driver: ModuleType) -> Part:
    """Copy a SQLite file with its online backup, all pages in one step, so that it is of one moment."""
    if not file.exists():
        raise StoreUnavailable(problem=f"{file} is not there")
    try:
        with (
            closing(driver.connect(f"file:{quote(str(file))}?mode=ro", uri=True, timeout=engines.BUSY_S)) as source,
            closing(driver.connect(str(target))) as copy,
        ):
            source.backup(copy)
            verdict = copy.execute("PRAGMA quick_check(1)").fetchone()[0]
    except (sqlite3.Error, dbapi2.Error) as error:
        raise StoreUnavailable(problem=f"{file} cannot be copied: {error}") from error
    if verdict != "ok":
        raise StoreUnavailable(problem=f"the copy of {file} is damaged: {verdict}")
    return Part(name, target, target.stat().st_size)


def _files(home: Path, folder: Path) -> Iterator[Part]:
    for file in sorted(folder.rglob("*")):
        if file.is_file() and not file.is_symlink():
            yield Part(str(file.relative_to(home)), file, file.stat().st_size)


def _predictions(settings: Settings, folder: Path) -> Iterator[Part]:
    """Yield the prediction log, lines before Parquet: lines that became Parquet meanwhile are in that."""
    for project in sorted(folder for root in (settings.predictions, settings.shadows) for folder in root.glob("*")):
        for suffix in (".jsonl", ".parquet"):
            for file in sorted(project.glob(f"*{suffix}")):
                copy = folder / "predictions"
                try:
                    shutil.copyfile(file, copy)
                except FileNotFoundError:
                    continue  # it became Parquet, or its time was over
                size = _whole_lines(copy) if suffix == ".jsonl" else copy.stat().st_size
                yield Part(str(file.relative_to(settings.home)), copy, size)


def _whole_lines(file: Path) -> int:
    """Return the size of a growing log up to the end of its last whole line."""
    with file.open("rb") as log:
        size = log.seek(0, 2)
        start = size
        while start:
            start = max(0, start - 65_536)
            log.seek(start)
            end = log.read(min(65_536, size - start)).rfind(b"\n")
            if end >= 0:
                return start + end + 1
    return 0


def _on_a_server(what: str, instead: str) -> InvalidInput:
    return InvalidInput(problem=f"The {what} of this installation lies on a server. {instead} (docs/operations.md).")
