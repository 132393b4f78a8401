"""How far apart two samples are: the population stability index and the Kolmogorov-Smirnov distance.

PSI depends on its bins and its floor, so both are part of the definition here: ten bins between the quantiles of the
reference (linear interpolation, equal quantiles merged, outer bins open), every share at least ``FLOOR``, shares not
renormalised. Say so wherever a PSI is shown.
"""

from typing import Any

import numpy as np

BINS = 10
FLOOR = 1e-4
DEFINITION = "ten bins between quantiles of the older sample, outer bins open, shares at least 0.0001"

Numbers = np.ndarray[Any, Any]


def quantile_edges(reference: Numbers, bins: int = BINS) -> Numbers:
    """Return the edges of at most ``bins`` bins with equally many values of ``reference``, from -inf to inf.

    ``reference`` holds at least one number and no NaN. Fewer bins come out where quantiles are equal.
    """
    edges = np.unique(np.quantile(reference, np.linspace(0, 1, bins + 1)))
    inner = edges[1:-1] if len(edges) > 2 else edges[:0]
    return np.concatenate([[-np.inf], inner.astype(float), [np.inf]])


def shares(values: Numbers, edges: Numbers) -> Numbers:
    """Return the share of ``values`` in each bin [low, high); all zero when there are no values."""
    inside = np.searchsorted(edges[1:-1], values, side="right")
    return np.bincount(inside, minlength=len(edges) - 1) / max(len(values), 1)


def psi(reference: Numbers, current: Numbers) -> float:
    """Return the population stability index of two arrays of shares over the same bins or categories."""
    old, new = np.maximum(reference, FLOOR), np.maximum(current, FLOOR)
    return float(np.sum((new - old) * np.log(new / old)))


def psi_by_chance(bins: int, rows_reference: int, rows_current: int) -> float:
    """Return the PSI that two samples of one distribution have on average: (bins - 1) (1/n + 1/m)."""
    return (bins - 1) * (1 / rows_reference + 1 / rows_current)


def ks(reference: Numbers, current: Numbers) -> float:
    """Return the largest distance between the two empirical distribution functions; both sides hold numbers only."""
    old, new = np.sort(reference), np.sort(current)
    apart = 0.0
    for points in (old, new):
        below_old = np.searchsorted(old, points, side="right") / len(old)
        below_new = np.searchsorted(new, points, side="right") / len(new)
        apart = max(apart, float(np.max(np.abs(below_old - below_new))))
    return apart
