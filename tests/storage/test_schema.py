import os
import shutil
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine

from core.errors import StoreUnavailable
from storage.database import migrate, open_store
from storage.schema import SCRIPTS, open_current, revisions
from storage.tables import metadata
from tests.builders import project
from tests.conformance.actors import in_processes
from tests.revisions import NEXT, PRESENT
from tests.storage.actors import in_a_process, migrate_and_die, migrate_here


def fill(url: str) -> None:
    store = open_store(url)
    with store.write() as work:
        work.projects.add(project())
        work.commit()
    store.close()


def names(url: str) -> list[str]:
    store = open_store(url)
    with store.read() as work:
        found = [item.name for item in work.projects.all()]
    store.close()
    return found


def query(file: Path, statement: str) -> list[tuple[object, ...]]:
    connection = sqlite3.connect(file)
    try:
        return connection.execute(statement).fetchall()
    finally:
        connection.commit()
        connection.close()


def test_a_new_file_gets_the_tables_that_the_program_works_with(ready: str) -> None:
    engine = create_engine(ready)
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []
    engine.dispose()
    fill(ready)
    assert names(ready) == ["churn"]


def test_migrating_twice_changes_nothing(ready: str, home: Path) -> None:
    fill(ready)
    migrate(ready, home)
    assert names(ready) == ["churn"]
    assert not (home / "backups").exists()


def test_a_database_at_the_present_revision_is_left_without_importing_alembic(ready: str, home: Path) -> None:
    code = "import sys; from storage.database import migrate; from pathlib import Path; "
    code += "migrate(sys.argv[1], Path(sys.argv[2])); sys.exit('alembic' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code, ready, home], check=False, env={**os.environ, "PYTHONPATH": "."})
    assert done.returncode == 0


def test_migrating_works_from_any_folder(url: str, home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    migrate(url, home)
    assert names(url) == []


def test_a_relative_path_and_a_path_with_odd_letters_are_fine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "my home #1"
    folder.mkdir()
    monkeypatch.chdir(folder)
    migrate("sqlite:///some.db", folder)
    fill("sqlite:///some.db")
    assert (folder / "some.db").exists()
    assert names(f"sqlite:///{folder}/some.db") == ["churn"]


def test_four_processes_migrating_at_once_are_fine(url: str, home: Path) -> None:
    in_processes(4, migrate_here, url, home)
    assert names(url) == []


def test_revisions_are_numbered_as_alembic_orders_them() -> None:
    config = Config()
    config.set_main_option("script_location", str(SCRIPTS))
    scripts = ScriptDirectory.from_config(config)
    assert scripts.get_heads() == [revisions()[-1]]
    assert [script.revision for script in scripts.walk_revisions()] == revisions()[::-1]


def test_a_file_that_vanished_is_not_replaced_by_an_empty_one(ready: str, home: Path, file: Path) -> None:
    file.unlink()
    with pytest.raises(StoreUnavailable, match=r"is gone or empty, although this home has used it. Put it back"):
        migrate(ready, home)
    assert not file.exists()
    (home / "known_stores").unlink()
    migrate(ready, home)
    assert names(ready) == []


def test_a_file_that_became_empty_is_refused(ready: str, home: Path, file: Path) -> None:
    file.write_bytes(b"")
    with pytest.raises(StoreUnavailable, match="gone or empty"):
        migrate(ready, home)
    with pytest.raises(StoreUnavailable, match="empty"):
        open_store(ready)


def test_writes_left_behind_by_a_vanished_file_are_not_thrown_away(url: str, home: Path, file: Path) -> None:
    home.mkdir()
    orphan = file.with_name("pilothouse.db-wal")
    orphan.write_bytes(b"writes")
    with pytest.raises(StoreUnavailable, match=r"pilothouse.db-wal"):
        migrate(url, home)
    assert orphan.read_bytes() == b"writes"


def test_a_home_that_moved_still_knows_its_file(ready: str, home: Path, tmp_path: Path) -> None:
    moved = tmp_path / "moved"
    home.rename(moved)
    (moved / "pilothouse.db").unlink()
    with pytest.raises(StoreUnavailable, match="gone or empty"):
        migrate(f"sqlite:///{moved}/pilothouse.db", moved)


def test_a_missing_file_is_not_opened(url: str, file: Path) -> None:
    with pytest.raises(StoreUnavailable, match=r"does not exist. `make run` creates it"):
        open_store(url)
    assert not file.exists()


def test_a_database_of_something_else_is_left_alone(url: str, home: Path, file: Path) -> None:
    home.mkdir()
    query(file, "CREATE TABLE cats (name TEXT)")
    with pytest.raises(StoreUnavailable, match="tables of something else"):
        migrate(url, home)
    assert query(file, "SELECT name FROM sqlite_master") == [("cats",)]


def test_tables_of_a_newer_release_are_refused(ready: str, home: Path, file: Path) -> None:
    query(file, "UPDATE alembic_version SET version_num = '9999'")
    for step in (lambda: migrate(ready, home), lambda: open_store(ready)):
        with pytest.raises(StoreUnavailable, match="revision 9999, which this version of Pilothouse does not know"):
            step()


def test_tables_of_an_older_release_are_not_used_before_their_upgrade(ready: str, later_scripts: Path) -> None:
    with pytest.raises(StoreUnavailable, match=f"revision {PRESENT}, and {NEXT} is needed. `make run` upgrades them"):
        open_current(ready, scripts=later_scripts)


def test_an_upgrade_keeps_the_data_and_leaves_a_copy_of_before(
    ready: str, home: Path, file: Path, later_scripts: Path
) -> None:
    fill(ready)
    migrate(ready, home, scripts=later_scripts)
    assert query(file, "SELECT name, colour FROM project") == [("churn", "red")]
    (copy,) = (home / "backups").iterdir()
    assert copy.name.startswith(f"pilothouse-{PRESENT}-")
    assert names(f"sqlite:///{copy}") == ["churn"]


@pytest.mark.parametrize("content", [b"not a database" * 1000, b"SQLite format 3\x00" + b"\xff" * 9000])
def test_a_damaged_file_is_refused_and_kept(ready: str, home: Path, file: Path, content: bytes) -> None:
    file.write_bytes(content)
    for step in (lambda: migrate(ready, home), lambda: open_store(ready)):
        with pytest.raises(StoreUnavailable, match="backups"):
            step()
    assert file.read_bytes() == content


def test_a_truncated_file_is_refused(ready: str, home: Path, file: Path) -> None:
    fill(ready)
    query(file, "PRAGMA wal_checkpoint(TRUNCATE)")
    file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])
    with pytest.raises(StoreUnavailable, match="its file is damaged"):
        migrate(ready, home)


def test_a_first_migration_killed_at_any_statement_can_be_run_again(tmp_path: Path) -> None:
    killed = 0
    for at in range(1, 200, 11):
        home = tmp_path / str(at)
        url = f"sqlite:///{home}/pilothouse.db"
        code = in_a_process(migrate_and_die, url, home, SCRIPTS, at)
        migrate(url, home)
        assert names(url) == []
        if code == 0:
            break
        assert code == -signal.SIGKILL
        killed += 1
    assert killed > 5
    assert code == 0


def test_an_upgrade_killed_at_any_statement_leaves_the_old_or_the_new_tables(
    ready: str, home: Path, file: Path, later_scripts: Path
) -> None:
    fill(ready)
    query(file, "PRAGMA wal_checkpoint(TRUNCATE)")
    before = home.with_name("before")
    shutil.copytree(home, before)
    columns = len(query(file, "PRAGMA table_info(project)"))
    found = set()
    for at in range(1, 200):
        shutil.rmtree(home)
        shutil.copytree(before, home)
        code = in_a_process(migrate_and_die, ready, home, later_scripts, at)
        ((revision,),) = query(file, "SELECT version_num FROM alembic_version")
        assert len(query(file, "PRAGMA table_info(project)")) == {PRESENT: columns, NEXT: columns + 1}[str(revision)]
        found.add(revision)
        migrate(ready, home, scripts=later_scripts)
        assert query(file, "SELECT name, colour FROM project") == [("churn", "red")]
        if code == 0:
            break
    assert code == 0
    assert found == {PRESENT, NEXT}


def test_profiles_of_old_versions_keep_their_warnings_and_learn_whom_they_follow(url: str, home: Path) -> None:
    before = home.parent / "before"
    shutil.copytree(SCRIPTS, before)
    for script in (before / "versions").glob("[0-9]*_*.py"):
        if script.name >= "0015":
            script.unlink()
    migrate(url, home, scripts=before)
    file = Path(url.removeprefix("sqlite:///"))
    query(
        file,
        "INSERT INTO project (name, task, target, metric, description, created_at, created_by) "
        "VALUES ('churn', 'binary', 'churn', 'roc_auc', '', '2026-03-02 09:00:00.000000', 'ann')",
    )
    profile = '{"rows": 3, "duplicates": 0, "columns": [], "warnings": ["Two rows are equal."]}'
    for number in (1, 2):
        query(
            file,
            "INSERT INTO dataset_version (project, dataset, number, sha256, parquet_sha256, size, rows, columns, "  # noqa: S608
            "profile, reading, source, note, tags, author, created_at) VALUES ('churn', 'customers', "
            f"{number}, 'a', 'b', 1, 3, '[]', '{profile}', '{{}}', 'x', '', '{{}}', 'ann', '2026-03-02 09:00:00.0')",
        )
    migrate(url, home)
    store = open_store(url)
    with store.read() as work:
        newest, first = work.datasets.find("churn")
    store.close()
    assert (newest.parent, first.parent) == (1, None)
    assert newest.profile.warnings == ("Two rows are equal.",)
    assert newest.profile.method == 0
