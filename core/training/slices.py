"""Where a model fails: kinds of held-out rows whose answers are worse than those to all others."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd

from core.records.evaluation import Slice
from core.training.measures import Array, Outcome

LEAST_ROWS, LEAST_SHARE = 30, 0.02
MOST_VALUES, BINS, SHOWN = 20, 4, 10
MOST_KINDS = 150
"""Largest kinds of rows of which pairs are made."""

FAMILIES = 2
"""Single features and pairs of them: each gets half of the error that is allowed."""

Z = 1.959963984540054
"""Standard normal quantile of a 95 % interval."""


def worst(frame: pd.DataFrame, outcome: Outcome) -> tuple[Slice, ...]:
    """Return the ten slices of single features, and the ten of two, with the largest excess of errors.

    A slice is a value of a text or flag, a quarter of the range of a number, or a missing value, of at least 30 rows
    and 2 % of all; or the rows of two such slices of different features, where they fare worse than those of either.
    Its errors are tested against those of all other rows (Welch), and the p-values adjusted for every slice looked at
    (Holm 1979, the two families sharing the error evenly), so that the worst of many is not mistaken for a finding.
    """
    errors = errors_of(outcome)
    least = max(LEAST_ROWS, math.ceil(LEAST_SHARE * len(errors)))
    kinds = [
        _Kind(str(name), label, mask)
        for name in frame
        for label, mask in parts(frame[name])
        if least <= mask.sum() <= len(errors) - least
    ]
    single = _Family([(kind,) for kind in kinds], [_welch(errors[kind.mask], errors[~kind.mask]) for kind in kinds])
    share = outcome.task.is_classification
    return (*_told(single, errors, share=share), *_told(_pairs(kinds, errors, least), errors, share=share))


@dataclass(frozen=True)
class _Kind:
    """Rows of one kind by one feature."""

    feature: str
    label: str
    mask: Array


@dataclass(frozen=True)
class _Family:
    """Slices that were looked at together, each of one or two kinds, with their raw p-values; ``looked`` counts those
    that were tested, when they are not all listed."""

    slices: Sequence[tuple[_Kind, ...]]
    p_values: list[float]
    looked: int = 0


def _told(family: _Family, errors: Array, *, share: bool) -> list[Slice]:
    """Return the worst of a family with adjusted p-values."""
    p_values = [min(1.0, FAMILIES * value) for value in _holm(family.p_values, family.looked)]
    made = []
    for kinds, p_value in zip(family.slices, p_values, strict=True):
        mask = np.logical_and.reduce([kind.mask for kind in kinds])
        inside, others = errors[mask], float(errors[~mask].mean())
        if inside.mean() > others:
            band = _wilson(inside) if share else _normal(inside)
            made.append(_slice(kinds, inside, band, others, p_value))
    return sorted(made, key=lambda one: (one.p_value, one.others - one.error))[:SHOWN]


def _slice(kinds: tuple[_Kind, ...], inside: Array, band: tuple[float, float], others: float, p_value: float) -> Slice:
    first, second = kinds[0], kinds[1] if len(kinds) > 1 else None
    return Slice(
        feature=first.feature,
        value=first.label,
        second_feature=second.feature if second else "",
        second_value=second.label if second else "",
        rows=len(inside),
        error=float(inside.mean()),
        interval=band,
        others=others,
        p_value=p_value,
    )


def _pairs(kinds: list[_Kind], errors: Array, least: int) -> _Family:
    """Test every pair of kinds of different features at once, by sums over the rows both have.

    Listed are the pairs that fare worse than both of their kinds, the surest first; all that are large enough count
    as looked at.
    """
    kinds = sorted(kinds, key=lambda kind: -int(kind.mask.sum()))[:MOST_KINDS]
    if len(kinds) < 2:
        return _Family([], [])
    together = np.array([kind.mask for kind in kinds], dtype=np.float64)
    rows, sums, squares = ((together * by) @ together.T for by in (np.ones(len(errors)), errors, errors**2))
    owners = np.array([kind.feature for kind in kinds])
    upper = np.triu(owners[:, None] != owners[None, :], 1)
    first, second = np.nonzero(upper & (rows >= least) & (len(errors) - rows >= least))
    p_values = _welch_by_sums(rows[first, second], sums[first, second], squares[first, second], errors)
    means = sums / np.maximum(rows, 1)
    alone = np.diag(means)
    worse = means[first, second] > np.maximum(alone[first], alone[second])
    best = np.flatnonzero(worse)[np.argsort(p_values[worse], kind="stable")][: 2 * SHOWN]
    listed = [(kinds[first[at]], kinds[second[at]]) for at in best]
    return _Family(listed, [float(p_values[at]) for at in best], len(p_values))


def _welch_by_sums(rows: Array, sums: Array, squares: Array, errors: Array) -> Array:
    """Return the p-values of :func:`_welch` from the number, sum and sum of squares of the errors inside."""
    from scipy.special import erfc

    def of(count: Array, total: Array, square: Array) -> tuple[Array, Array]:
        mean = total / count
        return mean, np.maximum(square - count * mean**2, 0.0) / (count - 1)

    inside, spread = of(rows, sums, squares)
    outside, other = of(len(errors) - rows, errors.sum() - sums, (errors**2).sum() - squares)
    deviation = np.sqrt(spread / rows + other / (len(errors) - rows))
    gap = np.abs(inside - outside)
    with np.errstate(divide="ignore", invalid="ignore"):
        p_values = erfc(gap / deviation / math.sqrt(2))
    return np.asarray(np.where(deviation > 0, p_values, np.where(gap > 0, 0.0, 1.0)))


def parts(values: "pd.Series[Any]") -> Iterator[tuple[str, Array]]:
    """Yield (label, mask) of the kinds of rows that a column makes."""
    missing = values.isna().to_numpy()
    if missing.any():
        yield "missing", missing
    known = values[~missing]
    if not pd.api.types.is_numeric_dtype(values) or known.nunique() <= BINS + 1:
        for value in known.value_counts().index[:MOST_VALUES]:
            yield _label(value), (values == value).to_numpy(dtype=bool, na_value=False)
        return
    yield from _ranges(values.to_numpy(dtype=np.float64), known)


def _ranges(numbers: Array, known: "pd.Series[Any]") -> Iterator[tuple[str, Array]]:
    edges = np.unique(known.quantile(np.linspace(0, 1, BINS + 1)).to_numpy(dtype=np.float64))
    for low, high in pairwise(edges):
        is_last = high == edges[-1]
        mask = (numbers >= low) & ((numbers <= high) if is_last else (numbers < high))
        yield f"{low:.4g} to {high:.4g}", mask


def _label(value: Any) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)


def errors_of(outcome: Outcome) -> Array:
    """Return how wrong each answer is: 0 or 1 for classes, the distance for numbers."""
    if outcome.task.is_classification:
        return np.asarray(outcome.actual != outcome.answered, dtype=np.float64)
    return np.asarray(np.abs(outcome.actual - outcome.answered))


def _welch(inside: Array, outside: Array) -> float:
    """Return the two-sided p-value that both have the same mean, by the normal limit of Welch's test."""
    spread = math.sqrt(inside.var(ddof=1) / len(inside) + outside.var(ddof=1) / len(outside))
    gap = abs(float(inside.mean() - outside.mean()))
    if not spread:
        return 1.0 if not gap else 0.0
    return math.erfc(gap / spread / math.sqrt(2))


def _holm(p_values: Sequence[float], looked: int = 0) -> list[float]:
    """Adjust p-values for their number, or for ``looked`` when they are the listed ones of that many."""
    order = np.argsort(p_values, kind="stable")
    adjusted = [1.0] * len(p_values)
    largest, count = 0.0, max(looked, len(p_values))
    for rank, place in enumerate(order):
        largest = max(largest, min(1.0, (count - rank) * p_values[place]))
        adjusted[place] = largest
    return adjusted


def _wilson(errors: Array) -> tuple[float, float]:
    """Return Wilson's interval of a share (1927)."""
    rows, share = len(errors), float(errors.mean())
    middle = (share + Z**2 / (2 * rows)) / (1 + Z**2 / rows)
    half = Z / (1 + Z**2 / rows) * math.sqrt(share * (1 - share) / rows + Z**2 / (4 * rows**2))
    return max(0.0, middle - half), min(1.0, middle + half)


def _normal(errors: Array) -> tuple[float, float]:
    half = Z * float(errors.std(ddof=1)) / math.sqrt(len(errors))
    return float(errors.mean()) - half, float(errors.mean()) + half
