"""How the bytes of a table are understood: what a person overrules, what was found, what is proposed."""

from typing import Any

from pydantic import field_validator

from core.records.base import JsonObject, Record
from core.records.dataset import ColumnKind


class ColumnChoice(Record):
    """What a person says of one column: its kind, and for moments how they are written (as in ``strptime``)."""

    kind: ColumnKind
    date_format: str | None = None


class ReadingChoices(Record):
    """What a person overrules of how a file is read; whatever is left out is found out from the bytes.

    ``header_row`` counts lines from 1, 0 says that there is no header; ``missing`` replaces the marks that mean "no
    value" (an empty cell always does); ``sheet`` is of a workbook, ``member`` of an archive.
    """

    encoding: str | None = None
    delimiter: str | None = None
    decimal: str | None = None
    thousands: str | None = None
    header_row: int | None = None
    missing: tuple[str, ...] | None = None
    sheet: str | None = None
    member: str | None = None
    columns: dict[str, ColumnChoice] = {}

    @field_validator("delimiter", mode="before")
    @classmethod
    def _spelled_out(cls, value: Any) -> Any:
        return {"tab": "\t", "\\t": "\t", "comma": ",", "semicolon": ";", "space": " "}.get(value, value)

    def document(self) -> JsonObject:
        """Return what was overruled, and nothing else."""
        return self.model_dump(mode="json", exclude_defaults=True)


AS_DETECTED = ReadingChoices()
"""Nothing overruled."""


class ColumnPreview(Record):
    """One column as it would be kept: kind, some of its cells, and another reading that is proposed (or None)."""

    name: str
    kind: ColumnKind
    examples: tuple[str, ...]
    proposal: ColumnChoice | None = None
    note: str = ""


class TablePreview(Record):
    """What would be kept of a file, judged by its first rows.

    ``rows`` are cells as text, None where a value is missing; ``whole`` tells whether that is all there is.
    ``members`` and ``sheets`` are what an archive or a workbook has to choose from.
    """

    reading: JsonObject
    columns: tuple[ColumnPreview, ...]
    rows: tuple[tuple[str | None, ...], ...]
    sampled: int
    whole: bool
    doubts: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    members: tuple[str, ...] = ()
    sheets: tuple[str, ...] = ()
