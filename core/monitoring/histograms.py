"""What a column looks like on both sides: the same bins or categories for both, ready to be drawn."""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np

from core.monitoring.methods import TOP_CATEGORIES
from core.statistics.distances import counts_between

MAX_BINS = 20
LABEL_LENGTH = 80
NAMED = 10
OTHER = "(other)"
QUANTILES = (0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99)

Numbers = np.ndarray[Any, Any]
Counts = Mapping[str, int]


@dataclass(frozen=True)
class Shares:
    """Shares of the values per bin; ``edges`` (one more than labels) only for ranges of numbers."""

    labels: tuple[str, ...] = ()
    edges: tuple[float, ...] = ()
    reference: tuple[float, ...] = ()
    current: tuple[float, ...] = ()


def distinct(values: Numbers, most: int = MAX_BINS) -> Numbers | None:
    """Return the different values of a sorted sample, None when there are more than ``most``."""
    found: list[float] = []
    place = 0
    while place < len(values):
        if len(found) == most:
            return None
        found.append(values[place])
        place = int(np.searchsorted(values, values[place], side="right"))
    return np.array(found)


def of_numbers(reference: Numbers, current: Numbers) -> Shares:
    """Count sorted numbers: one bin per value where there are few, else equal ranges over the middle 98 % of the
    reference with a bin for all that is below and one for all above, so that one outlier hides nothing."""
    few = [distinct(side) for side in (reference, current)]
    if few[0] is not None and few[1] is not None:
        values = np.union1d(few[0], few[1])
        if len(values) <= MAX_BINS:
            labels = tuple(f"{value:.10g}" for value in values)
            return Shares(labels, (), *(_at(side, values) for side in (reference, current)))
    edges = _edges(reference, current)
    sides = [counts_between(side, edges) / max(len(side), 1) for side in (reference, current)]
    labels = tuple(f"{low:.4g} to {high:.4g}" for low, high in pairwise(edges))
    return Shares(labels, tuple(edges.tolist()), tuple(sides[0].tolist()), tuple(sides[1].tolist()))


def _at(side: Numbers, values: Numbers) -> tuple[float, ...]:
    counts = np.searchsorted(side, values, side="right") - np.searchsorted(side, values, side="left")
    return tuple((counts / max(len(side), 1)).tolist())


def _edges(reference: Numbers, current: Numbers) -> Numbers:
    ends = [side[place] for side in (reference, current) if len(side) for place in (0, -1)]
    lowest, highest = min(ends), max(ends)
    low, high = np.quantile(reference, [0.01, 0.99]) if len(reference) else (lowest, highest)
    if low == high:
        low, high = lowest, highest
    return np.unique(np.concatenate([[lowest], np.linspace(low, high, MAX_BINS - 1), [highest]]))


def capped(reference: Counts, current: Counts) -> tuple[dict[str, int], dict[str, int]]:
    """Keep the categories most frequent in both sides together and call the rest ``(other)``.

    Chosen over both sides pooled, so that the choice itself does not make two samples of one source look different.
    """
    pooled = {name: reference.get(name, 0) + current.get(name, 0) for name in {**reference, **current}}
    ranked = sorted(pooled, key=lambda name: (-pooled[name], name))
    if len(ranked) <= TOP_CATEGORIES + 1:
        return dict(reference), dict(current)
    top = set(ranked[:TOP_CATEGORIES])
    return _capped(reference, top), _capped(current, top)


def _capped(counts: Counts, top: set[str]) -> dict[str, int]:
    kept = {name: count for name, count in counts.items() if name in top}
    rest = sum(count for name, count in counts.items() if name not in top)
    return {**kept, OTHER: rest} if rest else kept


def of_categories(reference: Counts, current: Counts) -> Shares:
    """Count capped categories, the most frequent in the reference first and ``(other)`` last."""
    names = sorted({**reference, **current}, key=lambda name: (name == OTHER, -reference.get(name, 0), name))
    sums = [max(sum(side.values()), 1) for side in (reference, current)]
    sides = [
        tuple(side.get(name, 0) / total for name in names)
        for side, total in zip((reference, current), sums, strict=True)
    ]
    return Shares(tuple(name[:LABEL_LENGTH] for name in names), (), sides[0], sides[1])


def only_in(counts: Counts, other: Counts) -> tuple[tuple[str, float], ...]:
    """Return the categories that ``other`` does not have, with their shares in ``counts``, the largest first."""
    total = max(sum(counts.values()), 1)
    found = sorted(((name, count) for name, count in counts.items() if name not in other), key=lambda one: -one[1])
    return tuple((name[:LABEL_LENGTH], count / total) for name, count in found[:NAMED])


def quantiles(values: Numbers) -> tuple[float, ...]:
    """Return the quantiles of a sorted sample at ``QUANTILES``; none of an empty one."""
    return tuple(float(found) for found in np.quantile(values, QUANTILES)) if len(values) else ()
