"""The table a profile is made of: some columns of it, part by part."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import Protocol

import pyarrow as pa
import pyarrow.parquet as pq

_PART_ROWS = 1 << 16


class Source(Protocol):
    """A typed table that is read column by column."""

    @property
    def rows(self) -> int:
        """How many rows there are."""
        ...

    @property
    def schema(self) -> pa.Schema:
        """The names and types of the columns."""
        ...

    def size(self, name: str) -> int:
        """Return about how many bytes a column takes in memory."""
        ...

    def read(self, names: Sequence[str]) -> pa.Table:
        """Return some columns whole."""
        ...

    def parts(self, name: str) -> Iterator[pa.Array]:
        """Yield a column in parts of a few megabytes; texts with few values come dictionary-encoded."""
        ...

    def range(self, name: str) -> tuple[int | float, int | float] | None:
        """Return the least and the largest value, moments in microseconds, when known without reading the column."""
        ...


class HeldTable:
    """A :class:`Source` in memory."""

    def __init__(self, table: pa.Table) -> None:
        self._table = table
        self.rows: int = table.num_rows
        self.schema: pa.Schema = table.schema

    def size(self, name: str) -> int:
        """Return how many bytes a column takes."""
        return int(self._table[name].nbytes)

    def read(self, names: Sequence[str]) -> pa.Table:
        """Return some columns whole."""
        return self._table.select(list(names))

    def parts(self, name: str) -> Iterator[pa.Array]:
        """Yield a column in parts."""
        for start in range(0, self.rows, _PART_ROWS):
            yield self._table[name].slice(start, _PART_ROWS).combine_chunks()

    def range(self, name: str) -> tuple[int | float, int | float] | None:  # noqa: ARG002
        """Return None: it would have to be read."""
        return None


class StoredTable:
    """A :class:`Source` over a Parquet file; safe to use from several threads."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._metadata = pq.read_metadata(path)
        self.schema: pa.Schema = pq.read_schema(path)
        self.rows: int = self._metadata.num_rows

    @cached_property
    def _places(self) -> dict[str, int]:
        return {name: place for place, name in enumerate(self.schema.names)}

    def size(self, name: str) -> int:
        """Return how many bytes a column takes before compression; fewer than in memory when it is coded."""
        place, groups = self._places[name], range(self._metadata.num_row_groups)
        return sum(int(self._metadata.row_group(group).column(place).total_uncompressed_size) for group in groups)

    def read(self, names: Sequence[str]) -> pa.Table:
        """Return some columns whole."""
        with pq.ParquetFile(self.path, metadata=self._metadata) as file:
            return file.read(columns=list(names), use_threads=False).select(list(names))

    def parts(self, name: str) -> Iterator[pa.Array]:
        """Yield a column in parts, of a row group each."""
        coded = [name] if self._is_coded(name) else None
        with pq.ParquetFile(self.path, metadata=self._metadata, read_dictionary=coded) as file:
            for group in range(self._metadata.num_row_groups):
                column = file.read_row_group(group, columns=[name], use_threads=False).column(name)
                for chunk in column.chunks:
                    yield from (chunk.slice(start, _PART_ROWS) for start in range(0, len(chunk), _PART_ROWS))

    def range(self, name: str) -> tuple[int | float, int | float] | None:
        """Return the least and the largest value as the file's statistics tell them."""
        place, ends = self._places[name], []
        for group in range(self._metadata.num_row_groups):
            known = self._metadata.row_group(group).column(place).statistics
            if known is None:
                return None
            if known.has_min_max:
                ends += [known.min, known.max]
            elif known.null_count != known.num_values + known.null_count:
                return None
        return (_number(min(ends)), _number(max(ends))) if ends else None

    def _is_coded(self, name: str) -> bool:
        if not pa.types.is_string(self.schema.field(name).type):
            return False
        found = self._metadata.row_group(0).column(self._places[name]).encodings
        return any("DICTIONARY" in encoding for encoding in found)


def _number(value: int | float | datetime) -> int | float:
    if not isinstance(value, datetime):
        return value
    return (value.replace(tzinfo=UTC) - datetime.fromtimestamp(0, UTC)) // timedelta(microseconds=1)
