"""Data contracts: what every version of a dataset must be like, and what checking one found."""

import re
from collections.abc import Sequence
from enum import StrEnum
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from core.records.base import JsonObject, Moment, Record
from core.records.dataset import ColumnKind, DatasetRef

Bound = int | float | str | None
"""A limit of a range: a number, an ISO moment for a datetime column, or None for no limit."""

Value = bool | int | float | str


_KINDS = {
    ColumnKind.INTEGER: "whole numbers",
    ColumnKind.NUMBER: "numbers",
    ColumnKind.BOOLEAN: "true and false",
    ColumnKind.TEXT: "text",
    ColumnKind.DATETIME: "moments",
}
"""What a column of a kind holds, in words."""


class Severity(StrEnum):
    """What a failed check means for the version."""

    FAIL = "fail"
    WARN = "warn"


class Outcome(StrEnum):
    """How a version stands to its contract."""

    PASSES = "passes"
    WARNS = "warns"
    FAILS = "fails"


class Requests(StrEnum):
    """What the scoring API does with a request whose values break the contract."""

    IGNORE = "ignore"
    WARN = "warn"
    REFUSE = "refuse"


class _Check(Record):
    severity: Severity = Severity.FAIL

    @property
    def names(self) -> tuple[str, ...]:
        """The columns the check looks at."""
        return ()

    @property
    def key(self) -> str:
        """What tells the check from the others of a contract."""
        kind: str = getattr(self, "kind")  # noqa: B009 - each check declares its own literal
        return ":".join((kind, *self.names))


class _ColumnCheck(_Check):
    column: str

    @property
    def names(self) -> tuple[str, ...]:
        """The columns the check looks at."""
        return (self.column,)


class TypeCheck(_ColumnCheck):
    """The column is there and holds one kind of value."""

    kind: Literal["type"] = "type"
    type: ColumnKind

    @property
    def sentence(self) -> str:
        """The check in words."""
        return f"{self.column} holds {_KINDS[self.type]}"


class NullsCheck(_ColumnCheck):
    """At most this share of the values is missing."""

    kind: Literal["nulls"] = "nulls"
    share: float = Field(ge=0.0, le=1.0)

    @property
    def sentence(self) -> str:
        """The check in words."""
        return (
            f"{self.column} is missing in at most {self.share * 100:.3g} % of the rows"
            if self.share
            else f"{self.column} is never missing"
        )


class RangeCheck(_ColumnCheck):
    """Every value lies between two limits, both included; missing values do not count."""

    kind: Literal["range"] = "range"
    minimum: Bound = None
    maximum: Bound = None

    @model_validator(mode="after")
    def _limits(self) -> Self:
        low, high = self.minimum, self.maximum
        if low is None and high is None:
            raise ValueError("a range needs a least or a most value")
        both_texts = isinstance(low, str) and isinstance(high, str)
        both_numbers = isinstance(low, int | float) and isinstance(high, int | float)
        if (both_texts or both_numbers) and low > high:  # type: ignore[operator]
            raise ValueError(f"the least value {low} is above the most {high}")
        if low is not None and high is not None and not (both_texts or both_numbers):
            raise ValueError("both limits must be numbers, or both moments")
        return self

    @property
    def sentence(self) -> str:
        """The check in words."""
        if self.maximum is None:
            return f"{self.column} is at least {_shown(self.minimum)}"
        if self.minimum is None:
            return f"{self.column} is at most {_shown(self.maximum)}"
        return f"{self.column} lies between {_shown(self.minimum)} and {_shown(self.maximum)}"


class ValuesCheck(_ColumnCheck):
    """Every value is one of these; missing values do not count."""

    kind: Literal["values"] = "values"
    values: tuple[Value, ...] = Field(min_length=1, max_length=1000)

    @property
    def sentence(self) -> str:
        """The check in words."""
        listed = ", ".join(str(value) for value in self.values[:6])
        more = f" and {len(self.values) - 6} more" if len(self.values) > 6 else ""
        return f"{self.column} is one of {listed}{more}"


class PatternCheck(_ColumnCheck):
    """Every text matches a regular expression of RE2, which takes time linear in the text whatever the pattern."""

    kind: Literal["pattern"] = "pattern"
    pattern: str = Field(min_length=1, max_length=1000)

    @property
    def sentence(self) -> str:
        """The check in words."""
        return f"{self.column} matches {self.pattern}"


class UniqueCheck(_Check):
    """No two rows share their values in these columns; rows with a missing one do not count."""

    kind: Literal["unique"] = "unique"
    columns: tuple[str, ...] = Field(min_length=1, max_length=16)

    @property
    def names(self) -> tuple[str, ...]:
        """The columns the check looks at."""
        return self.columns

    @property
    def sentence(self) -> str:
        """The check in words."""
        verb = "is" if len(self.columns) == 1 else "together are"
        return f"{', '.join(self.columns)} {verb} unique"


class RowsCheck(_Check):
    """The version has this many rows."""

    kind: Literal["rows"] = "rows"
    minimum: int | None = Field(default=None, ge=0)
    maximum: int | None = Field(default=None, ge=0)

    @model_validator(mode="after")
    def _limits(self) -> Self:
        if self.minimum is None and self.maximum is None:
            raise ValueError("a number of rows needs a least or a most value")
        if self.minimum is not None and self.maximum is not None and self.minimum > self.maximum:
            raise ValueError(f"the least number {self.minimum} is above the most {self.maximum}")
        return self

    @property
    def sentence(self) -> str:
        """The check in words."""
        if self.maximum is None:
            return f"at least {self.minimum:,} rows"
        return f"at most {self.maximum:,} rows" if not self.minimum else f"{self.minimum:,} to {self.maximum:,} rows"


class FreshCheck(_ColumnCheck):
    """The newest value of a time column is at most this old when the data arrives."""

    kind: Literal["fresh"] = "fresh"
    seconds: int = Field(gt=0)

    @property
    def sentence(self) -> str:
        """The check in words."""
        return f"the newest {self.column} is at most {period(self.seconds)} old"


class ExpressionCheck(_Check):
    """A comparison across columns holds in every row; rows where it has no answer do not count."""

    kind: Literal["expression"] = "expression"
    expression: str = Field(min_length=1, max_length=2000)

    @property
    def key(self) -> str:
        """What tells the check from the others of a contract."""
        return f"expression:{self.expression}"

    @property
    def sentence(self) -> str:
        """The check in words."""
        return self.expression


class ColumnsCheck(_Check):
    """There are no other columns than those whose type the contract names."""

    kind: Literal["columns"] = "columns"

    @property
    def sentence(self) -> str:
        """The check in words."""
        return "no other columns"


Check = Annotated[
    TypeCheck
    | NullsCheck
    | RangeCheck
    | ValuesCheck
    | PatternCheck
    | UniqueCheck
    | RowsCheck
    | FreshCheck
    | ExpressionCheck
    | ColumnsCheck,
    Field(discriminator="kind"),
]


class Draft(Record):
    """The content of a contract, not stored yet."""

    checks: tuple[Check, ...] = ()
    requests: Requests = Requests.IGNORE

    @model_validator(mode="after")
    def _distinct(self) -> Self:
        keys = [check.key for check in self.checks]
        twice = next((key for key in keys if keys.count(key) > 1), None)
        if twice is not None:
            raise ValueError(f"the check {twice!r} is there twice")
        return self


class Contract(Record):
    """One immutable version of a dataset's contract: the checks, who set them, when and why."""

    project: str
    dataset: str
    number: int
    checks: tuple[Check, ...]
    requests: Requests
    note: str
    author: str
    created_at: Moment

    @property
    def draft(self) -> Draft:
        """The content alone."""
        return Draft(checks=self.checks, requests=self.requests)


class SampleRow(Record):
    """One row that breaks a check; ``row`` counts from 1 in the order of the data."""

    row: int
    values: JsonObject


class CheckResult(Record):
    """What one check found.

    ``count`` rows broke it, which is ``share`` of those it looked at; None for checks of the whole table.
    ``observed`` says in words what was there.
    """

    key: str
    kind: str
    columns: tuple[str, ...]
    sentence: str
    severity: Severity
    passed: bool
    count: int = 0
    share: float | None = None
    observed: str = ""
    sample: tuple[SampleRow, ...] = ()

    @property
    def standing(self) -> str:
        """``passed``, ``warn`` or ``fail``."""
        return "passed" if self.passed else self.severity.value


class ContractResult(Record):
    """How one dataset version, or a file beside it (``number`` 0), stands to one version of the contract."""

    project: str
    dataset: str
    number: int
    contract: int
    outcome: Outcome
    rows: int
    checks: tuple[CheckResult, ...]
    checked_at: Moment

    @property
    def ref(self) -> DatasetRef:
        """The address of the version that was checked."""
        return DatasetRef(name=self.dataset, number=self.number)

    @property
    def failed(self) -> tuple[CheckResult, ...]:
        """The checks that did not pass, those that count as failures first."""
        broken = [check for check in self.checks if not check.passed]
        return tuple(sorted(broken, key=lambda check: check.severity is not Severity.FAIL))


def outcome_of(checks: Sequence[CheckResult]) -> Outcome:
    """Return what single results add up to."""
    standings = {check.standing for check in checks}
    if Severity.FAIL in standings:
        return Outcome.FAILS
    return Outcome.WARNS if Severity.WARN in standings else Outcome.PASSES


_UNITS = {"s": 1, "min": 60, "h": 3600, "d": 86_400, "w": 604_800}
_PERIOD = re.compile(r"([1-9][0-9]{0,8})\s*(s|min|h|d|w)(?:ec|econd|inute|our|ay|eek)?s?")


def parse_period(text: str) -> int:
    """Read ``12h``, ``30 days`` or ``2 weeks`` as seconds.

    Raises:
        ValueError: the text has another shape.
    """
    match = _PERIOD.fullmatch(text.strip().lower().replace("minute", "min").replace("mins", "min"))
    if match is None:
        raise ValueError(f"{text!r} is no period: write it like 12 hours, 30 days or 2 weeks")
    return int(match[1]) * _UNITS[match[2]]


def period(seconds: int) -> str:
    """Return a period in its largest whole unit: ``30 days``."""
    for word, unit in (("week", "w"), ("day", "d"), ("hour", "h"), ("minute", "min")):
        amount, rest = divmod(seconds, _UNITS[unit])
        if not rest and amount and not (word == "week" and amount < 2):
            return f"{amount} {word}{'' if amount == 1 else 's'}"
    return f"{seconds} second{'' if seconds == 1 else 's'}"


def _shown(bound: Bound) -> str:
    return f"{bound:,}" if isinstance(bound, int) else f"{bound:,.6g}" if isinstance(bound, float) else str(bound)
