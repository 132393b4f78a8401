"""How the bytes of a table are understood: what a person overrules, what was found, what is proposed."""

from typing import Any

from pydantic import ValidationError, field_validator

from core.errors import InvalidInput
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

    @field_validator("delimiter")
    @classmethod
    def _one_mark(cls, value: str | None) -> str | None:
        if value is not None and (len(value) != 1 or not value.isascii() or value in '"\r\n\x00'):
            raise ValueError("a delimiter is one plain character, like a comma, or the word tab")
        return value

    @classmethod
    def checked(cls, **given: Any) -> "ReadingChoices":
        """Return what a person says.

        Raises:
            InvalidInput: some of it cannot be.
        """
        try:
            return cls(**given)
        except ValidationError as error:
            raise InvalidInput(problem=f"{error.errors()[0]['msg'].removeprefix('Value error, ')}.") from error

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


class EncodingSample(Record):
    """What the first telling text of a file looks like in one encoding it could be written in."""

    encoding: str
    text: str


class TablePreview(Record):
    """What would be kept of a file, judged by its first rows.

    ``rows`` are cells as text, None where a value is missing, of the first columns only where there are very many;
    ``whole`` tells whether that is all there is.
    ``members`` and ``sheets`` are what an archive or a workbook has to choose from; ``encodings``, the guessed one
    first, what a person has to choose from where the bytes do not tell.
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
    encodings: tuple[EncodingSample, ...] = ()
