"""What all records share."""

import re
import secrets
import unicodedata
from datetime import UTC, datetime
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict

from core.errors import InvalidName, NameMissing

JsonObject = dict[str, Any]


def _aware_utc(moment: datetime) -> datetime:
    if moment.tzinfo is None:
        raise ValueError("a moment needs a time zone")
    return moment.astimezone(UTC)


Moment = Annotated[datetime, AfterValidator(_aware_utc)]
"""An aware datetime, always in UTC."""


class Record(BaseModel):
    """An immutable value; unknown fields are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")


def new_id() -> str:
    """Return 12 random hexadecimal digits."""
    return secrets.token_hex(6)


def checked_name(name: str, what: str) -> str:
    """Return ``name`` if it can name a ``what``: it then is safe in paths, addresses and MLflow alike.

    Raises:
        NameMissing: it is empty.
        InvalidName: it has other characters or another length; the sentence offers the nearest name.
    """
    if not name.strip():
        raise NameMissing(what=what)
    if not re.fullmatch(r"[a-z0-9][a-z0-9_-]{0,62}", name):
        near = proposed_name(name)
        raise InvalidName(name=clipped(name, 80), what=what, such=f", such as {near!r}" if near else "")
    return name


def proposed_name(text: str) -> str:
    """Return the nearest that :func:`checked_name` takes: ``Kunden 2024`` gives ``kunden-2024``; empty for none."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9_]+", "-", plain).strip("-_")[:63].strip("-_")


def clipped(text: str, limit: int) -> str:
    """Make a label of any text: one line, at most ``limit`` characters, nothing a store or a terminal chokes on."""
    head = text[: limit + 1]
    if not head.isprintable():
        head = "".join(" " if unicodedata.category(mark) in ("Cc", "Cs") else mark for mark in head)
    line = head.strip()
    return line if len(line) <= limit else line[: limit - 1] + "\N{HORIZONTAL ELLIPSIS}"
