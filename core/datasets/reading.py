"""From a file of unknown bytes to a typed table, or to a clear reason why not."""

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa

from core.datasets import passes, sniffing, text_shape, unpacking
from core.datasets.json_lines import JsonLines
from core.datasets.limits import LIMITS, Limits
from core.datasets.parquet_table import ParquetTable
from core.datasets.passes import Progress
from core.datasets.sources import Source
from core.datasets.text_table import TextTable
from core.datasets.workbook import Workbook
from core.datasets.writing import ParquetSink
from core.records.base import JsonObject
from core.records.dataset import Column
from core.records.reading import AS_DETECTED, ReadingChoices


@dataclass(frozen=True)
class ReadTable:
    """A typed table, how its bytes were understood, and what to tell of it: doubts (worse) and notes."""

    table: pa.Table
    reading: JsonObject
    doubts: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Converted:
    """What was written to a Parquet file, how the bytes were understood, and what to tell of it."""

    rows: int
    columns: tuple[Column, ...]
    reading: JsonObject
    doubts: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


def _unheard(share: float) -> None:
    """Take no note of progress."""


def read(path: Path, name: str, limits: Limits = LIMITS, choices: ReadingChoices = AS_DETECTED) -> ReadTable:
    """Read a small table into memory, going by the content of the file and never by what it is called.

    Args:
        path: the file.
        name: what to call it in messages.
        limits: how much it may hold.
        choices: what a person overrules.

    Raises:
        NotATable: what was found instead of a table, and what to do about it.
    """
    sink = _MemorySink()
    with opened(path, name, limits, choices) as found:
        source = found.source
        typed = passes.run(source, name, sink, _unheard)
        table = sink.table(source.names)
        return ReadTable(table, found.reading(choices), source.doubts, (*source.notes, *typed.notes))


def convert(
    path: Path,
    name: str,
    target: Path,
    limits: Limits = LIMITS,
    choices: ReadingChoices = AS_DETECTED,
    progress: Progress = _unheard,
) -> Converted:
    """Read a table of any size into a Parquet file at ``target``, in bounded memory.

    Args:
        path: the file.
        name: what to call it in messages.
        target: where the Parquet file is written; whatever is there is replaced.
        limits: how much it may hold.
        choices: what a person overrules.
        progress: called with the share (0 to 1) that is behind; may raise to stop.

    Raises:
        NotATable: what was found instead of a table, and what to do about it.
    """
    with opened(path, name, limits, choices) as found, ParquetSink(target) as sink:
        source = found.source
        typed = passes.run(source, name, sink, progress)
        columns = tuple(
            Column(name=label, kind=decision.kind, nullable=label in sink.gaps)
            for label, decision in zip(source.names, typed.decisions, strict=True)
        )
        notes = (*source.notes, *typed.notes)
        return Converted(typed.rows, columns, found.reading(choices), source.doubts, notes)


@dataclass(frozen=True)
class Opened:
    """A table at rest, the plain file it lies in, how that was packed, and what the archive has to choose from."""

    source: Source
    path: Path
    packing: JsonObject
    members: tuple[str, ...]

    def reading(self, choices: ReadingChoices) -> JsonObject:
        """Tell how the bytes are understood, and what of it was chosen."""
        chosen = choices.document()
        return {**self.source.reading, **self.packing, **({"choices": chosen} if chosen else {})}


@contextmanager
def opened(path: Path, name: str, limits: Limits, choices: ReadingChoices) -> Iterator[Opened]:
    """Open a file as the table it holds, unpacked and decoded as needed; temporary copies last as long as this.

    Raises:
        NotATable: what was found instead of a table, and what to do about it.
    """
    with tempfile.TemporaryDirectory(prefix="pilothouse-") as folder:
        plain = unpacking.unpacked(path, name, Path(folder), choices, limits)
        source = _source(plain.path, name, Path(folder), limits, choices)
        yield Opened(source, plain.path, plain.packing, plain.members)


def _source(path: Path, name: str, folder: Path, limits: Limits, choices: ReadingChoices) -> Source:
    if sniffing.is_parquet(path):
        return ParquetTable(path, name, choices, limits)
    if unpacking.is_workbook(path):
        unpacking.check_workbook(path, name, limits)
        return Workbook(path, name, choices, limits)
    is_json = sniffing.is_json_lines(path)
    if not is_json:
        sniffing.refuse_foreign(path, name)
    encoding = sniffing.encoding_of(path, name, choices.encoding)
    plain = _as_utf8(path, name, folder, encoding)
    if is_json:
        return JsonLines(plain, name, encoding, choices, limits)
    shape = text_shape.survey(plain, name, limits)
    return TextTable.opened(plain, name, encoding, choices, limits, shape)


def _as_utf8(path: Path, name: str, folder: Path, encoding: sniffing.Encoding) -> Path:
    if encoding.name in ("utf-8", "utf-8-sig"):
        return path
    copy = folder / "decoded"
    with copy.open("w", encoding="utf-8", newline="") as file:
        file.writelines(sniffing.decoded(path, encoding, name))
    return copy


class _MemorySink:
    """Keeps typed rows in memory."""

    def __init__(self) -> None:
        self._parts: list[Sequence[pa.Array]] = []

    def begin(self) -> None:
        """Start over."""
        self._parts = []

    def write(self, names: Sequence[str], columns: Sequence[pa.Array]) -> None:  # noqa: ARG002
        """Take the next rows."""
        self._parts.append([_decoded(column) for column in columns])

    def table(self, names: Sequence[str]) -> pa.Table:
        """Return all rows."""
        columns = [pa.chunked_array(list(parts)) for parts in zip(*self._parts, strict=True)]
        return pa.table(columns, names=list(names))


def _decoded(column: pa.Array) -> pa.Array:
    return column.dictionary_decode() if isinstance(column, pa.DictionaryArray) else column
