"""Datasets, their immutable versions, and what a profile says of a column."""

import re
from enum import StrEnum
from typing import Self

from core.errors import InvalidInput
from core.records.base import JsonObject, Moment, Record, checked_name
from core.records.origin import Origin
from core.records.profile import Associations, Finding, Lengths, Outliers, Steps

LONGEST_NAME = 63
"""Characters in the name of a dataset."""


class ColumnKind(StrEnum):
    """What a column holds."""

    INTEGER = "integer"
    NUMBER = "number"
    BOOLEAN = "boolean"
    TEXT = "text"
    DATETIME = "datetime"

    @property
    def is_numeric(self) -> bool:
        """Whether arithmetic on the column makes sense."""
        return self in (ColumnKind.INTEGER, ColumnKind.NUMBER)


class Column(Record):
    """One column of a table: its name, kind and whether values may be missing."""

    name: str
    kind: ColumnKind
    nullable: bool


class ColumnProfile(Record):
    """Counts and shape of one column; figures are None where they make no sense for the kind.

    ``quantiles`` are at 0, 25, 50, 75 and 100 percent, ``tails`` at 1, 5, 95 and 99. ``edges`` has one entry more than
    ``counts``; of moments they are seconds since 1970. ``top`` is (value, count), most frequent first.
    ``estimated`` names the fields that are not exact, since the table is too large to be sorted.
    """

    name: str
    kind: ColumnKind
    nulls: int
    distinct: int
    minimum: float | str | None = None
    maximum: float | str | None = None
    mean: float | None = None
    std: float | None = None
    quantiles: tuple[float, ...] = ()
    tails: tuple[float, ...] = ()
    edges: tuple[float, ...] = ()
    counts: tuple[int, ...] = ()
    top: tuple[tuple[str, int], ...] = ()
    outliers: Outliers | None = None
    lengths: Lengths | None = None
    steps: Steps | None = None
    estimated: tuple[str, ...] = ()


class Profile(Record):
    """What a dataset version looks like, and what a careful reader would frown at, worst first.

    ``classes`` are the values of the target of a classification with their counts, ``target`` its name when the
    project had one. ``method`` tells profiles that were made by an earlier one; those lack what is newer.
    """

    rows: int
    duplicates: int
    columns: tuple[ColumnProfile, ...]
    findings: tuple[Finding, ...] = ()
    target: str | None = None
    classes: tuple[tuple[str, int], ...] = ()
    associations: Associations | None = None
    method: int = 0

    @property
    def warnings(self) -> tuple[str, ...]:
        """The findings as sentences."""
        return tuple(finding.text for finding in self.findings)

    def column(self, name: str) -> ColumnProfile | None:
        """Return the profile of the column called ``name``, or None."""
        return next((column for column in self.columns if column.name == name), None)


class DatasetRef(Record):
    """The address of a dataset version, written ``name@number``."""

    name: str
    number: int

    def __str__(self) -> str:
        """Return ``name@number``."""
        return f"{self.name}@{self.number}"

    def target(self, chosen: str, ending: str) -> str:
        """Return the name of the dataset that gets what is made of this: as ``chosen``, else this name and ``ending``.

        Raises:
            InvalidName: ``chosen`` cannot name a dataset.
        """
        return checked_name(chosen or f"{self.name}-{ending}"[:LONGEST_NAME], "dataset")

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read ``name@number``.

        Raises:
            InvalidInput: the text has another shape.
        """
        match = re.fullmatch(r"([a-z0-9][a-z0-9_-]{0,62})@([1-9][0-9]{0,8})", text)
        if not match:
            raise InvalidInput(problem=f"{text!r} is not a dataset version: write it as name@number, like customers@3")
        return cls(name=match[1], number=int(match[2]))


class DatasetVersion(Record):
    """An immutable, numbered content of a dataset.

    ``sha256`` addresses the original bytes, ``parquet_sha256`` the typed table everything reads. ``reading`` tells
    how the bytes were understood: format, encoding, delimiter; ``source`` names the file, ``origin`` tells where it was
    fetched from and can be again. ``parent`` is the number of the version of the same dataset that this one follows,
    None for a first one.
    """

    project: str
    dataset: str
    number: int
    sha256: str
    parquet_sha256: str
    size: int
    rows: int
    columns: tuple[Column, ...]
    profile: Profile
    reading: JsonObject
    source: str
    origin: Origin | None = None
    note: str = ""
    tags: dict[str, str] = {}
    author: str
    created_at: Moment
    parent: int | None = None

    @property
    def ref(self) -> DatasetRef:
        """The address of this version."""
        return DatasetRef(name=self.dataset, number=self.number)

    def column(self, name: str) -> Column | None:
        """Return the column called ``name``, or None."""
        return next((column for column in self.columns if column.name == name), None)


class AddedVersion(Record):
    """What adding data gave: the version, and whether it is new (False: the dataset had these very bytes)."""

    version: DatasetVersion
    created: bool

    @property
    def facts(self) -> JsonObject:
        """Return what jobs and commands answer with."""
        version = self.version
        return {
            "dataset": version.dataset,
            "version": version.number,
            "rows": version.rows,
            "columns": len(version.columns),
            "sha256": version.sha256,
            "created": self.created,
        }
