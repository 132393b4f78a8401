"""Every port's implementations, each behind the same fixture."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from core.ports.blobs import BlobStore, BlobWatch
from core.ports.prediction_log import PredictionLog
from core.ports.unit_of_work import Store
from storage.blobs import FileBlobs
from storage.database import migrate, open_store
from storage.memory import MemoryBlobs, MemoryPredictionLog, MemoryStore
from storage.remote_blobs import RemoteBlobs, open_blobs
from storage.segments import SegmentLog
from tests.builders import project
from tests.postgres import Server, running_server


@pytest.fixture(scope="session")
def postgres() -> Iterator[Server]:
    with running_server() as server:
        yield server


@pytest.fixture(scope="session")
def prepared_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("prepared")
    migrate(f"sqlite:///{home}/pilothouse.db", home)
    return home / "pilothouse.db"


@pytest.fixture
def sqlite_url(prepared_file: Path, tmp_path: Path) -> str:
    shutil.copy(prepared_file, tmp_path / "pilothouse.db")
    return f"sqlite:///{tmp_path}/pilothouse.db"


@pytest.fixture
def postgres_url(postgres: Server) -> Iterator[str]:
    yield postgres.prepared
    postgres.clear()


@pytest.fixture(params=["sqlite", "postgres"])
def url(request: pytest.FixtureRequest) -> str:
    """The URL of a database with our tables and no rows."""
    return str(request.getfixturevalue(f"{request.param}_url"))


@pytest.fixture(params=["memory", "sqlite", "postgres"])
def empty_store(request: pytest.FixtureRequest) -> Iterator[Store]:
    if request.param == "memory":
        yield MemoryStore()
        return
    store = open_store(request.getfixturevalue(f"{request.param}_url"))
    yield store
    store.close()


@pytest.fixture
def store(empty_store: Store) -> Store:
    """A store with the projects churn and bikes."""
    with empty_store.write() as work:
        work.projects.add(project())
        work.projects.add(project(name="bikes"))
        work.commit()
    return empty_store


@pytest.fixture
def shared(url: str) -> Iterator[Store]:
    """A store that other processes open too, with the project churn."""
    store = open_store(url)
    with store.write() as work:
        work.projects.add(project())
        work.commit()
    yield store
    store.close()


def _remote(folder: Path, watch: BlobWatch | None = None) -> RemoteBlobs:
    store = open_blobs(f"memory://{folder.name}", folder / "cache", watch)
    assert isinstance(store, RemoteBlobs)
    return store


def _file(folder: Path, watch: BlobWatch | None = None) -> FileBlobs:
    return FileBlobs(folder / "blobs", watch)


def _memory(_folder: Path, watch: BlobWatch | None = None) -> MemoryBlobs:
    return MemoryBlobs(watch)


BLOBS: dict[str, Callable[..., BlobStore]] = {"memory": _memory, "file": _file, "remote": _remote}


@pytest.fixture(params=BLOBS)
def blobs(request: pytest.FixtureRequest, tmp_path: Path) -> BlobStore:
    return BLOBS[request.param](tmp_path)


@pytest.fixture(params=BLOBS)
def watched(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[BlobStore, Any]:
    """A blob store and the watch that hears of it."""
    from tests.conformance.test_blobs import Heard

    heard = Heard()
    return BLOBS[request.param](tmp_path, heard), heard


LOGS: dict[str, Callable[[Path], PredictionLog]] = {
    "memory": lambda _: MemoryPredictionLog(),
    "segments": lambda folder: SegmentLog(folder / "predictions"),
}


@pytest.fixture(params=LOGS)
def log(request: pytest.FixtureRequest, tmp_path: Path) -> PredictionLog:
    return LOGS[request.param](tmp_path)
