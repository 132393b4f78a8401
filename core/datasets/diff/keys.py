"""By which columns a row of one version is recognised in the other."""

import re
from collections.abc import Iterator, Sequence
from itertools import combinations
from typing import Any

from core.datasets.diff.cells import key_type
from core.datasets.diff.sides import Sides
from core.errors import InvalidKey
from core.records.base import clipped
from core.records.dataset import Column, ColumnKind
from core.records.project import Project

EXAMPLES = 3
MOST_TRIED = 8
LIKE_AN_ID = re.compile(r"(^|[^a-zA-Z])(?i:id|key|uuid|guid|code|nr|no|number|index|ref)([^a-zA-Z]|$)|[a-z](ID|Id)$")


def check(connection: Any, sides: Sides, key: Sequence[str]) -> None:
    """Return when each row of both sides has a key of its own.

    Raises:
        InvalidKey: a column is missing, named twice or of kinds that never match; or rows share a key, with examples.
    """
    if len(set(key)) < len(key):
        raise InvalidKey(key=_shown(key), problem="a column is named twice.")
    for name in key:
        _require_usable(sides, key, name)
    for letter, side in (("b", sides.before), ("a", sides.after)):
        found = repeats(connection, sides, letter, key)
        if found:
            raise InvalidKey(
                key=_shown(key), problem=f"several rows of {side.label} share it: {'; '.join(found)}. {_ADVICE}"
            )


_ADVICE = "Add columns to the key, or compare whole rows without one."


def _require_usable(sides: Sides, key: Sequence[str], name: str) -> None:
    kinds = []
    for side in (sides.before, sides.after):
        column = side.column(name)
        if column is None:
            having = ", ".join(clipped(other.name, 40) for other in side.version.columns[:30])
            raise InvalidKey(
                key=_shown(key), problem=f"{side.label} has no column {clipped(name, 60)!r}. It has: {having}."
            )
        kinds.append(column.kind)
    if key_type((kinds[0], kinds[1])) is None:
        problem = f"{clipped(name, 60)!r} is {kinds[0]} in {sides.before.label} and {kinds[1]} in {sides.after.label}."
        raise InvalidKey(key=_shown(key), problem=problem)


def repeats(connection: Any, sides: Sides, letter: str, key: Sequence[str]) -> list[str]:
    """Return examples of keys that several rows of a side share, most frequent first; empty when there are none."""
    columns = ", ".join(sides.key(letter, key))
    rows = connection.execute(
        f"SELECT count(*) AS n, {columns} FROM {sides.table(letter)} "  # noqa: S608 - names made of letters and numbers
        f"GROUP BY {', '.join(str(place + 2) for place in range(len(key)))} HAVING count(*) > 1 "
        f"ORDER BY ALL DESC LIMIT {EXAMPLES}"
    ).fetchall()
    return [f"{_named(key, row[1:])} ({row[0]:,} rows)" for row in rows]


def propose(connection: Any, sides: Sides, project: Project) -> tuple[str, ...]:
    """Return columns that tell all rows of both versions apart, or () when none are likely to.

    The project's id column first, then columns that look like identifiers, then pairs and triples with one.
    """
    for tried, key in enumerate(_candidates(sides, project)):
        if tried == MOST_TRIED:
            break
        if not any(repeats(connection, sides, letter, key) for letter in "ba"):
            return key
    return ()


def _candidates(sides: Sides, project: Project) -> Iterator[tuple[str, ...]]:
    """Yield likely keys, the likeliest first; what the profiles rule out is left out."""
    usable = [new for old, new in sides.common if _may_identify(old, new, project)]
    ranked = sorted(usable, key=lambda column: _rank(column, project))
    yield from ((column.name,) for column in ranked if _reaches(sides, (column.name,)))
    anchors = [column for column in ranked if _rank(column, project) < _PLAIN]
    parts = [column for column in ranked if column.kind is not ColumnKind.NUMBER]
    for size in (2, 3):
        for names in combinations([column.name for column in parts], size):
            if any(anchor.name in names for anchor in anchors) and _reaches(sides, names):
                yield names


_PLAIN = 3


def _rank(column: Column, project: Project) -> int:
    if column.name == project.id_column:
        return 0
    if LIKE_AN_ID.search(column.name):
        return 1
    return 2 if column.kind is ColumnKind.DATETIME or column.name == project.time_column else _PLAIN


def _may_identify(old: Column, new: Column, project: Project) -> bool:
    """Tell whether a column could be part of a key: measured numbers, flags and the target identify nothing."""
    if new.name == project.target or old.kind is not new.kind or new.nullable or old.nullable:
        return new.name == project.id_column and old.kind is new.kind
    return new.kind in (ColumnKind.INTEGER, ColumnKind.TEXT, ColumnKind.DATETIME)


def _reaches(sides: Sides, names: Sequence[str]) -> bool:
    """Tell whether the profiles allow ``names`` to tell all rows apart: there are enough different values.

    Counts of different values may be estimates, so a twentieth may be missing.
    """
    for side in (sides.before, sides.after):
        combined = 1.0
        for profile in side.version.profile.columns:
            if profile.name in names:
                combined *= max(profile.distinct, 1)
        if combined < side.version.rows * 0.95:
            return False
    return True


def _named(key: Sequence[str], values: Sequence[object]) -> str:
    return ", ".join(
        f"{clipped(name, 40)}={'missing' if value is None else clipped(str(value), 60)}"
        for name, value in zip(key, values, strict=True)
    )


def _shown(key: Sequence[str]) -> str:
    return ", ".join(clipped(name, 60) for name in key)
