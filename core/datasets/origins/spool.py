"""Answers of a database into Parquet: part by part, in bounded memory, each column of the one type all parts share."""

import json
from collections.abc import Mapping, Sequence
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from core.datasets import headers
from core.datasets.values import array_of
from core.datasets.words import EXACT, MOMENT
from core.errors import NotATable


class Spool:
    """Writes rows to a Parquet file; when a later part does not fit the types of the earlier, the file is rewritten."""

    def __init__(self, path: Path, name: str) -> None:
        """``name`` is what to call the data in messages."""
        self._path = path
        self._name = name
        self._types: dict[str, pa.DataType] = {}
        self._long: set[str] = set()
        self._writer: pq.ParquetWriter | None = None

    def write(self, names: Sequence[str], rows: Sequence[tuple[object, ...]]) -> None:
        """Take the next rows.

        Raises:
            NotATable: a column has no name of its own, or holds what is no plain value.
        """
        columns = zip(*rows, strict=True) if rows else [() for _ in names]
        table = pa.table(
            [self._array(name, values) for name, values in zip(names, columns, strict=True)],
            names=list(self._types) or headers.checked(names, self._name),
        )
        types = {field.name: self._shared(field.name, field.type) for field in table.schema}
        if types != self._types:
            self._types = types
            self._rewrite()
        self._append(table)

    def close(self) -> None:
        """Finish the file."""
        writer, self._writer = self._writer, None
        if writer is not None:
            writer.close()

    def _append(self, table: pa.Table) -> None:
        assert self._writer is not None  # noqa: S101 - opened as soon as types are known
        columns = [_as(cells, kind) for cells, kind in zip(table.columns, self._types.values(), strict=True)]
        whole = pa.table(columns, schema=pa.schema(list(self._types.items())))
        self._writer.write_table(whole, row_group_size=max(whole.num_rows, 1))

    def _rewrite(self) -> None:
        """Begin the file with the types of now, and move what was written before into it."""
        is_begun = self._writer is not None
        self.close()
        before = self._path.with_suffix(".before")
        if is_begun:
            self._path.replace(before)
        self._writer = pq.ParquetWriter(self._path, pa.schema(list(self._types.items())), compression="zstd")
        if is_begun:
            with pq.ParquetFile(before) as file:
                for group in range(file.num_row_groups):
                    self._append(file.read_row_group(group))
            before.unlink()

    def _array(self, name: str, values: Sequence[object]) -> pa.Array:
        plain = [_plain(value) for value in values]
        if any(isinstance(value, bytes | bytearray | memoryview) for value in plain):
            raise NotATable(
                name=self._name, problem=f"column {name!r} holds bytes. Leave it out of the query, or turn it to text."
            )
        array = array_of(plain)
        if pa.types.is_integer(array.type) and any(isinstance(value, int) and abs(value) > EXACT for value in plain):
            self._long.add(name)
        return array

    def _shared(self, name: str, found: pa.DataType) -> pa.DataType:
        """Return the type that holds the values so far and those of type ``found``; text where digits would be lost."""
        known = self._types.get(name, pa.null())
        if known == found or pa.types.is_null(found):
            return known
        if pa.types.is_null(known):
            return found
        is_number = {known, found} == {pa.int64(), pa.float64()} and name not in self._long
        return pa.float64() if is_number else pa.string()


def _plain(value: object) -> object:
    """Return a value of a database driver as one of the few that tables know."""
    if isinstance(value, Decimal):
        return float(value) if value.is_finite() else None
    if isinstance(value, Mapping | list | tuple):
        return json.dumps(value, default=str, ensure_ascii=False)
    return value


def _as(cells: pa.ChunkedArray, kind: pa.DataType) -> pa.ChunkedArray:
    if cells.type == kind:
        return cells
    if cells.type == MOMENT and pa.types.is_string(kind):
        return pc.strftime(cells, "%Y-%m-%dT%H:%M:%S")
    return cells.cast(kind, safe=False)
