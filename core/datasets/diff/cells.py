"""When two cells differ, as SQL.

Missing equals missing. Numbers are compared as values, without rounding; integers also where a float could not hold
them. Where a column changed its kind, cells count as equal when the one reads as the other.
"""

from core.records.dataset import ColumnKind

TYPES = {
    ColumnKind.INTEGER: "BIGINT",
    ColumnKind.NUMBER: "DOUBLE",
    ColumnKind.BOOLEAN: "BOOLEAN",
    ColumnKind.TEXT: "VARCHAR",
    ColumnKind.DATETIME: "TIMESTAMP",
}


def differ(before: str, after: str, kinds: tuple[ColumnKind, ColumnKind], tolerance: float) -> str:
    """Return the condition under which the cells of columns ``before`` and ``after``, of ``kinds``, differ."""
    unlike = _unlike(before, after, kinds)
    if tolerance and all(kind.is_numeric for kind in kinds):
        wide = "HUGEINT" if kinds == (ColumnKind.INTEGER, ColumnKind.INTEGER) else "DOUBLE"
        near = f"abs({before}::{wide} - {after}::{wide}) <= {tolerance!r}::DOUBLE"
        return f"(({unlike}) AND NOT coalesce({near}, false))"
    return f"({unlike})"


def _unlike(before: str, after: str, kinds: tuple[ColumnKind, ColumnKind]) -> str:
    old, new = kinds
    if old is new:
        return f"{before} IS DISTINCT FROM {after}"
    if ColumnKind.TEXT in kinds:
        word, value, kind = (before, after, new) if old is ColumnKind.TEXT else (after, before, old)
        return f"try_cast({word} AS {TYPES[kind]}) IS DISTINCT FROM {value} OR ({word} IS NULL) <> ({value} IS NULL)"
    if ColumnKind.DATETIME in kinds:
        return f"{before} IS NOT NULL OR {after} IS NOT NULL"
    if ColumnKind.NUMBER in kinds and ColumnKind.INTEGER in kinds:
        whole, number = (before, after) if old is ColumnKind.INTEGER else (after, before)
        exact = f"{whole}::HUGEINT IS DISTINCT FROM try_cast({number} AS HUGEINT)"
        return f"{whole}::DOUBLE IS DISTINCT FROM {number} OR {exact}"
    return f"{before}::DOUBLE IS DISTINCT FROM {after}::DOUBLE"


def key_type(kinds: tuple[ColumnKind, ColumnKind]) -> str | None:
    """Return the type in which a key column of two kinds is matched; None when they never match."""
    if kinds[0] is kinds[1]:
        return TYPES[kinds[0]]
    if ColumnKind.TEXT in kinds:
        return "VARCHAR"
    return "DOUBLE" if all(kind.is_numeric for kind in kinds) else None
