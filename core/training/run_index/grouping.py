"""Runs grouped by a shared value, each figure as a mean with its band."""

import statistics
from collections.abc import Sequence

from core.records.run_index import RunGroup
from core.records.run_query import FieldValue

Values = tuple[FieldValue | None, ...]


def grouped(rows: Sequence[Values], names: Sequence[str]) -> list[RunGroup]:
    """Return the groups of rows (shared value, figures in the order of ``names``), the largest first.

    Runs without the value are a group of their own, with an empty value.
    """
    groups: dict[str, list[Values]] = {}
    for first, *figures in rows:
        groups.setdefault(spelled(first), []).append(tuple(figures))
    made = [RunGroup(value=value, runs=len(rows), figures=_figures(rows, names)) for value, rows in groups.items()]
    return sorted(made, key=lambda group: (-group.runs, group.value))


def spelled(value: FieldValue | None) -> str:
    """Return a value as a group is called."""
    if isinstance(value, float):
        return f"{value:.12g}"
    return "" if value is None else str(value)


def _figures(rows: Sequence[Values], names: Sequence[str]) -> dict[str, tuple[float, float, int]]:
    found = {}
    for place, name in enumerate(names):
        values = [float(value) for row in rows if isinstance(value := row[place], int | float)]
        if values:
            spread = statistics.stdev(values) if len(values) > 1 else 0.0
            found[name] = (statistics.fmean(values), spread, len(values))
    return found
