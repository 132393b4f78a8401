"""How far apart two samples are: the population stability index and the Kolmogorov-Smirnov distance.

PSI depends on its bins and its floor, so both are part of the definition here: ten bins between the quantiles of the
reference (linear interpolation, equal quantiles merged, outer bins open), every share at least ``FLOOR``, shares not
renormalised. Say so wherever a PSI is shown. Samples are handed over in ascending order, so that each is sorted once.
"""

from typing import Any

import numpy as np

BINS = 10
FLOOR = 1e-4
DEFINITION = "ten bins between quantiles of the older sample, outer bins open, shares at least 0.0001"

Numbers = np.ndarray[Any, Any]


def quantile_edges(reference: Numbers, bins: int = BINS) -> Numbers:
    """Return the edges of at most ``bins`` bins with equally many values of ``reference``, from -inf to inf.

    ``reference`` holds at least one number and no NaN, in ascending order. Fewer bins come out where some are equal.
    """
    edges = np.unique(quantiles(reference, np.linspace(0, 1, bins + 1)))
    inner = edges[1:-1] if len(edges) > 2 else edges[:0]
    return np.concatenate([[-np.inf], inner.astype(float), [np.inf]])


def quantiles(values: Numbers, at: Numbers) -> Numbers:
    """Return quantiles of ``values``, in ascending order, as :func:`numpy.quantile` gives them (linear)."""
    place = at * (len(values) - 1)
    below = np.floor(place).astype(int)
    low, high = values[below], values[np.minimum(below + 1, len(values) - 1)]
    part = place - below
    # From the nearer end, as numpy does: the result never leaves the two values.
    found: Numbers = np.where(part < 0.5, low + (high - low) * part, high - (high - low) * (1 - part))
    return found


def shares(values: Numbers, edges: Numbers) -> Numbers:
    """Return the share of ``values``, in ascending order, in each bin [low, high); zero without values."""
    below = np.searchsorted(values, edges[1:-1], side="left")
    found: Numbers = np.diff(below, prepend=0, append=len(values)) / max(len(values), 1)
    return found


def psi(reference: Numbers, current: Numbers) -> float:
    """Return the population stability index of two arrays of shares over the same bins or categories."""
    old, new = np.maximum(reference, FLOOR), np.maximum(current, FLOOR)
    return float(np.sum((new - old) * np.log(new / old)))


def psi_by_chance(bins: int, rows_reference: int, rows_current: int) -> float:
    """Return the PSI that two samples of one distribution have on average: (bins - 1) (1/n + 1/m)."""
    return (bins - 1) * (1 / rows_reference + 1 / rows_current)


def ks(reference: Numbers, current: Numbers) -> float:
    """Return the largest distance between the two empirical distribution functions.

    Both sides hold numbers only, in ascending order. Either function is furthest above the other where it steps up.
    """
    return max(_above(reference, current), _above(current, reference), 0.0)


def _above(one: Numbers, other: Numbers) -> float:
    apart = np.arange(1, len(one) + 1) / len(one)
    apart -= np.searchsorted(other, one, side="right") / len(other)
    return float(apart.max())
