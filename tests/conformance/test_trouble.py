"""The database is busy, gone or not what it was."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from pysqlite3 import dbapi2
from sqlalchemy import create_engine, text

from core.errors import Conflict, InvalidInput, StoreBusy, StoreUnavailable
from core.ports.unit_of_work import Store
from storage import engines
from storage.database import SqlStore, open_store
from tests.builders import project
from tests.postgres import Server


@pytest.fixture
def impatient(url: str, shared: Store, monkeypatch: pytest.MonkeyPatch) -> Iterator[SqlStore]:
    """A store, with the project churn, that waits a tenth of a second for others."""
    monkeypatch.setattr(engines, "BUSY_S", 0.1)
    store = open_store(url)
    yield store
    store.close()


def test_while_another_writes_readers_read_on_and_writers_say_busy(shared: Store, impatient: SqlStore) -> None:
    with shared.write() as other:
        other.projects.delete("churn")
        with impatient.read() as work:
            assert [item.name for item in work.projects.all()] == ["churn"]

        def write() -> None:
            with impatient.write() as work:
                work.projects.delete("churn")

        with pytest.raises(StoreBusy, match="Nothing was changed; try again"):
            write()
    with impatient.write() as work:
        work.projects.delete("churn")
        work.commit()


def test_a_taken_row_written_at_the_same_time_is_refused_not_overwritten(shared: Store, impatient: SqlStore) -> None:
    with shared.write() as other:
        other.projects.add(project(name="third"))

        def write() -> None:
            with impatient.write() as work:
                work.projects.add(project(name="third"))

        with pytest.raises((StoreBusy, Conflict)):
            write()
        other.commit()


def test_a_lost_connection_is_replaced(shared: Store, postgres: Server, url: str) -> None:
    if url.startswith("postgresql"):
        postgres.run("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'pilothouse'")
    with shared.read() as work:
        assert [item.name for item in work.projects.all()] == ["churn"]


def test_a_server_that_is_not_there_is_named_without_its_password() -> None:
    with pytest.raises(StoreUnavailable) as caught:
        open_store("postgresql://ann:secret@127.0.0.1:1/pilothouse")
    assert "refused" in caught.value.message
    assert "secret" not in caught.value.message


def test_an_empty_postgres_database_says_how_to_prepare_it(postgres: Server) -> None:
    with pytest.raises(StoreUnavailable, match=r"the database is empty. `make run` prepares it"):
        open_store(postgres.create())


def test_a_text_postgres_cannot_keep_is_a_matter_of_input(postgres_url: str) -> None:
    store = open_store(postgres_url)
    with store.write() as work, pytest.raises(InvalidInput, match="cannot be stored"):
        work.projects.add(project(description="zero \x00"))
    store.close()


@pytest.mark.parametrize("replaced", [False, True])
def test_a_file_removed_or_replaced_while_in_use_takes_no_more_writes(
    sqlite_url: str, tmp_path: Path, replaced: bool
) -> None:
    store = open_store(sqlite_url)
    file = tmp_path / "pilothouse.db"
    file.rename(tmp_path / "aside")
    if replaced:
        shutil.copy(tmp_path / "aside", file)
    for step in (store.write, store.read):
        with pytest.raises(StoreUnavailable, match="was removed or replaced while in use"), step():
            pass
    with pytest.raises(StoreUnavailable):
        store.revision()
    store.close()


def test_each_sqlite_connection_is_durable_checked_and_patient(sqlite_url: str, tmp_path: Path) -> None:
    database = engines.open_file(tmp_path / "pilothouse.db")
    pragmas = {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "busy_timeout": 15000}
    for engine, query_only in ((database.writer, 0), (database.reader, 1)):
        with engine.connect() as connection:
            for name, value in {**pragmas, "query_only": query_only}.items():
                assert connection.scalar(text(f"PRAGMA {name}")) == value
    database.close()


def test_each_postgres_reader_sees_one_moment_and_cannot_write(postgres_url: str) -> None:
    database = engines.open_server(engines.parse(postgres_url))
    with database.reader.connect() as connection:
        assert connection.scalar(text("SHOW transaction_isolation")) == "repeatable read"
        assert connection.scalar(text("SHOW transaction_read_only")) == "on"
    with database.writer.connect() as connection:
        assert connection.scalar(text("SHOW transaction_isolation")) == "read committed"
        assert connection.scalar(text("SHOW transaction_read_only")) == "off"
    database.close()


def test_rows_that_belong_to_nothing_are_refused_by_the_database_itself(url: str, shared: Store) -> None:
    engine = create_engine(url, module=dbapi2) if url.startswith("sqlite") else create_engine(url)
    with engine.connect() as connection:
        if url.startswith("sqlite"):
            connection.execute(text("PRAGMA foreign_keys = ON"))
        with pytest.raises(Exception, match=r"(?i)foreign key"):
            connection.execute(
                text(
                    "INSERT INTO firing (schedule_id, project, slot, outcome, reason, decided_at) "
                    "VALUES ('s', 'nope', '2026-01-01 00:00:00', 'ran', '', '2026-01-01 00:00:00')"
                )
            )
    engine.dispose()
