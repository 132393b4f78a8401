"""Excel workbooks and OpenDocument sheets: one sheet, its first filled row the header."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property
from itertools import islice
from pathlib import Path
from typing import Any

import pyarrow as pa

from core.datasets import headers
from core.datasets.limits import Limits
from core.datasets.values import ValueColumn, array_of, columns_of
from core.errors import NotATable
from core.records.base import JsonObject, clipped
from core.records.reading import ReadingChoices

_PART_ROWS = 20_000


@dataclass(frozen=True)
class Workbook:
    """A :class:`core.datasets.sources.Source` over one sheet of a workbook."""

    path: Path
    name: str
    choices: ReadingChoices
    limits: Limits

    @cached_property
    def _book(self) -> Any:
        import python_calamine as calamine

        try:
            return calamine.CalamineWorkbook.from_path(str(self.path))
        except calamine.PasswordError as error:
            raise NotATable(
                name=self.name, problem="the workbook is protected by a password. Save it without one."
            ) from error
        except (calamine.CalamineError, OSError) as error:
            told = clipped(str(error), 100)
            problem = f"the workbook is damaged ({told}). Save it again, or as CSV."
            raise NotATable(name=self.name, problem=problem) from error

    @cached_property
    def sheets(self) -> tuple[str, ...]:
        """The names of the sheets."""
        return tuple(self._book.sheet_names)

    @cached_property
    def sheet(self) -> str:
        """The sheet that is read: the chosen one, or the first that holds anything.

        Raises:
            NotATable: there is no such sheet, or none with cells.
        """
        if self.choices.sheet is not None:
            if self.choices.sheet not in self.sheets:
                listed = headers.some([repr(sheet) for sheet in self.sheets])
                raise NotATable(name=self.name, problem=f"it has no sheet {self.choices.sheet!r}. It has: {listed}.")
            return self.choices.sheet
        for sheet in self.sheets:
            if self._book.get_sheet_by_name(sheet).height:
                return sheet
        raise NotATable(name=self.name, problem="none of its sheets holds a cell.")

    @cached_property
    def _cells(self) -> Any:
        sheet = self._book.get_sheet_by_name(self.sheet)
        if sheet.height * sheet.width > self.limits.sheet_cells:
            raise NotATable(
                name=self.name,
                problem=f"sheet {self.sheet!r} has {sheet.height:,} rows of {sheet.width:,} columns; at most "
                f"{self.limits.sheet_cells:,} cells of a workbook are read. Save the sheet as CSV (UTF-8).",
            )
        return sheet

    @cached_property
    def names(self) -> Sequence[str]:
        """The names in the header row, or made-up ones."""
        first = next(iter(self._rows(self._skip)), [])
        if self.choices.header_row == 0:
            return [f"column_{place}" for place in range(1, len(first) + 1)]
        return headers.checked([_label(cell) for cell in first], self.name)

    @cached_property
    def columns(self) -> Sequence[ValueColumn]:
        """What reads each column."""
        return columns_of(self.names, self.head(), self.choices)

    @property
    def reading(self) -> JsonObject:
        """How the bytes are understood."""
        found: JsonObject = {"format": "workbook", "sheet": self.sheet}
        return found | ({} if self.choices.header_row is None else {"header_row": self.choices.header_row})

    @property
    def doubts(self) -> tuple[str, ...]:
        """What questions the whole."""
        return ()

    @property
    def notes(self) -> tuple[str, ...]:
        """What is to be said beside it."""
        others = [repr(sheet) for sheet in self.sheets if sheet != self.sheet]
        if not others or self.choices.sheet is not None:
            return ()
        return (f"Sheet {self.sheet!r} was read; the workbook has others: {headers.some(others)}.",)

    def parts(self) -> Iterator[tuple[float, pa.RecordBatch]]:
        """Yield the rows in order, each part with the share of the sheet that is behind it."""
        rows = self._rows(self._skip + (0 if self.choices.header_row == 0 else 1))
        done = 0
        width = len(self.names)
        while part := list(islice(rows, _PART_ROWS)):
            done += len(part)
            columns = [array_of([_value(row[place]) for row in part]) for place in range(width)]
            yield min(done / self._cells.height, 1.0), pa.RecordBatch.from_arrays(columns, names=list(self.names))

    def head(self) -> pa.RecordBatch:
        """Return the first part.

        Raises:
            NotATable: there are no rows.
        """
        first = next(self.parts(), None)
        if first is None:
            raise NotATable(name=self.name, problem="it has a header but no rows. Add at least one row.")
        return first[1]

    @property
    def _skip(self) -> int:
        return max((self.choices.header_row or 1) - 1, 0)

    def _rows(self, skip: int) -> Iterator[list[Any]]:
        """Yield the rows that hold anything."""
        rows = islice(self._cells.iter_rows(), skip, None)
        return (row for row in rows if any(cell != "" for cell in row))


def _label(cell: Any) -> str:
    return str(int(cell)) if isinstance(cell, float) and cell.is_integer() else str(cell)


def _value(cell: Any) -> Any:
    if isinstance(cell, str):
        return cell if cell.strip() else None
    return cell.total_seconds() if isinstance(cell, timedelta) else cell
