"""Records as the plain values that a database keeps, and back."""

import json
import re
from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any, TypeVar

from core.errors import InvalidInput
from core.records.base import Record

AnyRecord = TypeVar("AnyRecord", bound=Record)
_HASH = re.compile(r"(?<![0-9a-f])[0-9a-f]{64}(?![0-9a-f])")


def to_row(record: Record) -> dict[str, Any]:
    """Return the fields of ``record``: enums as text, moments as they are, nested records as dictionaries."""
    return {name: str(value) if isinstance(value, StrEnum) else value for name, value in record.model_dump().items()}


def from_row(kind: type[AnyRecord], row: Mapping[Any, Any]) -> AnyRecord:
    """Return the record whose fields ``row`` holds; other keys of ``row`` are left out."""
    return kind.model_validate({name: row[name] for name in kind.model_fields})


def to_json(value: object) -> str:
    """Return ``value`` as strict JSON.

    Raises:
        InvalidInput: a number in it is not finite, which JSON cannot say.
    """
    try:
        return json.dumps(value, allow_nan=False, separators=(",", ":"))
    except ValueError as error:
        problem = f"a value cannot be stored ({error}). Use finite numbers, and null for what is missing."
        raise InvalidInput(problem=problem) from error


def settled(record: AnyRecord) -> AnyRecord:
    """Return ``record`` as it would come back from a database, sharing nothing mutable with the given one.

    Raises:
        InvalidInput: it holds a number that is not finite.
    """
    row = {
        name: value if isinstance(value, datetime) else json.loads(to_json(value))
        for name, value in to_row(record).items()
    }
    return from_row(type(record), row)


def hashes_in(text: str | None) -> set[str]:
    """Return every SHA-256 that a text names."""
    return set(_HASH.findall(text)) if text else set()
