"""A real PostgreSQL server for tests, started from the system's binaries and reachable through a UNIX socket."""

import itertools
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest

from storage.database import migrate

TEMPLATE = "template_pilothouse"
MISSING = "PostgreSQL's server is not installed; `apt-get install postgresql` adds it"
OPTIONS = "-c listen_addresses='' -c fsync=off -c max_connections=200 -c unix_socket_directories='{folder}'"


class Server:
    """A running server whose databases are copies of a prepared one."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._numbers = itertools.count(1)

    def url(self, database: str) -> str:
        return f"postgresql://postgres@/{database}?host={self.folder}"

    def create(self, *, empty: bool = False) -> str:
        """Make a database, with our tables unless ``empty``; return its URL."""
        name = f"test_{next(self._numbers)}"
        self.run(f"CREATE DATABASE {name} TEMPLATE {'template0' if empty else TEMPLATE}")
        return self.url(name)

    def drop(self, url: str) -> None:
        name = re.search(r"/(\w+)\?", url)
        assert name
        self.run(f"DROP DATABASE {name[1]} WITH (FORCE)")

    def prepare(self) -> None:
        self.run(f"CREATE DATABASE {TEMPLATE} TEMPLATE template0")
        migrate(self.url(TEMPLATE), self.folder / "home")

    def run(self, statement: str) -> None:
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
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
