"""What a check was asked to compare, as it travels in a job's payload."""

import re
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from core.errors import NothingToCompare
from core.records.base import JsonObject
from core.records.monitor import ReportKind

UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}

FEWEST = 5
"""Below this no test says anything."""

REFERENCE, PREVIOUS, LAST_YEAR = VERSUS = ("reference", "previous", "last-year")
"""What a window is compared with: the reference, the window before it, or the same season a year before."""

A_YEAR_BEFORE = ", a year before"
"""How the name of such a season ends."""

ENGINES = ("auto", "evidently", "exact")

CHECKS = (ReportKind.DRIFT.value, ReportKind.QUALITY.value, ReportKind.CONCEPT.value)
"""What a check of data can look at; how answers did is measured by :mod:`core.monitoring.production`."""

ALL = "all"

LENGTH = re.compile(r"[1-9]\d{0,5}(h|d|w|mo|rows)")


@dataclass(frozen=True)
class Request:
    """``reference`` None is the champion's training data; ``current`` None the predictions logged in
    ``since <= at < until``, where None is open; ``last_rows`` only the last so many rows of it.

    ``every`` cuts the current side into windows (``1d``, ``2w``, ``1mo``, ``500rows``), of which a new one begins
    every ``slide`` (None: one after the other); each is compared with the reference, with the window before it
    (``versus`` ``previous``), or with the same season of the current side a year before (``last-year``): the same
    month, or what lies 52 weeks back, so that weekdays meet weekdays. Below ``min_rows``
    values on a side (None: what the rule says) a column gets no verdict.

    ``kinds`` are the checks to do, some of ``CHECKS``.
    """

    reference: str | None = None
    current: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    min_rows: int | None = None
    last_rows: int | None = None
    every: str | None = None
    slide: str | None = None
    versus: str = REFERENCE
    engine: str = "auto"
    kinds: tuple[str, ...] = (ReportKind.DRIFT.value,)

    def to_payload(self) -> JsonObject:
        """Return the request as JSON."""
        return {
            **asdict(self),
            "since": self.since.isoformat() if self.since else None,
            "until": self.until.isoformat() if self.until else None,
            "kinds": list(self.kinds),
        }


def from_payload(payload: JsonObject, asked_at: datetime) -> Request:
    """Read a payload; ``last`` (an age like ``7d``) counts back from ``asked_at``, ``check`` names one kind or all.

    Raises:
        NothingToCompare: the window ends before it begins, or belongs to no logged predictions.
    """
    given: dict[str, Any] = {
        name: value for name, value in payload.items() if value is not None and name not in ("last", "check")
    }
    for end in ("since", "until"):
        given[end] = _moment(payload.get(end))
    if payload.get("last"):
        given["since"] = asked_at - _age(str(payload["last"]))
    if "kinds" in given:
        given["kinds"] = tuple(given["kinds"])
    elif payload.get("check"):
        given["kinds"] = CHECKS if payload["check"] == ALL else (str(payload["check"]),)
    return checked(Request(**given))


def checked(request: Request) -> Request:
    """Return the request when its window makes sense.

    Raises:
        NothingToCompare: the window ends before it begins, or belongs to no logged predictions, or a test shall do
            with fewer values than it can.
    """
    if request.min_rows is not None and request.min_rows < FEWEST:
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
    _check_lengths(request)
    _check_choice("engine", request.engine, ENGINES)
    _check_choice("comparison", request.versus, VERSUS)
    for kind in request.kinds:
        _check_choice("check", kind, CHECKS)
    if not request.kinds:
        raise NothingToCompare(problem=f"say what to check: {', '.join(CHECKS)}")
    return request


def _check_lengths(request: Request) -> None:
    for what, length in (("window", request.every), ("slide", request.slide)):
        if length is not None and not LENGTH.fullmatch(length):
            raise NothingToCompare(
                problem=f"{length!r} is no length of a {what}: write 12h, 1d, 2w, 1mo or 500rows",
            )
    if request.slide and not request.every:
        raise NothingToCompare(problem="windows that slide need a length; say how long each is")
    if request.every and request.slide and request.every.endswith("rows") != request.slide.endswith("rows"):
        raise NothingToCompare(problem="a window and its slide are both lengths of time, or both numbers of rows")
    if request.versus == PREVIOUS and not request.every:
        raise NothingToCompare(problem="there is no window before this one; cut the data into windows first")
    if request.versus == LAST_YEAR and (not request.every or request.every.endswith("rows")):
        raise NothingToCompare(
            problem="a season a year before is one of time; cut the data into windows of time first, such as 1mo"
        )
    if request.last_rows is not None and (request.every or request.last_rows < 1):
        raise NothingToCompare(problem="the last rows are one window of at least one row; leave the length out")


def _check_choice(what: str, given: str, known: tuple[str, ...]) -> None:
    if given not in known:
        raise NothingToCompare(problem=f"there is no {what} {given!r}; choose one of {', '.join(known)}")


def _moment(text: str | None) -> datetime | None:
    if not text:
        return None
    read = datetime.fromisoformat(text)
    return read.astimezone(UTC) if read.tzinfo else read.replace(tzinfo=UTC)


def _age(text: str) -> timedelta:
    return timedelta(**{UNITS[text[-1]]: int(text[:-1])})
