"""What all records share."""

import secrets
from datetime import UTC, datetime
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict

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
