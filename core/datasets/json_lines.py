"""JSON lines: one object a line; objects inside become columns with a dot, lists stay as their JSON."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import pyarrow as pa

from core.datasets import headers
from core.datasets.limits import Limits
from core.datasets.sniffing import Encoding
from core.datasets.values import ValueColumn, array_of, columns_of
from core.errors import NotATable
from core.records.base import JsonObject
from core.records.reading import ReadingChoices

_PART_LINES = 20_000
_PART_BYTES = 8 << 20
_DEEPEST = 8
Row = dict[str, Any]


@dataclass(frozen=True)
class JsonLines:
    """A :class:`core.datasets.sources.Source` over UTF-8 text with a JSON object in each line."""

    path: Path
    name: str
    encoding: Encoding
    choices: ReadingChoices
    limits: Limits

    doubts: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    @cached_property
    def names(self) -> Sequence[str]:
        """All keys of all lines, in the order in which they first appear."""
        found: dict[str, None] = {}
        rows = 0
        for _, part in self._rows():
            rows += len(part)
            for row in part:
                found.update(dict.fromkeys(row))
            self.limits.check_size(rows, len(found), self.name)
        if not rows:
            raise NotATable(name=self.name, problem="it has no objects. Give one JSON object a line.")
        return headers.checked(list(found), self.name)

    @cached_property
    def columns(self) -> Sequence[ValueColumn]:
        """What reads each column."""
        return columns_of(self.names, self.head(), self.choices)

    @property
    def reading(self) -> JsonObject:
        """How the bytes are understood."""
        return {"format": "json lines", "encoding": self.encoding.name, "encoding_guessed": self.encoding.guessed}

    def parts(self) -> Iterator[tuple[float, pa.RecordBatch]]:
        """Yield the rows in order, each part with the share of the file that is behind it.

        Raises:
            NotATable: a line holds no object, and which.
        """
        for share, rows in self._rows():
            columns = [array_of([row.get(name) for row in rows]) for name in self.names]
            yield share, pa.RecordBatch.from_arrays(columns, names=list(self.names))

    def head(self) -> pa.RecordBatch:
        """Return the first part."""
        return next(self.parts())[1]

    def _rows(self) -> Iterator[tuple[float, list[Row]]]:
        total = max(self.path.stat().st_size, 1)
        rows: list[Row] = []
        size = done = 0
        with self.path.open("rb") as file:
            for number, line in enumerate(file, start=1):
                if len(line) > self.limits.line:
                    raise NotATable(
                        name=self.name, problem=f"line {number:,} is longer than {self.limits.line >> 20} MB. Split it."
                    )
                size += len(line)
                if line.strip(b" \t\r\n\xef\xbb\xbf"):
                    rows.append(self._row(line, number))
                if len(rows) >= _PART_LINES or size > _PART_BYTES:
                    done += size
                    yield done / total, rows
                    rows, size = [], 0
        if rows:
            yield 1.0, rows

    def _row(self, line: bytes, number: int) -> Row:
        try:
            found = json.loads(line.decode("utf-8-sig"))
        except (ValueError, RecursionError) as error:
            raise NotATable(
                name=self.name, problem=f"line {number:,} is no JSON ({error}). Give one JSON object a line."
            ) from error
        if not isinstance(found, dict):
            raise NotATable(name=self.name, problem=f"line {number:,} is no JSON object. Give one object a line.")
        return dict(_flat(found, "", _DEEPEST))


def _flat(found: Row, above: str, depth: int) -> Iterator[tuple[str, Any]]:
    for key, value in found.items():
        if isinstance(value, dict) and value and depth:
            yield from _flat(value, f"{above}{key}.", depth - 1)
        elif isinstance(value, list | dict):
            yield above + key, json.dumps(value, ensure_ascii=False)
        else:
            yield above + key, value
