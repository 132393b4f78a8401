"""What a recipe's file declares, as data: from the JSON schema of its parameters to our own records."""

from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from core.records.base import JsonObject, Record
from core.records.project import Task
from core.records.training import Parameter
from core.training_errors import InvalidRecipe

KINDS = {"integer": "int", "number": "float", "boolean": "bool", "string": "choice"}


class Declaration(Record):
    """What the reading process found in a recipe's file; ``schema_`` is the JSON schema of its parameters."""

    title: str
    summary: str
    tasks: tuple[Task, ...]
    scaled: bool
    schema_: JsonObject


def understood(document: object) -> Declaration:
    """Return what the reading process said.

    Raises:
        InvalidRecipe: it is not a declaration.
    """
    try:
        return Declaration.model_validate(document)
    except ValidationError as error:
        first = error.errors()[0]
        raise InvalidRecipe(problem=f"{'.'.join(map(str, first['loc']))}: {first['msg']}.") from error


def parameters_of(schema: Mapping[str, Any]) -> tuple[Parameter, ...]:
    """Return the hyperparameters of a parameter model.

    Raises:
        InvalidRecipe: a field has no default, or is of a kind that no form can ask for.
    """
    return tuple(_parameter(name, field) for name, field in (schema.get("properties") or {}).items())


def _parameter(name: str, field: Mapping[str, Any]) -> Parameter:
    if "default" not in field:
        raise InvalidRecipe(problem=f"the parameter {name!r} has no default; every parameter needs one.")
    branches = field.get("anyOf") or [field]
    shapes = [branch for branch in branches if branch.get("type") != "null"]
    if len(shapes) != 1:
        raise InvalidRecipe(problem=f"the parameter {name!r} may be of several types; choose one, or one and None.")
    shape = shapes[0]
    kind, choices, default = KINDS.get(shape.get("type", "")), _choices(shape), field["default"]
    if kind is None or (kind == "choice" and not choices) or isinstance(default, list | dict):
        wanted = "int, float, bool, or Literal with the words to choose from"
        raise InvalidRecipe(problem=f"the parameter {name!r} has a type no form can ask for; use {wanted}.")
    low, high, closed = _limits(shape)
    return Parameter(
        name=name,
        kind=kind,
        default=float(default) if kind == "float" and default is not None else default,
        low=low,
        high=high,
        closed=closed,
        optional=len(branches) > len(shapes),
        choices=choices,
        help=str(field.get("description") or ""),
    )


def _choices(shape: Mapping[str, Any]) -> tuple[str, ...]:
    found = shape.get("enum") or ([shape["const"]] if "const" in shape else [])
    return tuple(str(value) for value in found)


def _limits(shape: Mapping[str, Any]) -> tuple[float | None, float | None, str]:
    open_low, open_high = shape.get("exclusiveMinimum"), shape.get("exclusiveMaximum")
    low, high = shape.get("minimum", open_low), shape.get("maximum", open_high)
    closed = {(False, False): "both", (True, False): "right", (False, True): "left", (True, True): "neither"}
    return low, high, closed[open_low is not None, open_high is not None]
