"""Row checks as pandera checks: each takes the values of a column and says which of them break it.

Patterns are matched by RE2 (through Arrow), not by Python's ``re``: no pattern can make a check hang.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc

from core.records.contract import PatternCheck, RangeCheck, ValuesCheck
from core.records.dataset import ColumnKind

if TYPE_CHECKING:
    import pandas as pd

RowCheck = RangeCheck | ValuesCheck | PatternCheck
Breaking = Callable[["pd.Series[Any]"], "pd.Series[Any]"]
"""Takes the present values of a column; returns True where one breaks the check."""


def breaking(check: RowCheck, kind: ColumnKind) -> Breaking | str:
    """Return the predicate of ``check`` for a column of ``kind``, or why it cannot be asked of one."""
    if isinstance(check, RangeCheck):
        return _outside(check, kind)
    if isinstance(check, ValuesCheck):
        return _asked(_values_check(check, kind))
    if kind is not ColumnKind.TEXT:
        return f"{check.column} holds {kind.value}, and only text has patterns"
    return _asked(_pattern_check(check.pattern))


def refused_pattern(pattern: str) -> str:
    """Return why RE2 does not take ``pattern``; empty when it does."""
    try:
        matches(pa.array([""]), pattern)
    except pa.ArrowInvalid as error:
        return str(error).removeprefix("Invalid regular expression: ")
    return ""


def matches(texts: pa.Array, pattern: str) -> pa.Array:
    """Tell which of ``texts`` are matched by ``pattern``, as a whole."""
    return pc.match_substring_regex(texts, f"^(?:{pattern})$")


def _asked(check: Any) -> Breaking:
    def ask(values: "pd.Series[Any]") -> "pd.Series[Any]":
        found: pd.Series[Any] = ~check(values).check_output.astype(bool)
        return found

    return ask


def _outside(check: RangeCheck, kind: ColumnKind) -> Breaking | str:
    import pandera.pandas as pandera

    low, high = check.minimum, check.maximum
    if kind is ColumnKind.DATETIME:
        try:
            low, high = (None if bound is None else _moment(bound) for bound in (low, high))
        except (ValueError, TypeError):
            return f"{check.column} holds datetime, and the limits are no moments"
    elif not kind.is_numeric:
        return f"{check.column} holds {kind.value}, which has no range"
    elif isinstance(low, str) or isinstance(high, str):
        return f"{check.column} holds {kind.value}, and the limits are text"
    if low is None:
        return _asked(pandera.Check.le(high))
    if high is None:
        return _asked(pandera.Check.ge(low))
    return _asked(pandera.Check.in_range(low, high))


def _moment(bound: object) -> Any:
    import pandas as pd

    if not isinstance(bound, str):
        raise TypeError(bound)
    moment = pd.Timestamp(bound)
    return moment.tz_convert("UTC").tz_localize(None) if moment.tzinfo else moment


def _values_check(check: ValuesCheck, kind: ColumnKind) -> Any:
    import pandera.pandas as pandera

    if kind is ColumnKind.TEXT:
        return pandera.Check.isin([str(value) for value in check.values])
    if kind is ColumnKind.BOOLEAN:
        return pandera.Check.isin([value for value in check.values if isinstance(value, bool)])
    if kind is ColumnKind.DATETIME:
        return pandera.Check.isin([_moment(value) for value in check.values if isinstance(value, str)])
    return pandera.Check.isin([value for value in check.values if not isinstance(value, str)])


def _pattern_check(pattern: str) -> Any:
    import pandas as pd
    import pandera.pandas as pandera

    def matched(values: "pd.Series[Any]") -> "pd.Series[Any]":
        found = matches(pa.array(values, pa.string()), pattern)
        return pd.Series(found.to_numpy(zero_copy_only=False), index=values.index, dtype=bool)

    return pandera.Check(matched, name="pattern")
