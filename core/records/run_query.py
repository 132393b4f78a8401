"""A question about runs, as data: what a query means once it was read, and how its answer is ordered."""

from __future__ import annotations

from enum import StrEnum

from core.records.base import Record

FieldValue = bool | int | float | str
"""What a run's field is compared with; moments are written in ISO format."""


class FieldGroup(StrEnum):
    """Where a field of a run stands."""

    METRICS = "metrics"
    PARAMS = "params"
    TAGS = "tags"
    RUN = "run"


class FieldKind(StrEnum):
    """What the values of a run's own field are."""

    TEXT = "text"
    NUMBER = "number"
    MOMENT = "moment"
    FLAG = "flag"


OWN_FIELDS: dict[str, FieldKind] = {
    "id": FieldKind.TEXT,
    "name": FieldKind.TEXT,
    "status": FieldKind.TEXT,
    "kind": FieldKind.TEXT,
    "estimator": FieldKind.TEXT,
    "data": FieldKind.TEXT,
    "author": FieldKind.TEXT,
    "note": FieldKind.TEXT,
    "version": FieldKind.NUMBER,
    "took": FieldKind.NUMBER,
    "started": FieldKind.MOMENT,
    "finished": FieldKind.MOMENT,
    "starred": FieldKind.FLAG,
    "archived": FieldKind.FLAG,
}
"""The fields every run has, by the names queries use."""


class RunField(Record):
    """One thing known of a run: ``metrics.roc_auc``, ``params.max_depth``, ``tags.team`` or one of its own fields."""

    group: FieldGroup
    name: str

    def __str__(self) -> str:
        """The field as a query spells it."""
        return self.name if self.group is FieldGroup.RUN else f"{self.group.value}.{self.name}"

    @property
    def kind(self) -> FieldKind | None:
        """What its values are; None for parameters, which can be numbers or text."""
        if self.group is FieldGroup.METRICS:
            return FieldKind.NUMBER
        if self.group is FieldGroup.TAGS:
            return FieldKind.TEXT
        return None if self.group is FieldGroup.PARAMS else OWN_FIELDS[self.name]


STARTED = RunField(group=FieldGroup.RUN, name="started")


class Operator(StrEnum):
    """How a field is compared."""

    EQUAL = "="
    UNEQUAL = "!="
    LESS = "<"
    AT_MOST = "<="
    MORE = ">"
    AT_LEAST = ">="
    IN = "in"
    NOT_IN = "not in"
    CONTAINS = "contains"
    MISSING = "is null"
    PRESENT = "is not null"


class Comparison(Record):
    """One field against values; false where the run does not have the field, unless that is what is asked.

    ``contains`` disregards capitals. The data ``customers`` means every version of it.
    """

    field: RunField
    operator: Operator
    values: tuple[FieldValue, ...] = ()


class AllOf(Record):
    """Every part holds."""

    parts: tuple[Condition, ...]


class AnyOf(Record):
    """At least one part holds."""

    parts: tuple[Condition, ...]


class NotSo(Record):
    """The part does not hold."""

    part: Condition


Condition = Comparison | AllOf | AnyOf | NotSo

AllOf.model_rebuild()
AnyOf.model_rebuild()
NotSo.model_rebuild()


class RunQuestion(Record):
    """Which runs, in which order. ``words`` are looked for in names, ids, data, parameters, tags and notes alike.

    Runs nested in a study and archived ones are left out unless asked for. Runs without the field that orders them
    come last either way; equal ones newest first.
    """

    where: Condition | None = None
    words: tuple[str, ...] = ()
    nested: bool = False
    archived: bool = False
    order: RunField = STARTED
    descending: bool = True
