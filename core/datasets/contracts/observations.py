"""Checks of a table as a whole: each returns whether it passed, and in words what was there."""

from collections.abc import Collection, Mapping
from datetime import UTC, datetime
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from core.records.contract import FreshCheck, RowsCheck, TypeCheck, period
from core.records.dataset import ColumnKind

Verdict = tuple[bool, str]
MOST_NAMED = 8


def wrong_type(check: TypeCheck, kind: ColumnKind) -> Verdict:
    """Compare kinds; integers are numbers, too."""
    is_fine = kind is check.type or (check.type is ColumnKind.NUMBER and kind is ColumnKind.INTEGER)
    return is_fine, "" if is_fine else f"it holds {kind.value}"


def observed_rows(check: RowsCheck, rows: int) -> Verdict:
    """Compare the number of rows with the limits."""
    is_fine = (check.minimum or 0) <= rows and (check.maximum is None or rows <= check.maximum)
    return is_fine, f"{rows:,} rows"


def difference_of_columns(known: Collection[str], found: Mapping[str, ColumnKind]) -> Verdict:
    """Name the columns that are not known."""
    extra = [name for name in found if name not in known]
    named = ", ".join(extra[:MOST_NAMED]) + (f" and {len(extra) - MOST_NAMED} more" if len(extra) > MOST_NAMED else "")
    return not extra, f"also there: {named}" if extra else ""


class Newest:
    """The newest moment of a column, batch by batch."""

    def __init__(self, check: FreshCheck) -> None:
        """Nothing was seen yet."""
        self.check = check
        self._found: datetime | None = None

    def see(self, values: pa.Array) -> None:
        """Look at one batch."""
        newest: Any = pc.max(values).as_py()
        if newest is not None and (self._found is None or newest > self._found):
            self._found = newest

    def verdict(self, moment: datetime) -> Verdict:
        """Compare the newest moment with ``moment``."""
        if self._found is None:
            return False, f"{self.check.column} has no value at all"
        age = int((moment - self._found.replace(tzinfo=UTC)).total_seconds())
        shown = self._found.isoformat(sep=" ", timespec="minutes")
        return age <= self.check.seconds, f"the newest is {shown}, {_age(age)}"


def _age(seconds: int) -> str:
    if seconds < 0:
        return "in the future"
    for unit in (86_400, 3_600, 60):
        if seconds >= unit:
            return f"{period(seconds - seconds % unit)} old"
    return f"{seconds} s old"
