"""Recipes as files: YAML in and out, every fault in a sentence that names the step."""

from typing import Any

from pydantic import TypeAdapter, ValidationError

from core.errors import InvalidInput
from core.records.preparation import Step, Steps

LONGEST = 200_000
"""Characters of a recipe's file at most."""

_STEPS: TypeAdapter[tuple[Step, ...]] = TypeAdapter(Steps)


def read(text: str) -> tuple[Step, ...]:
    """Return the steps of a recipe written as YAML: a list of steps, or a mapping with the list under ``steps``.

    Raises:
        InvalidInput: it is no YAML, or no recipe; the sentence names the step.
    """
    document = _loaded(text)
    steps = document.get("steps", document) if isinstance(document, dict) else document
    if not isinstance(steps, list):
        raise InvalidInput(problem="The recipe is a list of steps under `steps:`, each with a `do:`.")
    return checked(steps)


def checked(steps: list[Any]) -> tuple[Step, ...]:
    """Return plain documents as steps.

    Raises:
        InvalidInput: one is no step; the sentence names it.
    """
    try:
        return _STEPS.validate_python(steps)
    except ValidationError as error:
        raise InvalidInput(problem=_sentence(error)) from error


def write(steps: tuple[Step, ...], note: str = "") -> str:
    """Return a recipe as YAML; what a step leaves at its default is left out."""
    import yaml

    documents = [
        {"do": step.do, **step.model_dump(mode="json", exclude_defaults=True, exclude={"do"})} for step in steps
    ]
    document = {**({"note": note} if note else {}), "steps": documents}
    return str(yaml.safe_dump(document, sort_keys=False, allow_unicode=True, width=110))


def _loaded(text: str) -> Any:
    import yaml

    if len(text) > LONGEST:
        raise InvalidInput(problem=f"The recipe is longer than {LONGEST:,} characters.")
    try:
        if any(isinstance(event, yaml.AliasEvent) for event in yaml.parse(text, Loader=yaml.SafeLoader)):
            raise InvalidInput(problem="The recipe uses YAML aliases (*name), which are not read. Write steps out.")
        return yaml.safe_load(text)
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        mark = getattr(error, "problem_mark", None)
        where = f" in line {mark.line + 1}, column {mark.column + 1}" if mark else ""
        raise InvalidInput(problem=f"The recipe is no YAML{where}: {getattr(error, 'problem', error)}.") from error


def _sentence(error: ValidationError) -> str:
    first = error.errors(include_url=False)[0]
    place = [part for part in first["loc"] if not isinstance(part, str) or not _is_tag(part, first["loc"])]
    if not place:
        return f"The recipe cannot be read: {first['msg']}."
    fields = ".".join(str(part) for part in place[1:])
    return f"Step {int(place[0]) + 1} cannot be read: {fields + ': ' if fields else ''}{first['msg']}."


def _is_tag(part: str, loc: tuple[int | str, ...]) -> bool:
    """Tell whether a part of a place is the kind of the step, which pydantic puts after its number."""
    return len(loc) > 1 and loc[1] == part
