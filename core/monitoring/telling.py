"""How much each feature tells of the target, in the reference and in a window: does the same still mean the same?

An association is Spearman's correlation of a feature with the target, -1 to 1: of a class with "it is this class". The
categories of a feature stand for the mean rank the target had with them in the reference (learned on one half of its
rows for the other), so that categories that change places are seen, too. The gap of two of them is tested by Fisher's z
with the variance of Bonett and Wright, *Sample Size Requirements for Estimating Pearson, Kendall and Spearman
Correlations* (2000).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from core.monitoring.samples import text
from core.records.dataset import ColumnKind
from core.records.monitor import Association
from core.statistics import significance
from core.statistics.associations import ranked

MATTERS = 0.1
"""The smallest shift of an association that counts."""

MOST_CLASSES = 12
MOST_CATEGORIES = 1_000
"""With more categories a feature is free text, and tells nothing as a category."""

Numbers = np.ndarray[Any, Any]


@dataclass(frozen=True)
class Feature:
    """A feature as a number for each row of both sides, NaN where it is missing."""

    name: str
    reference: Numbers
    current: Numbers


def coded(side: "pd.Series[Any]") -> tuple[Numbers, list[str]]:
    """Return a column of categories as places in the list of its different texts, -1 where it is missing."""
    codes, values = pd.factorize(side)
    names = [text(value) for value in values]
    known = {name: place for place, name in enumerate(dict.fromkeys(names))}
    again = np.array([*(known[name] for name in names), -1], dtype=np.int64)
    return again[codes], list(known)


def targets(reference: "pd.Series[Any]", current: "pd.Series[Any]", *, is_class: bool) -> list[Feature]:
    """Return the target as numbers: itself, or one for each class of the reference; two classes need one."""
    if not is_class:
        return [Feature("", _numbers(reference), _numbers(current))]
    sides = coded(reference), coded(current)
    names = sorted(sides[0][1])
    asked = names[1:] if len(names) == 2 else names[:MOST_CLASSES]
    return [Feature(name, *(_is(side, name) for side in sides)) for name in asked]


def _numbers(side: "pd.Series[Any]") -> Numbers:
    values = pd.to_numeric(side, errors="coerce").to_numpy(dtype="float64", na_value=np.nan)
    return np.where(np.isfinite(values), values, np.nan)


def _is(side: tuple[Numbers, list[str]], name: str) -> Numbers:
    codes, names = side
    place = names.index(name) if name in names else -2
    return np.where(codes < 0, np.nan, (codes == place).astype(float))


def feature(
    name: str, kind: ColumnKind, reference: "pd.Series[Any]", current: "pd.Series[Any]", target: Numbers
) -> Feature | None:
    """Return a feature of both sides as numbers, ``target`` being that of the reference; None where it cannot be."""
    if kind.is_numeric:
        return Feature(name, _numbers(reference), _numbers(current))
    if kind not in (ColumnKind.TEXT, ColumnKind.BOOLEAN):
        return None
    (codes, names), (here, others) = coded(reference), coded(current)
    if len(names) > MOST_CATEGORIES:
        return None
    place = {one: number for number, one in enumerate(names)}
    same = np.array([*(place.get(one, -1) for one in others), -1], dtype=np.int64)
    values = ranked(target)
    halves = np.arange(len(codes)) % 2 == 0
    worth = np.full(len(codes), np.nan)
    for half in (halves, ~halves):
        worth[half] = _means(codes[~half], values[~half], len(names))[codes[half]]
    return Feature(name, worth, _means(codes, values, len(names))[same[here]])


def _means(codes: Numbers, values: Numbers, size: int) -> Numbers:
    """Return the mean of each category, and NaN at the end, where -1 points to."""
    there = (codes >= 0) & np.isfinite(values)
    counts = np.bincount(codes[there], minlength=size)
    sums = np.bincount(codes[there], weights=values[there], minlength=size)
    means = np.where(counts > 0, sums / np.maximum(counts, 1), np.nan)
    return np.append(means, np.nan)


def spearman(one: Numbers, other: Numbers) -> tuple[float | None, int]:
    """Return Spearman's correlation on the rows where both are there, and how many these are; None where a side does
    not vary."""
    both = np.isfinite(one) & np.isfinite(other)
    first, second = ranked(one[both]), ranked(other[both])
    if len(first) < 4 or np.ptp(first) == 0 or np.ptp(second) == 0:
        return None, len(first)
    return float(np.clip(np.corrcoef(first, second)[0, 1], -1.0, 1.0)), len(first)


def by_chance(first: float, rows_first: int, second: float, rows_second: int) -> float:
    """Return how often chance alone gives two correlations so far apart."""
    from scipy import stats

    limit = 1 - 1e-9
    z = [np.arctanh(np.clip(one, -limit, limit)) for one in (first, second)]
    spread = sum((1 + one**2 / 2) / (rows - 3) for one, rows in ((first, rows_first), (second, rows_second)))
    return float(2 * stats.norm.sf(abs(z[1] - z[0]) / np.sqrt(spread)))


Known = Mapping[tuple[str, str], tuple[float | None, int]]
"""The association of each feature with each target, and its rows."""


def known(features: Mapping[tuple[str, str], Feature], goals: Sequence[Feature]) -> Known:
    """Return the associations in the reference; ``features`` are by (feature, target)."""
    by_name = {goal.name: goal for goal in goals}
    return {key: spearman(one.reference, by_name[key[1]].reference) for key, one in features.items()}


def shifts(
    features: Mapping[tuple[str, str], Feature],
    goals: Sequence[Feature],
    usual: Known,
    rows: Numbers,
    *,
    least: int,
    significance_: float,
) -> tuple[Association, ...]:
    """Return the association of each feature in the reference and in the ``rows`` of the current side, the most
    shifted first; of several classes the one that shifted most counts. ``least`` are the rows both sides need."""
    by_name, found = {goal.name: goal for goal in goals}, []
    for (name, goal), one in features.items():
        before, rows_before = usual[name, goal]
        after, rows_after = spearman(one.current[rows], by_name[goal].current[rows])
        if before is None or after is None or min(rows_before, rows_after) < least:
            continue
        found.append((name, before, after, by_chance(before, rows_before, after, rows_after)))
    adjusted = significance.holm([p for *_, p in found])
    kept: dict[str, Association] = {}
    for (name, before, after, _), p in sorted(zip(found, adjusted, strict=True), key=lambda one: one[1]):
        shifted = abs(after - before) >= MATTERS and p < significance_
        made = Association(feature=name, reference=before, current=after, p_adjusted=p, shifted=shifted)
        if name not in kept or (shifted and not kept[name].shifted):
            kept[name] = made
    return tuple(sorted(kept.values(), key=lambda one: (not one.shifted, -abs(one.current - one.reference))))
