"""Databases of other people: the same answers from SQLite and PostgreSQL, in parts, and nothing written."""

from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine

from core.data_errors import OriginRefused, OriginUnreachable
from core.errors import ExtraMissing
from storage.outside import SqlOutside

ROWS = "SELECT 1 AS n, 1.5 AS x, 'a%s :b' AS s UNION ALL SELECT 2, NULL, 'é' UNION ALL SELECT 3, 2.5, NULL ORDER BY n"


def asked(url: str, query: str, rows: int = 2) -> list[Any]:
    return list(SqlOutside().ask(url, query, rows))


def test_an_answer_comes_in_parts_as_the_driver_gives_it(url: str) -> None:
    parts = asked(url, ROWS)
    assert [names for names, _ in parts] == [["n", "x", "s"]] * 2
    rows = [row for _, part in parts for row in part]
    assert [(n, None if x is None else float(x), s) for n, x, s in rows] == [
        (1, 1.5, "a%s :b"),
        (2, None, "é"),
        (3, 2.5, None),
    ]
    assert {type(x) for _, x, _ in rows} <= {float, Decimal, type(None)}
    assert asked(url, "SELECT 1 AS n, 2 AS m WHERE 1 = 0") == [(["n", "m"], [])]


@pytest.mark.parametrize("statement", ["DELETE FROM project", "DROP TABLE project", "CREATE TABLE mine (n INTEGER)"])
def test_nothing_is_ever_written(url: str, statement: str) -> None:
    with pytest.raises((OriginRefused, OriginUnreachable), match=r"read.?only|without rows|syntax error"):
        asked(url, statement)
    assert asked(url, "SELECT count(*) AS n, 0 AS m FROM project")[0][1] == [(0, 0)]


def test_a_query_that_is_refused_says_what_the_database_said(url: str) -> None:
    with pytest.raises((OriginRefused, OriginUnreachable), match="nosuch"):
        asked(url, "SELECT * FROM nosuch")


def test_moments_and_moments_of_zones_are_moments(postgres_url: str) -> None:
    query = "SELECT TIMESTAMP '2026-03-01 10:00' AS t, DATE '2026-03-01' AS d, '{\"a\": 1}'::json AS j"
    ((names, rows),) = asked(postgres_url, query)
    assert (names, rows[0][0], str(rows[0][1])) == (["t", "d", "j"], datetime(2026, 3, 1, 10), "2026-03-01")  # noqa: DTZ001
    assert rows[0][2] == {"a": 1}


def test_an_answer_of_a_server_is_not_held_whole(postgres_url: str) -> None:
    parts = SqlOutside().ask(postgres_url, "SELECT n, n AS m FROM generate_series(1, 1000000) AS t(n)", 10)
    names, rows = next(parts)
    assert (names, len(rows)) == (["n", "m"], 10)
    parts.close()  # type: ignore[attr-defined]


def test_a_password_is_not_told(postgres_url: str) -> None:
    address = create_engine(postgres_url).url.set(database="nosuch", password="hunter2")
    with pytest.raises(OriginUnreachable) as unreachable:
        asked(address.render_as_string(hide_password=False), "SELECT 1")
    assert "hunter2" not in unreachable.value.message


def test_a_driver_that_is_missing_is_named(tmp_path: Path) -> None:
    with pytest.raises(ExtraMissing, match="pip install oracledb"):
        asked("oracle+oracledb://host/x", "SELECT 1")
    with pytest.raises(OriginRefused, match="no address of a database"):
        asked("not an address", "SELECT 1")
