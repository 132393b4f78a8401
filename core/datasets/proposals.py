"""Other readings that are offered for a column kept as text: dates in common forms, and words for true and false.

They are only offered: a target of Yes and No, or a day that could be a month, is for a person to decide.
"""

import re
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from core.datasets.words import PAIRS, Words
from core.records.dataset import ColumnKind
from core.records.reading import ColumnChoice

_DAYS = ("%d/%m/%Y", "%m/%d/%Y", "%d.%m.%Y", "%d-%m-%Y", "%m-%d-%Y", "%Y/%m/%d", "%d %b %Y", "%b %d, %Y", "%Y.%m.%d")
_TIMES = ("", " %H:%M", " %H:%M:%S")
FORMS = tuple(day + time for day in _DAYS for time in _TIMES)
"""The forms of dates that are tried, day first before month first."""

_LIKE_A_DATE = re.compile(r"[0-9]{1,4}\s*[/.\-A-Za-z]|[A-Za-z]{3,}\.?\s*[0-9]")
"""How a cell begins that any of the forms could read."""

_LEAST = 2


@dataclass(frozen=True)
class Proposal:
    """Another reading of a column, or None, and a sentence on what was seen."""

    choice: ColumnChoice | None
    note: str


def proposal_for(words: Words) -> Proposal:
    """Offer another reading of cells that are kept as text."""
    some = words.some
    if len(some) == 0:
        return Proposal(None, "")
    if _are_truths(some):
        listed = ", ".join(sorted(map(str, some.to_pylist()))[:4])
        return Proposal(ColumnChoice(kind=ColumnKind.BOOLEAN), f"holds only {listed}: can be read as true and false")
    if not pc.any(pc.match_substring_regex(some, r"[0-9]")).as_py():
        return Proposal(None, "")
    if _are_grouped(some):
        return Proposal(None, "looks like numbers with separators: choose the decimal mark and that of thousands")
    return _dates(some)


def _are_truths(some: pa.Array) -> bool:
    lowered = {str(word).lower() for word in some.to_pylist()} if len(some) <= 2 * _LEAST else set()
    return bool(lowered) and any(lowered <= set(pair) for pair in PAIRS) and not lowered <= {"1", "0"}


def _are_grouped(some: pa.Array) -> bool:
    patterns = (r"^[+-]?[0-9]{1,3}([,' ][0-9]{3})+(\.[0-9]+)?$|^[+-]?[0-9]+(\.[0-9]+)?$", r"[0-9][,' ][0-9]{3}")
    everywhere = pc.all(pc.match_substring_regex(some, patterns[0])).as_py()
    return bool(everywhere and pc.any(pc.match_substring_regex(some, patterns[1])).as_py())


def _dates(some: pa.Array) -> Proposal:
    if not _LIKE_A_DATE.match(some[0].as_py()):
        return Proposal(None, "")
    reads = {form: pc.is_valid(pc.strptime(some, form, "us", error_is_null=True)) for form in FORMS}
    whole = [form for form, read in reads.items() if pc.all(read).as_py()]
    if len(whole) == 1:
        order = ", day first" if whole[0].startswith("%d") else ""
        return Proposal(_as_dates(whole[0]), f"looks like dates{order} ({some[0].as_py()})")
    if whole:
        return Proposal(_as_dates(whole[0]), "looks like dates, but whether day or month comes first cannot be told")
    used = [form for form, read in reads.items() if pc.any(read).as_py()]
    for first in used:
        for second in used:
            if first < second and pc.all(pc.or_(reads[first], reads[second])).as_py():
                return Proposal(None, f"holds dates in two forms, {first} and {second}: write them in one")
    return Proposal(None, "")


def _as_dates(form: str) -> ColumnChoice:
    return ColumnChoice(kind=ColumnKind.DATETIME, date_format=form)
