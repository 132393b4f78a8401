"""From a file of unknown bytes to a typed table, or to a clear reason why not."""

import csv
import io
import tempfile
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import pyarrow.parquet as pq

from core.datasets import kinds, sniffing
from core.errors import InvalidInput, NotATable
from core.records.base import JsonObject, clipped

_DELIMITERS = (",", ";", "\t", "|")
_SAMPLE_LINES = 100
_SAMPLE_CHARACTERS = 1 << 20
_LONGEST_NAME = 200
_BATCH_ROWS = 1_024


@dataclass(frozen=True)
class Limits:
    """How much a table may hold: beyond it, a small file could fill the memory when unpacked.

    ``line`` is in bytes; ``decoded`` is the size in memory in bytes.
    """

    columns: int = 10_000
    cells: int = 200_000_000
    line: int = 16 << 20
    decoded: int = 2_000_000_000


@dataclass(frozen=True)
class ReadTable:
    """A typed table, how its bytes were understood, and what to tell of it: doubts (worse) and notes."""

    table: pa.Table
    reading: JsonObject
    doubts: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


LIMITS = Limits()


def read(path: Path, name: str, limits: Limits = LIMITS) -> ReadTable:
    """Read a table, going by the content of the file and never by what it is called.

    Args:
        path: the file.
        name: what to call it in messages.
        limits: how much it may hold.

    Raises:
        NotATable: what was found instead of a table, and what to do about it.
    """
    if sniffing.is_parquet(path):
        return _read_parquet(path, name, limits)
    sniffing.refuse_foreign(path, name)
    return _read_text(path, name, limits)


def _read_parquet(path: Path, name: str, limits: Limits) -> ReadTable:
    try:
        raw = _unpack(pq.ParquetFile(path), name, limits)
    except (pa.ArrowException, OSError) as error:
        raise NotATable(
            name=name, problem="it begins like a Parquet file but is damaged or cut off. Write or copy it again."
        ) from error
    index = [column for column in raw.column_names if column.startswith("__index_level_")]
    raw = _renamed(raw.drop_columns(index), name)
    _refuse_empty(raw, name)
    try:
        columns = [kinds.from_arrow(raw[column], column) for column in raw.column_names]
    except (InvalidInput, pa.ArrowException) as error:
        raise NotATable(name=name, problem=f"{error}. Convert it to text or numbers, or leave it out.") from error
    reading: JsonObject = {"format": "parquet"}
    extra = (f"The pandas index was left out ({len(index)} columns).",) if index else ()
    return _assembled(raw.column_names, columns, reading, (), extra)


def _unpack(file: pq.ParquetFile, name: str, limits: Limits) -> pa.Table:
    """Read in small batches, because the sizes a Parquet file states of itself may be far from the truth."""
    _check_size(file.metadata.num_rows, file.metadata.num_columns, name, limits)
    batches: list[pa.RecordBatch] = []
    size = 0
    for batch in file.iter_batches(batch_size=_BATCH_ROWS):
        size += _unfolded(batch)
        if size > limits.decoded:
            raise NotATable(
                name=name,
                problem=f"unpacked it takes more than {limits.decoded / 1e9:g} GB of memory. Split it, or leave out "
                "columns with long texts.",
            )
        batches.append(batch)
    return pa.Table.from_batches(batches, schema=file.schema_arrow.remove_metadata())


def _unfolded(batch: pa.RecordBatch) -> int:
    """Return the bytes of a batch once each row holds its own copy of a text that a dictionary holds once."""
    size: int = batch.nbytes
    for column in batch.columns:
        if pa.types.is_dictionary(column.type) and pa.types.is_string(column.type.value_type):
            size += pc.sum(pc.binary_length(column.dictionary).take(column.indices)).as_py() or 0
    return size


def _read_text(path: Path, name: str, limits: Limits) -> ReadTable:
    encoding = sniffing.encoding_of(path, name)
    if encoding.name == "utf-8":
        return _read_utf8(path, name, encoding, limits)
    with tempfile.TemporaryDirectory(prefix="pilothouse-") as folder:
        copy = Path(folder) / "table.csv"
        with copy.open("w", encoding="utf-8", newline="") as file:
            file.writelines(sniffing.decoded(path, encoding, name))
        return _read_utf8(copy, name, encoding, limits)


def _read_utf8(path: Path, name: str, encoding: sniffing.Encoding, limits: Limits) -> ReadTable:
    shape = _survey(path, name, limits)
    delimiter = _delimiter(path, name)
    columns = _header(path, delimiter, shape, name)
    _check_size(shape.lines, len(columns), name, limits)
    raw = _parse(path, delimiter, columns, shape, name)
    raw = _renamed(raw, name)
    _refuse_empty(raw, name)
    typed = [kinds.from_text(raw[column]) for column in raw.column_names]
    reading: JsonObject = {
        "format": "csv",
        "encoding": encoding.name,
        "encoding_guessed": encoding.guessed,
        "delimiter": delimiter,
    }
    return _assembled(raw.column_names, typed, reading, _doubts(encoding, raw.column_names), ())


@dataclass(frozen=True)
class _Shape:
    """What one pass over the bytes tells: lines, bytes of the longest (when beyond a chunk), number of quotes."""

    lines: int
    longest: int
    quotes: int


def _survey(path: Path, name: str, limits: Limits) -> _Shape:
    """Count lines and quotes, and refuse what would choke the parser."""
    lines = quotes = longest = open_line = 0
    with path.open("rb") as file:
        while chunk := file.read(sniffing.CHUNK):
            if b"\x00" in chunk:
                _refuse_zero_byte(lines + chunk[: chunk.index(0)].count(b"\n") + 1, name)
            ends = chunk.count(b"\n")
            open_line += chunk.index(b"\n") if ends else len(chunk)
            longest = max(longest, open_line)
            if longest > limits.line:
                _refuse_long_line(lines + 1, name, limits)
            open_line = len(chunk) - 1 - chunk.rindex(b"\n") if ends else open_line
            lines += ends
            quotes += chunk.count(b'"')
    return _Shape(lines + bool(open_line), max(longest, open_line), quotes)


def _refuse_zero_byte(line: int, name: str) -> NoReturn:
    raise NotATable(
        name=name, problem=f"line {line:,} holds a zero byte, so it is binary data or damaged. Write it again."
    )


def _refuse_long_line(line: int, name: str, limits: Limits) -> NoReturn:
    raise NotATable(
        name=name,
        problem=f"line {line:,} is longer than {limits.line >> 20} MB. Check its line ends.",
    )


def _delimiter(path: Path, name: str) -> str:
    """Choose the delimiter that gives the header several cells and the most lines as many cells as the header."""
    lines = _sample(path)
    best, best_score = "", (0.0, 0)
    for delimiter in _DELIMITERS:
        widths = _widths(lines, delimiter)
        if not widths or widths[0] < 2:
            continue
        score = (sum(width == widths[0] for width in widths) / len(widths), widths[0])
        if score > best_score:
            best, best_score = delimiter, score
    if not best:
        raise NotATable(
            name=name,
            problem="its first line has no comma, semicolon, tab or | that would separate columns. A table needs at "
            "least two columns and a header line.",
        )
    return best


def _sample(path: Path) -> list[str]:
    """Return the first lines, without one that is cut off."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        text = file.read(_SAMPLE_CHARACTERS)
        whole = not file.read(1)
    lines = list(io.StringIO(text, newline=""))
    return lines[:_SAMPLE_LINES] if whole or len(lines) < 2 else lines[:-1][:_SAMPLE_LINES]


def _widths(lines: list[str], delimiter: str) -> list[int]:
    widths: list[int] = []
    try:
        widths.extend(len(row) for row in csv.reader(lines, delimiter=delimiter) if row)
    except csv.Error:
        return widths
    return widths


def _header(path: Path, delimiter: str, shape: _Shape, name: str) -> list[str]:
    """Return the names in the first line, as the parser sees them."""
    options = pa.csv.ReadOptions(block_size=_block(shape))
    try:
        with pa.csv.open_csv(path, options, _parse_options(delimiter, shape)) as reader:
            found: list[str] = reader.schema.names
            return found
    except pa.ArrowInvalid as error:
        raise NotATable(name=name, problem=_diagnosis(path, delimiter, str(error))) from error


def _parse(path: Path, delimiter: str, columns: list[str], shape: _Shape, name: str) -> pa.Table:
    """Read all cells as text: types are decided on the whole column, never on its first rows."""
    convert = pa.csv.ConvertOptions(
        column_types=dict.fromkeys(columns, pa.string()), null_values=[""], strings_can_be_null=True
    )
    options = pa.csv.ReadOptions(block_size=_block(shape))
    _check_names(columns, name)
    try:
        table = pa.csv.read_csv(path, options, _parse_options(delimiter, shape), convert)
    except pa.ArrowInvalid as error:
        raise NotATable(name=name, problem=_diagnosis(path, delimiter, str(error))) from error
    # A quote that is never closed swallows the rows after it without an error; cells over several lines are rare
    # enough to pay for a second, strict look.
    if shape.quotes and (shape.quotes % 2 or table.num_rows + 1 < shape.lines):
        problem = _diagnosis(path, delimiter, "")
        if problem:
            raise NotATable(name=name, problem=problem)
    return table


def _block(shape: _Shape) -> int:
    return max(4 << 20, 2 * shape.longest)


def _parse_options(delimiter: str, shape: _Shape) -> pa.csv.ParseOptions:
    return pa.csv.ParseOptions(delimiter=delimiter, newlines_in_values=shape.quotes > 0)


def _diagnosis(path: Path, delimiter: str, otherwise: str) -> str:
    """Find the first line that breaks the table, with Python's strict and slow reader."""
    csv.field_size_limit(LIMITS.line)
    with path.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.reader(file, delimiter=delimiter, strict=True)
        width, first = 0, 1
        try:
            for row in reader:
                width = width or len(row)
                if row and len(row) != width:
                    return (
                        f"line {first:,} has {len(row):,} cells where the header has {width:,}. Mend that line, or put "
                        "cells that contain the delimiter in quotes."
                    )
                first = reader.line_num + 1
        except csv.Error as error:
            return f"the row that begins in line {first:,} has a quote out of place ({error}). Mend that line."
    return otherwise


def _check_size(rows: int, columns: int, name: str, limits: Limits) -> None:
    if columns > limits.columns:
        raise NotATable(
            name=name, problem=f"it has {columns:,} columns; at most {limits.columns:,} are read. Leave some out."
        )
    if rows * columns > limits.cells:
        raise NotATable(
            name=name,
            problem=f"it has {rows:,} rows of {columns:,} columns; at most {limits.cells:,} cells are read. Split it.",
        )


def _refuse_empty(table: pa.Table, name: str) -> None:
    if table.num_columns < 2:
        raise NotATable(name=name, problem="it has fewer than two columns: a model needs a target and a feature.")
    if table.num_rows == 0:
        raise NotATable(name=name, problem="it has a header but no rows. Add at least one row.")


def _renamed(table: pa.Table, name: str) -> pa.Table:
    _check_names(table.column_names, name)
    return table.rename_columns([column.strip() for column in table.column_names])


def _check_names(columns: list[str], name: str) -> None:
    """Refuse a header in which a column has no name of its own."""
    names = [column.strip() for column in columns]
    nameless = [str(place) for place, column in enumerate(names, start=1) if not column]
    if nameless:
        raise NotATable(
            name=name,
            problem=f"column {_some(nameless)} has no name in the header. Name every column (pandas writes its index "
            "as a nameless first column: use index=False).",
        )
    twice = [repr(clipped(column, 60)) for column, times in Counter(names).items() if times > 1]
    if twice:
        raise NotATable(
            name=name, problem=f"the header names {_some(twice)} more than once. Give every column a name of its own."
        )
    for column in names:
        if column != clipped(column, _LONGEST_NAME):
            raise NotATable(
                name=name,
                problem=f"the column name {clipped(column, 60)!r} has control characters or line ends in it, or more "
                f"than {_LONGEST_NAME} characters. Shorten it to a plain label.",
            )


def _doubts(encoding: sniffing.Encoding, columns: list[str]) -> tuple[str, ...]:
    doubts = []
    if encoding.guessed:
        doubts.append(
            f"The encoding {encoding.name} is a guess: the file does not say, and it is not UTF-8. Check texts with "
            "accents; if they look wrong, save the file as UTF-8 and add it again."
        )
    if any(_is_decimal(column) for column in columns):
        doubts.append("The first line was read as the header, but it looks like data. Add a line with column names.")
    return tuple(doubts)


def _is_decimal(text: str) -> bool:
    whole, point, part = text.partition(".")
    return bool(point) and whole.lstrip("-").isdecimal() and part.isdecimal()


def _assembled(
    names: list[str],
    columns: list[kinds.Typed],
    reading: JsonObject,
    doubts: tuple[str, ...],
    notes: tuple[str, ...],
) -> ReadTable:
    pairs = zip(names, columns, strict=True)
    said = [f"{clipped(name, 60)!r}: {column.note}." for name, column in pairs if column.note]
    table = pa.table([column.values for column in columns], names=names)
    return ReadTable(table, reading, doubts, (*notes, *said))


def _some(labels: list[str]) -> str:
    more = len(labels) - 5
    return ", ".join(labels[:5]) + (f" and {more} more" if more > 0 else "")
