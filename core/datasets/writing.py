"""Typed rows into Parquet, in row groups that are neither many nor large, on a thread of its own."""

from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from types import TracebackType
from typing import Self

import pyarrow as pa
import pyarrow.parquet as pq

GROUP_ROWS = 1 << 17
GROUP_BYTES = 48 << 20
CODED = pa.dictionary(pa.int32(), pa.string())


class ParquetSink:
    """A :class:`core.datasets.passes.Sink` that writes a file; leaving it by an error leaves no file.

    ``gaps`` are the names of the columns in which values are missing.
    """

    def __init__(self, path: Path) -> None:
        self.gaps: set[str] = set()
        self._path = path
        self._writer: pq.ParquetWriter | None = None
        self._waiting: list[pa.Table] = []
        self._thread = ThreadPoolExecutor(1, "writing")
        self._pending: Future[None] | None = None

    def __enter__(self) -> Self:
        """Begin."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Finish the file, or remove it when it is not whole."""
        try:
            if error is None:
                self._flush()
                self._settle()
        finally:
            self._thread.shutdown()
            self._close()
            if error is not None:
                self._path.unlink(missing_ok=True)

    def begin(self) -> None:
        """Start the file anew."""
        self._settle()
        self._close()
        self._waiting, self.gaps = [], set()

    def write(self, names: Sequence[str], columns: Sequence[pa.Array]) -> None:
        """Take the next rows."""
        self.gaps.update(name for name, values in zip(names, columns, strict=True) if values.null_count)
        self._waiting.append(pa.table(list(columns), names=list(names)))
        rows = sum(table.num_rows for table in self._waiting)
        if rows >= GROUP_ROWS or sum(table.nbytes for table in self._waiting) >= GROUP_BYTES:
            self._flush()

    def _flush(self) -> None:
        tables, self._waiting = self._waiting, []
        if tables:
            self._settle()
            self._pending = self._thread.submit(self._write, tables)

    def _settle(self) -> None:
        pending, self._pending = self._pending, None
        if pending is not None:
            pending.result()

    def _write(self, tables: list[pa.Table]) -> None:
        if self._writer is None:
            schema = tables[0].schema
            coded = [field.name for field in schema if pa.types.is_dictionary(field.type)]
            self._writer = pq.ParquetWriter(
                self._path,
                schema,
                compression="zstd",
                use_dictionary=coded,
                column_encoding=_encodings(schema),
                store_schema=False,
            )
        schema = self._writer.schema
        joined = pa.concat_tables([_conformed(table, schema) for table in tables])
        self._writer.write_table(joined.unify_dictionaries(), row_group_size=joined.num_rows)

    def _close(self) -> None:
        writer, self._writer = self._writer, None
        if writer is not None:
            writer.close()


def _encodings(schema: pa.Schema) -> dict[str, str]:
    """Return how numbers and moments are laid out: so that they compress as well in less time."""
    found = {}
    for field in schema:
        if pa.types.is_integer(field.type) or pa.types.is_timestamp(field.type):
            found[field.name] = "DELTA_BINARY_PACKED"
        elif pa.types.is_floating(field.type):
            found[field.name] = "BYTE_STREAM_SPLIT"
    return found


def _conformed(table: pa.Table, schema: pa.Schema) -> pa.Table:
    """Give texts the form, coded or plain, that the first rows had."""
    columns = [
        column if column.type == field.type else _coded(column, field.type)
        for column, field in zip(table.columns, schema, strict=True)
    ]
    return pa.table(columns, schema=schema)


def _coded(column: pa.ChunkedArray, wanted: pa.DataType) -> pa.ChunkedArray:
    return column.dictionary_encode().cast(wanted) if pa.types.is_dictionary(wanted) else column.cast(wanted)
