"""What a model accepts: strict request models made from its manifest, and sentences for what does not fit."""

import math
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Annotated, Any, cast

from pydantic import BeforeValidator, ConfigDict, Field, Strict, TypeAdapter, ValidationError
from pydantic_core import ErrorDetails, PydanticCustomError
from typing_extensions import TypedDict

from core.errors import InvalidRequest
from core.records.base import JsonObject
from core.records.dataset import ColumnKind
from core.records.model import FeatureInput, ModelManifest

MOST_PROBLEMS = 20
"""Problems one refusal lists; the rest are only counted as 'more'."""

ROWS_AT_ONCE = 200
"""Rows checked before looking whether there are problems enough, so that a bad batch costs no memory."""

LONGEST_NAME = 80

MANY_CATEGORIES = 100
"""A manifest that lists so many of an input may have left others out."""

KIND_WORDS = {
    ColumnKind.INTEGER: "a whole number",
    ColumnKind.NUMBER: "a number",
    ColumnKind.BOOLEAN: "true or false",
    ColumnKind.TEXT: "text",
    ColumnKind.DATETIME: "a date and time in ISO 8601, such as 2026-03-02T09:00:00Z",
}

Problem = tuple[str, str]
"""A field and what is wrong with it."""


def _whole(value: Any) -> Any:
    """Take 3.0 as 3, as JSON Schema does."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _moment(value: object) -> object:
    """Read a moment and return it in one spelling: ISO 8601, in UTC, without a zone."""
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value)
        except ValueError as error:
            raise PydanticCustomError("moment", "not ISO 8601") from error
    if not isinstance(value, datetime):
        return value
    if value.tzinfo is not None:
        try:
            value = value.astimezone(UTC).replace(tzinfo=None)
        except OverflowError as error:
            raise PydanticCustomError("moment", "beyond the calendar") from error
    return value.isoformat()


_TYPES: dict[ColumnKind, Any] = {
    ColumnKind.INTEGER: Annotated[int, Strict(), BeforeValidator(_whole), Field(ge=-(2**63), lt=2**63)],
    ColumnKind.NUMBER: Annotated[float, Strict(), Field(allow_inf_nan=False)],
    ColumnKind.BOOLEAN: Annotated[bool, Strict()],
    ColumnKind.TEXT: Annotated[str, Strict()],
    ColumnKind.DATETIME: Annotated[str, Strict(), BeforeValidator(_moment)],
}

_JSON_TYPES: dict[ColumnKind, JsonObject] = {
    ColumnKind.INTEGER: {"type": "integer"},
    ColumnKind.NUMBER: {"type": "number"},
    ColumnKind.BOOLEAN: {"type": "boolean"},
    ColumnKind.TEXT: {"type": "string"},
    ColumnKind.DATETIME: {"type": "string", "format": "date-time"},
}


class RequestSchema:
    """The input of one model: checks records and describes itself. Immutable and safe to share between threads."""

    def __init__(self, manifest: ModelManifest) -> None:
        """Make the request model from the manifest's features, whatever their names are."""
        self._inputs = {feature.column.name: feature for feature in manifest.features}
        self._ranges = [
            (feature.column.name, feature.minimum, feature.maximum)
            for feature in manifest.features
            if feature.column.kind.is_numeric and feature.minimum is not None and feature.maximum is not None
        ]
        self._seen = [
            (feature.column.name, frozenset(feature.categories))
            for feature in manifest.features
            if 0 < len(feature.categories) < MANY_CATEGORIES
        ]
        self.known = frozenset(self._inputs)
        self._rows: TypeAdapter[list[JsonObject]] = TypeAdapter(_rows_type(manifest.features))

    @property
    def kinds(self) -> Mapping[str, ColumnKind]:
        """The kind of each input by name."""
        return {name: feature.column.kind for name, feature in self._inputs.items()}

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the inputs, in the order of the model."""
        return tuple(self._inputs)

    def check(self, records: Sequence[Mapping[str, Any]], *, batch: bool = True) -> list[JsonObject]:
        """Return the records as the model takes them: every input, in order, moments in one spelling.

        Args:
            records: what the caller sent.
            batch: whether problems name the row as well, as in ``records[3].tenure``.

        Raises:
            InvalidRequest: naming every field at fault, up to 20 of them.
        """
        checked: list[JsonObject] = []
        problems: list[Problem] = []
        for start in range(0, len(records), ROWS_AT_ONCE):
            try:
                checked += self._rows.validate_python(list(records[start : start + ROWS_AT_ONCE]))
            except ValidationError as error:
                problems += self._problems(error, start, batch)
            if len(problems) > MOST_PROBLEMS:
                break
        if problems:
            raise refusal(problems)
        return checked

    def _problems(self, error: ValidationError, start: int, batch: bool) -> list[Problem]:
        found = error.errors(include_url=False, include_context=False)
        return [self._problem(item, start, batch) for item in found[: MOST_PROBLEMS + 1]]

    def _problem(self, item: ErrorDetails, start: int, batch: bool) -> Problem:
        row, *rest = item["loc"]
        where = f"records[{int(row) + start}]" if batch else ""
        if not rest:
            return where, f"must be a JSON object with one value for each input, not {_called(item['input'])}"
        name = str(rest[0])
        field = ".".join(part for part in (where, _short(name)) if part)
        return field, self._sentence(name, item)

    def _sentence(self, name: str, item: ErrorDetails) -> str:
        feature = self._inputs.get(name)
        if feature is None or item["type"] == "invalid_key":
            return f"is not an input of this model; its inputs are {_listed(self.names)}"
        if item["type"] == "missing":
            return "is missing"
        return _mismatch(feature, item["input"])

    def warnings(self, record: JsonObject) -> tuple[str, ...]:
        """Return the inputs of a checked record that are unlike all that was seen in training, each with the reason."""
        told: list[str] = []
        for name, low, high in self._ranges:
            value = record.get(name)
            if value is not None and not low <= value <= high:
                told.append(f"{name} is not between {low:g} and {high:g}")
        for name, seen in self._seen:
            value = record.get(name)
            if value is not None and value not in seen:
                told.append(f"{name} has a value never seen in training")
        return tuple(told)

    def json_schema(self) -> JsonObject:
        """Return the JSON Schema of one record, with an example value and the range seen in training."""
        return {
            "type": "object",
            "properties": {name: _describe(feature) for name, feature in self._inputs.items()},
            "required": list(self._inputs),
            "additionalProperties": False,
        }

    def example(self) -> JsonObject:
        """Return a record that would be accepted, made of the examples in the manifest."""
        return {name: _example(feature) for name, feature in self._inputs.items()}


def _rows_type(features: Sequence[FeatureInput]) -> Any:
    """Return a list of typed dictionaries: unlike classes these can have keys of any spelling."""
    fields = {feature.column.name: _field_type(feature) for feature in features}
    make = cast(Callable[[str, dict[str, Any]], Any], TypedDict)
    row = make("Row", fields)
    row.__pydantic_config__ = ConfigDict(extra="forbid")
    return list.__class_getitem__(row)


def _field_type(feature: FeatureInput) -> Any:
    kind = _TYPES[feature.column.kind]
    return kind | None if feature.column.nullable else kind


def _mismatch(feature: FeatureInput, value: object) -> str:
    wanted = KIND_WORDS[feature.column.kind]
    if value is None:
        return f"may not be null: it had no missing values in training; send {wanted}"
    if isinstance(value, float) and not math.isfinite(value):
        return f"must be {wanted}: NaN and Infinity are not values" + _or_null(feature)
    if isinstance(value, int) and not isinstance(value, bool) and feature.column.kind.is_numeric:
        return f"must be {wanted} of at most 64 bits"
    return f"must be {wanted}, not {_called(value)}" + _or_null(feature)


def _or_null(feature: FeatureInput) -> str:
    return " (null is allowed)" if feature.column.nullable else ""


def _called(value: object) -> str:
    """Name a value by its JSON type, and show it when it is short."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return f"the text {_short(value)!r}"
    if isinstance(value, int | float):
        return f"the number {value:.6g}" if isinstance(value, float) else "a number"
    if isinstance(value, dict | list):
        return "an object" if isinstance(value, dict) else "a list"
    return type(value).__name__


def _short(text: str) -> str:
    return text if len(text) <= LONGEST_NAME else text[:LONGEST_NAME] + "…"


def _listed(names: Sequence[str]) -> str:
    shown = ", ".join(_short(name) for name in names[:MOST_PROBLEMS])
    return shown + (f" and {len(names) - MOST_PROBLEMS} more" if len(names) > MOST_PROBLEMS else "")


def _describe(feature: FeatureInput) -> JsonObject:
    described = dict(_JSON_TYPES[feature.column.kind])
    if feature.column.nullable:
        described["type"] = [described["type"], "null"]
    if feature.example is not None:
        described["examples"] = [_example(feature)]
    if feature.minimum is not None and feature.maximum is not None:
        described["description"] = f"in training between {feature.minimum:g} and {feature.maximum:g}"
    elif feature.categories:
        described["description"] = f"in training one of {_listed(feature.categories)}"
    return described


def _example(feature: FeatureInput) -> float | str | bool | None:
    return _whole(feature.example) if feature.column.kind is ColumnKind.INTEGER else feature.example


def refusal(problems: Sequence[Problem]) -> InvalidRequest:
    """Return the error that names the first problems, and says when there are more."""
    shown = tuple(problems[:MOST_PROBLEMS])
    told = [f"{field} {problem}".strip() for field, problem in shown[:3]]
    if len(problems) > len(told):
        more = f"{len(shown) - len(told)}{'+' if len(problems) > len(shown) else ''} more"
        told.append(f"and {more}")
    return InvalidRequest(problem="; ".join(told), details=shown)
