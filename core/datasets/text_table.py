"""Text in columns: CSV and its kin, read in parts with every cell as it is written."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import pyarrow as pa
import pyarrow.csv

from core.datasets import headers, text_shape
from core.datasets.columns import TextColumn, is_few
from core.datasets.limits import Limits
from core.datasets.notation import notation_of
from core.datasets.sniffing import Encoding
from core.datasets.words import Notation
from core.errors import NotATable
from core.records.base import JsonObject
from core.records.reading import ReadingChoices

_BLOCK = 4 << 20
_SAMPLE = 1 << 20


@dataclass(frozen=True)
class TextTable:
    """A :class:`core.datasets.sources.Source` over UTF-8 text.

    ``skip`` is how many lines lie before the header, or before the first row when there ``is_bare`` of a header.
    """

    path: Path
    name: str
    encoding: Encoding
    choices: ReadingChoices
    limits: Limits
    shape: text_shape.Shape
    delimiter: str
    skip: int
    is_bare: bool

    @classmethod
    def opened(
        cls, path: Path, name: str, encoding: Encoding, choices: ReadingChoices, limits: Limits, shape: text_shape.Shape
    ) -> "TextTable":
        """Find delimiter and header.

        Raises:
            NotATable: there are no columns, or they have no names.
        """
        row = 1 if choices.header_row is None else choices.header_row
        skip = max(row - 1, 0)
        delimiter = choices.delimiter or text_shape.delimiter_of(path, name, skip)
        table = cls(path, name, encoding, choices, limits, shape, delimiter, skip, is_bare=row == 0)
        limits.check_size(shape.lines, len(table.names), name)
        return table

    @cached_property
    def names(self) -> Sequence[str]:
        """The names in the header, or made-up ones."""
        if self.is_bare:
            return [f"column_{place}" for place in range(1, len(self._written) + 1)]
        return headers.checked(self._written, self.name)

    @cached_property
    def _written(self) -> list[str]:
        with self._translating(), self._reader({}, _SAMPLE) as reader:
            found: list[str] = reader.schema.names
            return found

    @cached_property
    def _sample(self) -> pa.RecordBatch:
        types = dict.fromkeys(self._written, pa.string())
        with self._translating(), self._reader(types, _SAMPLE) as reader:
            try:
                first: pa.RecordBatch = reader.read_next_batch()
            except StopIteration as error:
                raise NotATable(name=self.name, problem="it has a header but no rows. Add at least one row.") from error
            return first

    @cached_property
    def notation(self) -> Notation:
        """How values are written."""
        return notation_of(self._sample, self.delimiter, self.choices)

    @cached_property
    def columns(self) -> Sequence[TextColumn]:
        """What reads each column, expecting what the first rows look like."""
        asked = self.choices.columns
        cells = zip(self.names, self._sample.columns, strict=True)
        return [TextColumn.sampled(part, self.notation, asked.get(name)) for name, part in cells]

    @cached_property
    def _types(self) -> dict[str, pa.DataType]:
        coded = pa.dictionary(pa.int32(), pa.string())
        cells = zip(self._written, self._sample.columns, strict=True)
        return {name: coded if is_few(part) else pa.string() for name, part in cells}

    @property
    def reading(self) -> JsonObject:
        """How the bytes are understood."""
        found: JsonObject = {
            "format": "csv",
            "encoding": self.encoding.name,
            "encoding_guessed": self.encoding.guessed,
            "delimiter": self.delimiter,
        }
        if self.notation.decimal != ".":
            found["decimal"] = self.notation.decimal
        if self.notation.thousands:
            found["thousands"] = self.notation.thousands
        if self.choices.header_row is not None:
            found["header_row"] = self.choices.header_row
        if self.choices.missing is not None:
            found["missing"] = list(self.choices.missing)
        return found

    @property
    def doubts(self) -> tuple[str, ...]:
        """What questions the whole."""
        doubts = []
        if self.encoding.guessed:
            doubts.append(
                f"The encoding {self.encoding.name} is a guess: the file does not say, and it is not UTF-8. Check "
                "texts with accents; if they look wrong, choose another encoding, or save the file as UTF-8 and add "
                "it again."
            )
        if self.choices.header_row is None and any(_is_decimal(name) for name in self.names):
            doubts.append(
                "The first line was read as the header, but it looks like data. Add a line with column names."
            )
        return tuple(doubts)

    @property
    def notes(self) -> tuple[str, ...]:
        """What is to be said beside it."""
        if self.notation.decimal == "." or self.choices.decimal:
            return ()
        return ("Numbers are written with a decimal comma, and were read so.",)

    def parts(self) -> Iterator[tuple[float, pa.RecordBatch]]:
        """Yield the rows in order, each part with the share of the file that is behind it.

        Raises:
            NotATable: a row is broken, and which.
        """
        rows = 0
        with self._translating(), self._reader(self._types) as reader:
            for batch in reader:
                rows += batch.num_rows
                yield min(rows / max(self.shape.lines, 1), 1.0), batch
        self._check_quotes(rows)

    def head(self) -> pa.RecordBatch:
        """Return the first part."""
        return self._sample

    def _check_quotes(self, rows: int) -> None:
        """Look again, strictly, where a quote that is never closed may have swallowed rows without an error."""
        expected = self.shape.lines - self.skip - (0 if self.is_bare else 1)
        if self.shape.quotes and (self.shape.quotes % 2 or rows < expected):
            problem = text_shape.diagnosis(self.path, self.delimiter, self.skip, self.limits, "")
            if problem:
                raise NotATable(name=self.name, problem=problem)

    def _reader(self, types: dict[str, pa.DataType], sample: int = 0) -> pa.csv.CSVStreamingReader:
        """Read all of the file, or only its first ``sample`` bytes or little more."""
        block = max(sample or _BLOCK, 2 * self.shape.longest)
        convert = pa.csv.ConvertOptions(
            column_types=types, null_values=[""], strings_can_be_null=True, check_utf8=False
        )
        read = pa.csv.ReadOptions(block_size=block, skip_rows=self.skip, autogenerate_column_names=self.is_bare)
        parse = pa.csv.ParseOptions(delimiter=self.delimiter, newlines_in_values=self.shape.quotes > 0)
        return pa.csv.open_csv(self._first(2 * block) if sample else self.path, read, parse, convert)

    def _first(self, size: int) -> pa.BufferReader:
        """Return the first bytes alone: the reader would run ahead in the file."""
        with self.path.open("rb") as file:
            return pa.BufferReader(file.read(size))

    def _translating(self) -> "_Translation":
        return _Translation(self)


@dataclass
class _Translation:
    """Turns the parser's complaint into the line that is broken."""

    table: TextTable

    def __enter__(self) -> None:
        """Begin."""

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        """Raise the clear error in place of Arrow's."""
        if isinstance(error, pa.ArrowInvalid):
            table = self.table
            problem = text_shape.diagnosis(table.path, table.delimiter, table.skip, table.limits, str(error))
            raise NotATable(name=table.name, problem=problem) from error


def _is_decimal(text: str) -> bool:
    whole, point, part = text.partition(".")
    return bool(point) and whole.lstrip("-").isdecimal() and part.isdecimal()
