"""Parts of moments (UTC, the Gregorian calendar, ISO 8601 weeks) and the time between two of them."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np

from core.datasets.expressions.functions import MOMENTS, TEXTS, Array, Function, Parameter, always
from core.datasets.expressions.texts import by_value
from core.records.dataset import ColumnKind

_DAY_US = 86_400_000_000
LONGEST_FORMAT = 60
DIRECTIVES = frozenset("YymdHIMSfpjbB")
"""What a date format may ask for, of the marks of ``datetime.strptime``, each once."""

_WHEN = Parameter("moment", MOMENTS)


def _date(text: str, format: str = "") -> datetime | None:
    """Read ISO 8601, or what ``format`` says; a zone is converted to UTC."""
    try:
        moment = _with_format(text.strip(), format) if format else datetime.fromisoformat(text.strip())
        return moment if moment.tzinfo is None else moment.astimezone(UTC).replace(tzinfo=None)
    except (ValueError, OverflowError):
        return None


def _with_format(text: str, format: str) -> datetime:
    return datetime.strptime(text, format)  # noqa: DTZ007, a text without a zone is taken as UTC


def _format_complaint(formats: Sequence[str]) -> str:
    for written in formats:
        marks = [written[place + 1 : place + 2] for place in range(len(written)) if written[place] == "%"]
        if len(written) > LONGEST_FORMAT or not marks or not DIRECTIVES.issuperset(marks):
            return "a date format is made of %Y %m %d %H %M %S and the like, as in '%d/%m/%Y'."
        if len(set(marks)) < len(marks):
            return "a part stands twice in the date format."
    return ""


def _days(moments: Array) -> Array:
    """Return whole days since 1970-01-01."""
    return moments.astype("datetime64[D]").astype(np.int64)


def _since(moments: Array, unit: str) -> Array:
    """Return the days since the start of the month (M) or year (Y)."""
    return _days(moments) - moments.astype(f"datetime64[{unit}]").astype("datetime64[D]").astype(np.int64)


def _months(moments: Array) -> Array:
    return moments.astype("datetime64[M]").astype(np.int64)


def _weekday(moments: Array) -> Array:
    return (_days(moments) + 3) % 7 + 1


def _week(moments: Array) -> Array:
    thursday = (_days(moments) - _weekday(moments) + 4).astype("datetime64[D]")
    return _since(thursday, "Y") // 7 + 1


def _of_day(unit_us: int, size: int) -> Callable[[Array], Array]:
    return lambda moments: moments.astype(np.int64) // unit_us % size


def _days_between(start: Array, end: Array) -> Array:
    return (end - start).astype(np.int64).astype(np.float64) / _DAY_US


def _days_between_values(start: datetime, end: datetime) -> float:
    return float((end - start) // timedelta(microseconds=1)) / _DAY_US


def _part(name: str, array: Callable[[Array], Array], value: Callable[[datetime], Any], summary: str) -> Function:
    return Function(
        name,
        (_WHEN,),
        always(ColumnKind.INTEGER),
        lambda moments: array(moments).astype(np.float64),
        lambda moment: float(value(moment)),
        summary,
    )


PARTS: tuple[Function, ...] = (
    _part("year", lambda m: _months(m) // 12 + 1970, lambda m: m.year, "The year."),
    _part("quarter", lambda m: _months(m) % 12 // 3 + 1, lambda m: (m.month - 1) // 3 + 1, "The quarter, 1 to 4."),
    _part("month", lambda m: _months(m) % 12 + 1, lambda m: m.month, "The month, 1 to 12."),
    _part("week", _week, lambda m: m.isocalendar().week, "The ISO week of the year, 1 to 53."),
    _part("day", lambda m: _since(m, "M") + 1, lambda m: m.day, "The day of the month, 1 to 31."),
    _part("day_of_year", lambda m: _since(m, "Y") + 1, lambda m: m.timetuple().tm_yday, "The day of the year."),
    _part("weekday", _weekday, lambda m: m.isoweekday(), "The day of the week: 1 is Monday, 7 is Sunday."),
    _part("hour", _of_day(3_600_000_000, 24), lambda m: m.hour, "The hour, 0 to 23."),
    _part("minute", _of_day(60_000_000, 60), lambda m: m.minute, "The minute, 0 to 59."),
    _part("second", _of_day(1_000_000, 60), lambda m: m.second, "The whole second, 0 to 59."),
)
"""Date parts: whole numbers out of moments."""

FUNCTIONS: tuple[Function, ...] = (
    *PARTS,
    Function(
        "days_between",
        (Parameter("start", MOMENTS), Parameter("end", MOMENTS)),
        always(ColumnKind.NUMBER),
        _days_between,
        _days_between_values,
        "Days from start to end, with fractions; negative when end is earlier.",
    ),
    Function(
        "date",
        (Parameter("text", TEXTS), Parameter("format", TEXTS, constant=True, optional=True)),
        always(ColumnKind.DATETIME),
        by_value(_date, ColumnKind.DATETIME),
        _date,
        "The moment a text spells in ISO 8601, or in a format: date('31/01/2024', '%d/%m/%Y'); null if it spells none.",
        complaint=_format_complaint,
    ),
)
"""Functions on moments."""
