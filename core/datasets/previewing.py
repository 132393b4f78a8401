"""What would be kept of a file, judged by its first rows, before anything is stored."""

from pathlib import Path
from typing import Any

import pyarrow as pa

from core.datasets import sniffing, unpacking
from core.datasets.columns import Column, TextColumn
from core.datasets.limits import Limits
from core.datasets.proposals import Proposal, proposal_for
from core.datasets.reading import Opened, opened
from core.datasets.words import Words
from core.datasets.workbook import Workbook
from core.errors import NotATable
from core.records.base import clipped
from core.records.dataset import ColumnKind
from core.records.reading import ColumnPreview, EncodingSample, ReadingChoices, TablePreview

_EXAMPLES = 3
_LONGEST_CELL = 200
_MOST_COLUMNS = 200
_SAMPLE_ROWS = 5_000
_RIVALS = 6
# With fewer rows, a column of different values says nothing.
_TELLING = 20


def preview(path: Path, name: str, limits: Limits, choices: ReadingChoices, rows: int) -> TablePreview:
    """Read the first rows of a file as it would be kept.

    Raises:
        NotATable: what was found instead of a table, and what to do about it.
    """
    with opened(path, name, limits, choices) as found:
        source = found.source
        head = source.head().slice(0, _SAMPLE_ROWS)
        if head.num_rows == 0:
            raise NotATable(name=name, problem="it has a header but no rows. Add at least one row.")
        columns: list[ColumnPreview] = []
        shown: list[list[str | None]] = []
        for label, column, cells in zip(source.names, source.columns, head.columns, strict=True):
            first = cells.slice(0, rows)
            values, _ = column.read(first)
            values = first if values is None else values
            columns.append(_described(label, column, cells, _examples(values)))
            if len(shown) < _MOST_COLUMNS:
                shown.append([None if value is None else _text(value) for value in values.to_pylist()])
        return TablePreview(
            reading=found.reading(choices),
            columns=tuple(columns),
            rows=tuple(zip(*shown, strict=True)),
            sampled=head.num_rows,
            whole=head.num_rows < _SAMPLE_ROWS and sum(part.num_rows for _, part in source.parts()) == head.num_rows,
            doubts=source.doubts,
            notes=source.notes,
            members=found.members,
            encodings=_encodings(found),
            sheets=source.sheets if isinstance(source, Workbook) else (),
        )


def choices_of(path: Path, limits: Limits) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the files of an archive and the sheets of a workbook, for a person to choose from."""
    members = unpacking.members_of(path)
    if members or not unpacking.is_workbook(path):
        return members, ()
    try:
        unpacking.check_workbook(path, path.name, limits)
        return (), Workbook(path, path.name, ReadingChoices(), limits).sheets
    except NotATable:
        return (), ()


def _encodings(found: Opened) -> tuple[EncodingSample, ...]:
    if not found.source.reading.get("encoding_guessed"):
        return ()
    return tuple(EncodingSample(encoding=name, text=text) for name, text in sniffing.rivals(found.path, _RIVALS))


def _described(label: str, column: Column, cells: pa.Array, examples: tuple[str, ...]) -> ColumnPreview:
    offered = _offered(column, cells)
    seen = column.expected
    note = offered.note or seen.note or _identity(seen.kind, cells)
    return ColumnPreview(name=label, kind=seen.kind, examples=examples, proposal=offered.choice, note=note)


def _identity(kind: ColumnKind, cells: pa.Array) -> str:
    if kind not in (ColumnKind.TEXT, ColumnKind.INTEGER) or len(cells) < _TELLING or cells.null_count:
        return ""
    return "different in every row, like an identifier" if len(cells.unique()) == len(cells) else ""


def _offered(column: Column, cells: pa.Array) -> Proposal:
    is_open = column.choice is None and column.expected.kind is ColumnKind.TEXT
    if not is_open or not isinstance(column, TextColumn):
        return Proposal(None, "")
    return proposal_for(Words.of(cells.unique().drop_null(), column.notation))


def _examples(values: pa.Array) -> tuple[str, ...]:
    """Return the first values that differ."""
    found: dict[str, None] = {}
    for value in values:
        if len(found) == _EXAMPLES:
            break
        if value.is_valid:
            found[_text(value.as_py())] = None
    return tuple(found)


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return clipped(str(value), _LONGEST_CELL)
