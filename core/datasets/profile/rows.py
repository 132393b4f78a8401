"""Rows that repeat an earlier one, found by their hashes; those are put aside on disk where they are many."""

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

import numpy as np
import pyarrow as pa

from core.datasets import duck
from core.datasets.profile.sketches import Hashes
from core.datasets.profile.source import HeldTable, Source, StoredTable

_HELD_CELLS = 2_000_000
_BIN_ROWS = 4_000_000
_PART_ROWS = 1 << 17
_MEMORY_MB = 200


def duplicates(source: Source) -> int:
    """Count rows that equal an earlier one in every column; missing equals missing.

    Tables of millions of cells are told apart by 64-bit hashes: among a hundred million rows, the chance that two
    different ones are taken for equal is about one in 4,000.
    """
    if isinstance(source, StoredTable) and source.rows * len(source.schema) > _HELD_CELLS:
        with tempfile.TemporaryDirectory(prefix="pilothouse-") as folder:
            return repeated(_hashes(source.path, len(source.schema)), source.rows, Path(folder))
    table = source.read(source.schema.names)
    return source.rows - int(_plain(table).group_by(table.column_names).aggregate([]).num_rows)


def column_repeats(source: Source, name: str) -> int:
    """Count values of a column that equal an earlier one; there are none missing."""
    if isinstance(source, HeldTable):
        return source.rows - len(source.read([name])[name].unique())
    assert isinstance(source, StoredTable)  # noqa: S101
    place = source.schema.names.index(name)
    with tempfile.TemporaryDirectory(prefix="pilothouse-") as folder:
        return repeated(_hashes(source.path, len(source.schema), place), source.rows, Path(folder))


def repeated(hashes: Iterator[Hashes], rows: int, folder: Path) -> int:
    """Return how many of ``rows`` hashes equal an earlier one; they wait in ``folder``, by their range."""
    count = max(1, -(-rows // _BIN_ROWS))
    paths = [folder / f"{place}.hashes" for place in range(count)]
    files: list[IO[bytes]] = [path.open("wb") for path in paths]
    try:
        for part in hashes:
            bins = (part >> np.uint64(40)) * np.uint64(count) >> np.uint64(24)
            for place, file in enumerate(files):
                file.write(np.ascontiguousarray(part[bins == place]).data)
    finally:
        for file in files:
            file.close()
    return sum(_equal_neighbours(path) for path in paths)


def _equal_neighbours(path: Path) -> int:
    found = np.fromfile(path, np.uint64)
    path.unlink()
    found.sort()
    return int(np.count_nonzero(found[1:] == found[:-1]))


def _hashes(path: Path, width: int, place: int | None = None) -> Iterator[Hashes]:
    """Yield the hash of each row, or of one of its cells, in no particular order."""
    names = [f"c{number}" for number in range(width)]
    hashed = ", ".join(names if place is None else [names[place]])
    with duck.bounded(_MEMORY_MB) as connection:
        query = f"SELECT hash({hashed}) AS h FROM {duck.table(path, names, 't')}"  # noqa: S608 - names of our own
        for batch in _reader(connection, query):
            yield batch.column(0).to_numpy()


def _reader(connection: Any, query: str) -> Any:
    return connection.sql(query).to_arrow_reader(_PART_ROWS)


def _plain(table: pa.Table) -> pa.Table:
    """Return the table without dictionary-encoded columns."""
    columns = [
        column.cast(column.type.value_type) if pa.types.is_dictionary(column.type) else column
        for column in table.columns
    ]
    return pa.table(columns, names=table.column_names)
