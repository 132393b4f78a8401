"""The rows that differ, found by one full join over the two Parquet files and written as a third.

The table of differing rows has for each a ``change`` (added, removed, changed), the places ``b_row`` and ``a_row`` in
the two versions, the cells ``b<i>`` and ``a<i>``, and ``c<i>``, whether the cell changed, for columns both have. It is
in the order of the older version, added rows after it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core.datasets import duck
from core.datasets.diff.cells import differ, key_type
from core.datasets.diff.sides import Sides
from core.records.dataset import Column

COPY = "copy"


@dataclass(frozen=True)
class Counted:
    """How many rows were added, removed and changed, and cells changed by column."""

    added: int
    removed: int
    changed: int
    cells: dict[str, int]


def compare(connection: Any, sides: Sides, key: Sequence[str], tolerance: float, target: Path) -> Counted:
    """Write the rows that differ to ``target`` and count them; without a ``key``, as a multiset of whole rows."""
    joined = _by_key(sides, key) if key else _by_copy(sides)
    query = _differing(sides, joined, tolerance if key else 0.0)
    connection.execute(f"COPY ({query}) TO {duck.text(str(target))} (FORMAT parquet, COMPRESSION zstd)")
    return _count(connection, sides, target)


def _by_key(sides: Sides, key: Sequence[str]) -> str:
    """Return the join of rows with equal keys. A key that may be missing is matched as a value like any other."""
    may_miss = {new.name for old, new in sides.common if old.nullable or new.nullable}
    pairs = zip(sides.key("b", key), sides.key("a", key), key, strict=True)
    on = " AND ".join(f"{b} IS NOT DISTINCT FROM {a}" if name in may_miss else f"{b} = {a}" for b, a, name in pairs)
    return f"{sides.table('b')} FULL JOIN {sides.table('a')} ON {on}"


def _by_copy(sides: Sides) -> str:
    """Return the join of equal rows, the first copy with the first, the second with the second."""
    named = [column.name for column, new in sides.common if key_type((column.kind, new.kind))]
    parts = {letter: sides.key(letter, named) for letter in "ba"}
    numbered = {
        letter: f"(SELECT *, row_number() OVER (PARTITION BY {', '.join(parts[letter]) or '1'} "  # noqa: S608
        f"ORDER BY {letter}_row) AS {letter}_{COPY} FROM {sides.table(letter)})"
        for letter in "ba"
    }
    equal = [f"{b} IS NOT DISTINCT FROM {a}" for b, a in zip(parts["b"], parts["a"], strict=True)]
    on = " AND ".join([*equal, f"b_{COPY} = a_{COPY}"])
    return f"{numbered['b']} FULL JOIN {numbered['a']} ON {on}"


def _differing(sides: Sides, joined: str, tolerance: float) -> str:
    places = sides.places
    cells = [f"b{places[column.name]}" for column in sides.before.version.columns]
    cells += [f"a{places[column.name]}" for column in sides.after.version.columns]
    flags = [_flag(places[new.name], old, new, tolerance) for old, new in sides.common]
    marks = [f"c{places[new.name]}" for _, new in sides.common]
    lone = "b_row IS NULL OR a_row IS NULL"
    return (
        f"SELECT CASE WHEN b_row IS NULL THEN 'added' WHEN a_row IS NULL THEN 'removed' ELSE 'changed' END AS change, "  # noqa: S608
        f"b_row, a_row, {', '.join([*cells, *marks])} FROM ("
        f"SELECT b_row, a_row, {', '.join([*cells, *flags])} FROM {joined}) "
        f"WHERE {' OR '.join([lone, *marks])} ORDER BY b_row NULLS LAST, a_row"
    )


def _flag(place: int, old: Column, new: Column, tolerance: float) -> str:
    different = differ(f"b{place}", f"a{place}", (old.kind, new.kind), tolerance)
    return f"(b_row IS NOT NULL AND a_row IS NOT NULL AND {different}) AS c{place}"


def _count(connection: Any, sides: Sides, rows: Path) -> Counted:
    places = sides.places
    names = [new.name for _, new in sides.common]
    sums = ["count(*) FILTER (change = 'added')", "count(*) FILTER (change = 'removed')"]
    sums += ["count(*) FILTER (change = 'changed')", *(f"count(*) FILTER (c{places[name]})" for name in names)]
    source = duck.text(str(rows))
    found = connection.execute(f"SELECT {', '.join(sums)} FROM read_parquet({source})").fetchone()  # noqa: S608
    added, removed, changed, *cells = found
    return Counted(added, removed, changed, dict(zip(names, cells, strict=True)))
