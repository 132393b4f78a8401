"""Rows that repeat a key, found by DuckDB over the Parquet file: out of core, whatever the size."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

MEMORY = "256MB"


@dataclass(frozen=True)
class Repeats:
    """``count`` rows repeat the key of an earlier one, among ``looked_at`` rows whose key is whole; ``rows`` are the
    places, from 0, of a few pairs."""

    count: int
    looked_at: int
    rows: tuple[int, ...]


def repeats(path: Path, columns: Sequence[str], pairs: int) -> Repeats:
    """Count the rows of a Parquet file that repeat an earlier one in ``columns``; a missing value repeats nothing."""
    import tempfile

    import duckdb

    names = ", ".join(_quoted(name) for name in columns)
    whole = " AND ".join(f"{_quoted(name)} IS NOT NULL" for name in columns)
    keys = (
        f"SELECT count(*) AS n, min(file_row_number) AS a, max(file_row_number) AS b "  # noqa: S608 - quoted names
        f"FROM read_parquet($path, file_row_number = true) WHERE {whole} GROUP BY {names}"
    )
    with tempfile.TemporaryDirectory(prefix="pilothouse-") as folder, duckdb.connect() as connection:
        for setting in (f"memory_limit = '{MEMORY}'", "threads = 2", f"temp_directory = {_text(folder)}"):
            connection.execute(f"SET {setting}")
        query = (
            f"WITH keys AS MATERIALIZED ({keys}) SELECT "  # noqa: S608 - quoted names
            "(SELECT coalesce(sum(n - 1), 0) FROM keys), (SELECT coalesce(sum(n), 0) FROM keys), "
            f"(SELECT list([a, b]) FROM (SELECT a, b FROM keys WHERE n > 1 ORDER BY a LIMIT {int(pairs)}))"
        )
        found: Any = connection.execute(query, {"path": str(path)}).fetchone()
    return Repeats(int(found[0]), int(found[1]), tuple(sorted({int(row) for pair in found[2] or [] for row in pair})))


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"
