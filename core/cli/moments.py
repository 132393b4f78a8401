"""Moments on the command line: ISO 8601, or an age like ``7d``."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import click

UNITS = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}


class Moment(click.ParamType[datetime]):
    """A moment in UTC; a time without zone is read as UTC."""

    name = "moment"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        """Read an ISO 8601 time, or an age like ``30m``, ``6h``, ``7d``, ``2w``."""
        if isinstance(value, datetime):
            return value
        age = re.fullmatch(r"(\d{1,6})([mhdw])", value)
        if age:
            return datetime.now(UTC) - timedelta(**{UNITS[age[2]]: int(age[1])})
        try:
            read = datetime.fromisoformat(value)
        except ValueError:
            self.fail(f"{value!r} is no moment: write 2026-03-01T12:00 or an age like 7d", param, ctx)
        return read.astimezone(UTC) if read.tzinfo else read.replace(tzinfo=UTC)


MOMENT = Moment()
