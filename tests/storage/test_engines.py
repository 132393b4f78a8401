from pathlib import Path
from types import ModuleType

import pytest
from pysqlite3 import dbapi2

from core.errors import InvalidSetting, UnsafeSqlite
from storage.database import open_store
from storage.engines import check_version, parse


@pytest.mark.parametrize("version", [(3, 7, 0), (3, 40, 1), (3, 44, 5), (3, 45, 0), (3, 50, 6), (3, 51, 2)])
def test_a_sqlite_with_the_wal_reset_fault_is_refused(version: tuple[int, ...]) -> None:
    with pytest.raises(UnsafeSqlite, match=f"SQLite {'.'.join(map(str, version))} has the WAL-reset fault"):
        check_version(version)


@pytest.mark.parametrize("version", [(3, 6, 23), (3, 44, 6), (3, 50, 7), (3, 51, 3), (3, 53, 4), (4, 0, 0)])
def test_a_sqlite_without_the_fault_is_used(version: tuple[int, ...]) -> None:
    check_version(version)


def test_a_store_is_not_opened_with_a_faulty_sqlite(ready: str) -> None:
    faulty = ModuleType("faulty")
    faulty.__dict__.update(vars(dbapi2))
    faulty.__dict__["sqlite_version_info"] = (3, 40, 1)
    with pytest.raises(UnsafeSqlite, match=r"3\.40\.1"):
        open_store(ready, driver=faulty)


def test_the_sqlite_we_ship_is_without_the_fault() -> None:
    check_version(dbapi2.sqlite_version_info)


@pytest.mark.parametrize(
    ("url", "problem"),
    [
        ("", "it is not a database URL"),
        ("no url", "it is not a database URL"),
        ("sqlite://", "SQLite needs a file"),
        ("sqlite:///:memory:", "SQLite needs a file"),
        ("mysql://host/db", "'mysql' is neither sqlite nor postgresql"),
    ],
)
def test_a_url_we_cannot_use_is_a_wrong_setting(url: str, problem: str) -> None:
    with pytest.raises(InvalidSetting, match=f"PILOTHOUSE_DATABASE_URL is not usable: {problem}"):
        parse(url)


def test_opening_never_makes_a_file(url: str, file: Path) -> None:
    with pytest.raises(Exception, match="does not exist"):
        open_store(url)
    assert not file.parent.exists()
