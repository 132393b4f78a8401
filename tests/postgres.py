"""A real PostgreSQL server for tests, started from the system's binaries and reachable through a UNIX socket."""

import itertools
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest

from storage.database import migrate
from storage.tables import metadata

MISSING = "PostgreSQL's server is not installed; `apt-get install postgresql` adds it"
OPTIONS = "-c listen_addresses='' -c fsync=off -c max_connections=200 -c unix_socket_directories='{folder}'"


class Server:
    """A running server with one database that holds our tables, and as many empty ones as asked for."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._numbers = itertools.count(1)

    @property
    def prepared(self) -> str:
        """The URL of the database with our tables; :meth:`clear` it after use."""
        return self.url("pilothouse")

    def url(self, database: str) -> str:
        return f"postgresql://postgres@/{database}?host={self.folder}"

    def create(self) -> str:
        """Make an empty database; return its URL."""
        name = f"empty_{next(self._numbers)}"
        self.run(f"CREATE DATABASE {name} TEMPLATE template0")
        return self.url(name)

    def prepare(self) -> None:
        self.run("CREATE DATABASE pilothouse TEMPLATE template0")
        migrate(self.prepared, self.folder / "home")

    def clear(self) -> None:
        """Empty all of our tables, children first."""
        tables = [table.name for table in reversed(metadata.sorted_tables) if table.name != "revision"]
        self.run("; ".join(f'DELETE FROM "{name}"' for name in tables), "pilothouse")  # noqa: S608

    def run(self, statement: str, database: str = "postgres") -> None:
        with psycopg.connect(self.url(database), autocommit=True) as connection:
            connection.execute(statement.encode())


@contextmanager
def running_server() -> Iterator[Server]:
    """Start a server in a folder of its own, and stop it at the end."""
    programs = _programs()
    folder = Path(tempfile.mkdtemp(prefix="pilothouse-pg-", dir="/tmp"))
    prefix = _as_its_user(folder)
    data = folder / "data"
    try:
        _call(*prefix, programs / "initdb", "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-sync")
        control = (*prefix, programs / "pg_ctl", "-D", data, "-w")
        _call(*control, "-l", folder / "server.log", "-o", OPTIONS.format(folder=folder), "start")
        try:
            server = Server(folder)
            server.prepare()
            yield server
        finally:
            _call(*control, "-m", "immediate", "stop")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _programs() -> Path:
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda file: int(file.parts[-3]))
    on_path = shutil.which("initdb")
    if found:
        return found[-1].parent
    if on_path:
        return Path(on_path).parent
    if os.environ.get("CI") == "true":
        pytest.fail(MISSING)
    pytest.skip(MISSING)


def _as_its_user(folder: Path) -> tuple[str, ...]:
    if os.geteuid() != 0:
        return ()
    shutil.chown(folder, "postgres")
    return ("runuser", "-u", "postgres", "--")


def _call(*command: str | Path) -> None:
    done = subprocess.run(command, cwd="/", stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, check=False)
    assert done.returncode == 0, done.stderr
