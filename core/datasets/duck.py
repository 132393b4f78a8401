"""A DuckDB connection that keeps to its share of memory and threads, for tables larger than memory."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

MEMORY_MB = 900
THREADS = 2


@contextmanager
def bounded(memory_mb: int = MEMORY_MB) -> Iterator[Any]:
    """Open a database in memory that spills into a temporary folder, which goes with it.

    It reads local files only: extensions are neither fetched nor loaded.
    """
    import duckdb

    with tempfile.TemporaryDirectory(prefix="pilothouse-") as folder:
        settings = {
            "memory_limit": f"{memory_mb}MB",
            "threads": THREADS,
            "temp_directory": folder,
            "preserve_insertion_order": False,
            "autoinstall_known_extensions": False,
            "autoload_known_extensions": False,
        }
        with duckdb.connect(config=settings) as connection:
            yield connection


def table(path: Path, columns: list[str], alias: str) -> str:
    """Return the FROM item for a Parquet file: its columns renamed in order, then the row's place, from 0.

    Columns are renamed by place, since DuckDB would take ``Age`` and ``age`` for one name.
    """
    return f"read_parquet({text(str(path))}, file_row_number = true) AS {alias}({', '.join(columns)}, {alias}_row)"


def text(value: str) -> str:
    """Return ``value`` as an SQL text."""
    return "'" + value.replace("'", "''") + "'"
