"""Calendar presets: daily, weekly and monthly times as the cron expressions they stand for, and back."""

import re
from dataclasses import dataclass
from enum import StrEnum

from core.errors import InvalidSchedule
from core.retraining.cron import WEEKDAYS


class Rhythm(StrEnum):
    """How often a calendar preset comes."""

    DAILY = "daily"
    WEEKLY = "weekly"
    MONTHLY = "monthly"


@dataclass(frozen=True)
class Preset:
    """A time of the day, on a weekday (``mon``) when weekly and on a day of the month (1 to 31) when monthly."""

    rhythm: Rhythm
    hour: int
    minute: int
    day: str = ""

    @property
    def expression(self) -> str:
        """The cron expression it stands for."""
        day = self.day if self.rhythm is Rhythm.MONTHLY else "*"
        weekday = self.day if self.rhythm is Rhythm.WEEKLY else "*"
        return f"{self.minute} {self.hour} {day} * {weekday}"


def parse(rhythm: Rhythm, text: str) -> Preset:
    """Read ``06:30``, ``mon@06:30`` or ``15@06:30``.

    Raises:
        InvalidSchedule: it has another shape, or there is no such day or time.
    """
    day, _, time = text.strip().lower().rpartition("@")
    found = re.fullmatch(r"(\d{1,2}):(\d{2})", time)
    if found is None or int(found[1]) > 23 or int(found[2]) > 59:
        raise InvalidSchedule(problem=f"{text!r} names no time of the day: write it like {_example(rhythm)}")
    if not _fits(rhythm, day):
        raise InvalidSchedule(
            problem=f"{text!r} names no day for a {rhythm} schedule: write it like {_example(rhythm)}"
        )
    return Preset(rhythm, int(found[1]), int(found[2]), day)


def recognise(expression: str) -> Preset | None:
    """Return the preset a cron expression stands for, or None when it says more than one can."""
    parts = expression.split()
    if len(parts) != 5 or parts[3] != "*" or not (parts[0].isdigit() and parts[1].isdigit()):
        return None
    minute, hour, day, _, weekday = parts
    if day == "*" and weekday == "*":
        return Preset(Rhythm.DAILY, int(hour), int(minute))
    if day == "*" and weekday in WEEKDAYS:
        return Preset(Rhythm.WEEKLY, int(hour), int(minute), weekday)
    if weekday == "*" and _fits(Rhythm.MONTHLY, day):
        return Preset(Rhythm.MONTHLY, int(hour), int(minute), day)
    return None


def _fits(rhythm: Rhythm, day: str) -> bool:
    if rhythm is Rhythm.WEEKLY:
        return day in WEEKDAYS
    if rhythm is Rhythm.MONTHLY:
        return day.isdigit() and 1 <= int(day) <= 31
    return day == ""


def _example(rhythm: Rhythm) -> str:
    return {Rhythm.DAILY: "06:30", Rhythm.WEEKLY: "mon@06:30", Rhythm.MONTHLY: "15@06:30"}[rhythm]
