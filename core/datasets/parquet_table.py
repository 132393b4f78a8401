"""Parquet files, read in small batches, because the sizes one states of itself may be far from the truth."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from core.datasets import headers
from core.datasets.limits import Limits
from core.datasets.values import ValueColumn
from core.errors import InvalidInput, NotATable
from core.records.base import JsonObject
from core.records.reading import ReadingChoices

_BATCH_ROWS = 1_024
_BATCH_BYTES = 8 << 20


@dataclass(frozen=True)
class ParquetTable:
    """A :class:`core.datasets.sources.Source` over a Parquet file."""

    path: Path
    name: str
    choices: ReadingChoices
    limits: Limits

    doubts: tuple[str, ...] = ()

    @cached_property
    def _schema(self) -> pa.Schema:
        with self._file() as file:
            self.limits.check_size(file.metadata.num_rows, file.metadata.num_columns, self.name)
            if file.metadata.num_rows == 0:
                raise NotATable(name=self.name, problem="it has a header but no rows. Add at least one row.")
            return file.schema_arrow

    @cached_property
    def _kept(self) -> list[int]:
        return [place for place, name in enumerate(self._schema.names) if not name.startswith("__index_level_")]

    @cached_property
    def names(self) -> Sequence[str]:
        """The names of the columns; the index pandas writes is left out."""
        return headers.checked([self._schema.names[place] for place in self._kept], self.name)

    @cached_property
    def columns(self) -> Sequence[ValueColumn]:
        """What reads each column."""
        marks = self.choices.missing or ()
        try:
            return [
                ValueColumn.sampled(name, values, self.choices.columns.get(name), marks=marks)
                for name, values in zip(self.names, self.head().columns, strict=True)
            ]
        except (InvalidInput, pa.ArrowException) as error:
            raise NotATable(
                name=self.name, problem=f"{error}. Convert it to text or numbers, or leave it out."
            ) from error

    @property
    def reading(self) -> JsonObject:
        """How the bytes are understood."""
        return {"format": "parquet"}

    @property
    def notes(self) -> tuple[str, ...]:
        """What is to be said beside it."""
        left_out = len(self._schema.names) - len(self._kept)
        return (f"The pandas index was left out ({left_out} columns).",) if left_out else ()

    def parts(self) -> Iterator[tuple[float, pa.RecordBatch]]:
        """Yield the rows in order, each part with the share of the file that is behind it.

        Raises:
            NotATable: the file is damaged, or unpacks to more than the limit.
        """
        waiting: list[pa.RecordBatch] = []
        size = done = total = 0
        with self._file() as file:
            rows = file.metadata.num_rows
            batches = file.iter_batches(batch_size=_BATCH_ROWS)
            while (batch := self._next(batches)) is not None:
                unfolded = _unfolded(batch)
                total += unfolded
                if total > self.limits.decoded:
                    self.limits.refuse_decoded(self.name)
                waiting.append(batch)
                size += unfolded
                if size > _BATCH_BYTES:
                    done += sum(part.num_rows for part in waiting)
                    yield done / rows, self._joined(waiting)
                    waiting, size = [], 0
        if waiting:
            yield 1.0, self._joined(waiting)

    def head(self) -> pa.RecordBatch:
        """Return the first part."""
        with self._file() as file:
            first = self._next(file.iter_batches(batch_size=_BATCH_ROWS))
        assert first is not None, "a file with rows has a first batch"  # noqa: S101
        return self._joined([first])

    def _joined(self, batches: list[pa.RecordBatch]) -> pa.RecordBatch:
        table = pa.Table.from_batches(batches).select(self._kept).combine_chunks()
        columns = [column.chunk(0) if column.num_chunks else column.combine_chunks() for column in table.columns]
        return pa.RecordBatch.from_arrays(columns, names=list(self.names))

    def _file(self) -> pq.ParquetFile:
        try:
            return pq.ParquetFile(self.path)
        except (pa.ArrowException, OSError) as error:
            raise self._damaged() from error

    def _next(self, batches: Iterator[pa.RecordBatch]) -> pa.RecordBatch | None:
        try:
            return next(batches, None)
        except (pa.ArrowException, OSError) as error:
            raise self._damaged() from error

    def _damaged(self) -> NotATable:
        return NotATable(
            name=self.name, problem="it begins like a Parquet file but is damaged or cut off. Write or copy it again."
        )


def _unfolded(batch: pa.RecordBatch) -> int:
    """Return the bytes of a batch once each row holds its own copy of a text that a dictionary holds once."""
    size: int = batch.nbytes
    for column in batch.columns:
        if pa.types.is_dictionary(column.type) and pa.types.is_string(column.type.value_type):
            size += pc.sum(pc.binary_length(column.dictionary).take(column.indices)).as_py() or 0
    return size
