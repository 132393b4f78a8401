"""What every format is turned into: named columns that come in parts, as often as they are asked for."""

from collections.abc import Iterator, Sequence
from typing import Protocol

import pyarrow as pa

from core.datasets.columns import Column
from core.records.base import JsonObject


class Source(Protocol):
    """A table at rest in a file, in whatever format."""

    @property
    def names(self) -> Sequence[str]:
        """The names of the columns, checked."""
        ...

    @property
    def columns(self) -> Sequence[Column]:
        """What reads each column."""
        ...

    @property
    def reading(self) -> JsonObject:
        """How the bytes are understood."""
        ...

    @property
    def doubts(self) -> tuple[str, ...]:
        """What questions the whole."""
        ...

    @property
    def notes(self) -> tuple[str, ...]:
        """What is to be said beside it."""
        ...

    def parts(self) -> Iterator[tuple[float, pa.RecordBatch]]:
        """Yield the rows in order, each part with the share of the file (0 to 1) that is behind it.

        Raises:
            NotATable: the file is broken somewhere, and where.
        """
        ...

    def head(self) -> pa.RecordBatch:
        """Return the first part."""
        ...
