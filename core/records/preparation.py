"""Preparation recipes: steps that bring raw columns to what a model learns from, and their immutable versions."""

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field

from core.records.base import Moment, Record
from core.records.dataset import Column, ColumnKind

Names = Annotated[tuple[str, ...], Field(max_length=1_000)]
"""Columns a step works on; none named means: all of a kind it can work on."""


class Fill(StrEnum):
    """What stands in for a missing value; all but the constant are learned on training rows."""

    MEDIAN = "median"
    MEAN = "mean"
    MOST_FREQUENT = "most_frequent"
    CONSTANT = "constant"


class DatePart(StrEnum):
    """A number taken out of a moment, under the name of the function that gives it."""

    YEAR = "year"
    QUARTER = "quarter"
    MONTH = "month"
    WEEK = "week"
    DAY = "day"
    DAY_OF_YEAR = "day_of_year"
    WEEKDAY = "weekday"
    HOUR = "hour"
    MINUTE = "minute"


class BinMethod(StrEnum):
    """Where the edges between bins come from."""

    EDGES = "edges"
    QUANTILE = "quantile"
    UNIFORM = "uniform"


class Encoding(StrEnum):
    """How text becomes numbers."""

    ONE_HOT = "one_hot"
    ORDINAL = "ordinal"
    FREQUENCY = "frequency"
    TARGET = "target"


class Scaling(StrEnum):
    """How numbers are brought to one scale."""

    STANDARD = "standard"
    ROBUST = "robust"
    MIN_MAX = "min_max"
    QUANTILE = "quantile"
    LOG = "log"


class Drop(Record):
    """Leave columns out."""

    do: Literal["drop"] = "drop"
    columns: Names


class Rename(Record):
    """Call columns otherwise from here on: (old name, new name)."""

    do: Literal["rename"] = "rename"
    names: dict[str, str]


class Cast(Record):
    """Give columns another kind; what cannot be cast becomes missing.

    ``format`` tells how text spells dates, as in ``%d/%m/%Y``; without it ISO 8601 is read.
    """

    do: Literal["type"] = "type"
    columns: Names
    to: ColumnKind
    format: str = Field(default="", max_length=60)


class Impute(Record):
    """Fill missing values; ``indicator`` adds a column that says where they were."""

    do: Literal["impute"] = "impute"
    columns: Names = ()
    fill: Fill = Fill.MEDIAN
    value: float | str | None = None
    indicator: bool = False


class Derive(Record):
    """Add a column computed by an expression."""

    do: Literal["derive"] = "derive"
    name: str = Field(min_length=1, max_length=255)
    expression: str


class Dates(Record):
    """Add parts of moments as numbers, under ``column_part``."""

    do: Literal["dates"] = "dates"
    columns: Names = ()
    parts: tuple[DatePart, ...] = (DatePart.YEAR, DatePart.MONTH, DatePart.WEEKDAY)


class Bins(Record):
    """Sort numbers into bins: by ``edges``, or into ``count`` bins learned on training rows.

    ``labels`` makes categories such as "10 to 20" of the bins, instead of their numbers. With ``keep`` the column stays
    and the bins stand beside it, under ``column_bin``.
    """

    do: Literal["bins"] = "bins"
    columns: Names
    method: BinMethod = BinMethod.QUANTILE
    edges: Annotated[tuple[float, ...], Field(max_length=500)] = ()
    count: int = Field(default=5, ge=2, le=200)
    labels: bool = False
    keep: bool = False


class GroupRare(Record):
    """Put categories rarer than ``least_share`` of the training rows, and unknown ones, into one."""

    do: Literal["group_rare"] = "group_rare"
    columns: Names = ()
    least_share: float = Field(default=0.01, gt=0.0, le=0.5)
    into: str = Field(default="other", min_length=1, max_length=255)


class Encode(Record):
    """Make numbers of text.

    ``order`` are the categories of an ordinal encoding from low to high (none: sorted as text); ``smooth`` is how many
    rows of the overall mean a target encoding mixes in (None: as much as the data suggest).
    """

    do: Literal["encode"] = "encode"
    columns: Names = ()
    method: Encoding = Encoding.ONE_HOT
    order: Annotated[tuple[str, ...], Field(max_length=1_000)] = ()
    max_categories: int = Field(default=100, ge=2, le=1_000)
    smooth: float | None = Field(default=None, ge=0.0)


class Scale(Record):
    """Bring numbers to one scale; they are not scaled again for the estimator."""

    do: Literal["scale"] = "scale"
    columns: Names = ()
    method: Scaling = Scaling.STANDARD


Step = Annotated[
    Drop | Rename | Cast | Impute | Derive | Dates | Bins | GroupRare | Encode | Scale, Field(discriminator="do")
]

Steps = Annotated[tuple[Step, ...], Field(max_length=100)]
"""The steps of a recipe, in the order they are taken."""


class PreparationVersion(Record):
    """An immutable, numbered recipe of a project."""

    project: str
    number: int
    steps: Steps
    note: str = ""
    author: str
    created_at: Moment


class SavedPreparation(Record):
    """What saving a recipe gave: the version, and whether it is new (False: it equals the newest one)."""

    version: PreparationVersion
    created: bool


class StepFault(Record):
    """Why a step cannot be taken: its number, counted from 1, and where in its expression, if it has one."""

    number: int
    problem: str
    position: int | None = None


class Outline(Record):
    """What a recipe makes of a schema: the columns after each step, those a model gets in the end, and the faults."""

    after: tuple[tuple[Column, ...], ...]
    columns: tuple[Column, ...]
    left_out: tuple[str, ...] = ()
    faults: tuple[StepFault, ...] = ()
