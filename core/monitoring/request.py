"""What a check was asked to compare, as it travels in a job's payload."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from core.errors import NothingToCompare
from core.monitoring.methods import MIN_ROWS
from core.records.base import JsonObject

UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}

FEWEST = 5
"""Below this no test says anything."""


@dataclass(frozen=True)
class Request:
    """``reference`` None is the champion's training data; ``current`` None the predictions logged in
    ``since <= at < until``, where None is open. Below ``min_rows`` values on a side a column gets no verdict."""

    reference: str | None = None
    current: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    min_rows: int = MIN_ROWS

    def to_payload(self) -> JsonObject:
        """Return the request as JSON."""
        return {
            "reference": self.reference,
            "current": self.current,
            "since": self.since.isoformat() if self.since else None,
            "until": self.until.isoformat() if self.until else None,
            "min_rows": self.min_rows,
        }


def from_payload(payload: JsonObject, asked_at: datetime) -> Request:
    """Read a payload; ``last`` (an age like ``7d``) counts back from ``asked_at``.

    Raises:
        NothingToCompare: the window ends before it begins, or belongs to no logged predictions.
    """
    since, until = _moment(payload.get("since")), _moment(payload.get("until"))
    if payload.get("last"):
        since = asked_at - _age(str(payload["last"]))
    least = int(payload.get("min_rows", MIN_ROWS))
    return checked(Request(payload.get("reference"), payload.get("current"), since, until, least))


def checked(request: Request) -> Request:
    """Return the request when its window makes sense.

    Raises:
        NothingToCompare: the window ends before it begins, or belongs to no logged predictions, or a test shall do
            with fewer values than it can.
    """
    if request.min_rows < FEWEST:
        raise NothingToCompare(problem=f"a test needs at least {FEWEST} values on each side, not {request.min_rows}")
    if request.since and request.until and request.since >= request.until:
        raise NothingToCompare(
            problem=f"the window ends ({request.until.isoformat()}) before it begins ({request.since.isoformat()})",
        )
    if request.current and (request.since or request.until):
        raise NothingToCompare(
            problem="a window of time chooses among logged predictions, but a dataset version was given as current; "
            "leave one of them out",
        )
    return request


def _moment(text: str | None) -> datetime | None:
    if not text:
        return None
    read = datetime.fromisoformat(text)
    return read.astimezone(UTC) if read.tzinfo else read.replace(tzinfo=UTC)


def _age(text: str) -> timedelta:
    return timedelta(**{UNITS[text[-1]]: int(text[:-1])})
