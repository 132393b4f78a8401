"""How far apart two samples are: the population stability index and the Kolmogorov-Smirnov distance.

PSI depends on its bins and its floor, so both are part of the definition here: ten bins between the quantiles of the
reference (linear interpolation, equal quantiles merged, outer bins open), every share at least ``FLOOR``, shares not
renormalised. Say so wherever a PSI is shown. Samples are handed over in ascending order, so that each is sorted once.
"""

from typing import Any, Literal

import numpy as np

BINS = 10
FLOOR = 1e-4
DEFINITION = "ten bins between quantiles of the older sample, outer bins open, shares at least 0.0001"

Numbers = np.ndarray[Any, Any]

_SIDES: tuple[Literal["left", "right"], ...] = ("left", "right")


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
    return shares_of(below(values, edges[1:-1]), len(values))


def shares_of(lower: Numbers, size: int) -> Numbers:
    """Return the share of ``size`` values in each bin, where ``lower`` are below each of the inner edges."""
    found: Numbers = np.diff(lower, prepend=0, append=size) / max(size, 1)
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

    Both sides hold numbers only, in ascending order. Each function is furthest from the other at a step of the first.
    """
    return _apart(reference, current, np.searchsorted(current, reference, side="left"))


def below(values: Numbers, at: Numbers, side: Literal["left", "right"] = "left") -> Numbers:
    """Return how many of ``values``, in ascending order, are less than each of ``at``; with "right" also equal."""
    found: Numbers = np.searchsorted(values, at, side=side)
    return found


def ks_of_change(old: Numbers, gone: Numbers, come: Numbers) -> float:
    """Return :func:`ks` of ``old`` and of what it is without ``gone`` and with ``come``, each in ascending order.

    Where nothing went or came, the two distribution functions differ by a multiple of one of them; so they are
    furthest apart at such a value, or just before it.
    """
    if len(gone) == len(old):
        return ks(old, come)
    at = np.unique(np.concatenate([gone, come]))
    rows = len(old), len(old) - len(gone) + len(come)
    farthest = 0.0
    for side in _SIDES if len(at) else ():
        before = below(old, at, side)
        after = before - below(gone, at, side) + below(come, at, side)
        farthest = max(farthest, float(np.abs(before / rows[0] - after / rows[1]).max()))
    return farthest


def gaps(old: Numbers, new: Numbers) -> tuple[float, float]:
    """Return the Kolmogorov-Smirnov and the first Wasserstein distance of two *sorted* samples, each at least one
    number: what ``scipy.stats.ks_2samp`` and ``wasserstein_distance`` say.

    Both compare the distribution functions F and G of the samples: the largest ``|F - G|``, and its integral in the
    units of the values (Ramdas, Garcia and Cuturi 2017).
    """
    below = np.searchsorted(new, old, side="left")
    return _apart(old, new, below), _moved(old, new, below)


def _apart(old: Numbers, new: Numbers, below: Numbers) -> float:
    """Return the largest gap of the distribution functions; ``below`` counts the new values below each old one."""
    is_shared = new[np.minimum(below, len(new) - 1)] == old
    to = np.searchsorted(new, old, side="right") if is_shared.any() else below
    steps = np.arange(len(old) + 1) / len(old)
    above = steps[1:] - to / len(new)
    under = below / len(new) - steps[:-1]
    return float(max(above.max(), under.max(), 0.0))


def _moved(old: Numbers, new: Numbers, below: Numbers) -> float:
    """Return the area between the distribution functions; with as many values on both sides the mean distance of
    those of one rank."""
    if len(old) == len(new):
        return float(np.mean(np.abs(old - new)))
    size, rows = len(old) + len(new), len(old)
    is_old = np.zeros(size, dtype=bool)
    is_old[np.arange(rows) + below] = True
    merged = np.empty(size)
    merged[is_old], merged[~is_old] = old, new
    counted = np.cumsum(is_old)[:-1]
    apart = np.abs(counted / rows - (np.arange(1, size) - counted) / len(new))
    return float(np.sum(apart * np.diff(merged)))


def width_edges(old: Numbers, new: Numbers) -> Numbers:
    """Return equally wide bins over both *sorted* samples, as many as Sturges (1926) wants for their sizes together."""
    low, high, size = min(old[0], new[0]), max(old[-1], new[-1]), len(old) + len(new)
    if low == high:
        return np.array([low - 0.5, high + 0.5])
    width = (high - low) / (np.log2(size) + 1.0)
    return np.linspace(low, high, int(np.ceil((high - low) / width)) + 1)


def counts_between(values: Numbers, edges: Numbers) -> Numbers:
    """Return how many of the *sorted* values lie in each bin [low, high), the last one closed."""
    below = np.searchsorted(values, edges, side="left")
    below[-1] = np.searchsorted(values, edges[-1], side="right")
    return np.diff(below)


def width_psi(reference: Numbers, current: Numbers) -> float:
    """Return the population stability index with Evidently's floor: a share of 0 counts as 0.0001, or as a millionth
    of the smallest other share of its side where that is at most 0.0001."""
    old, new = _raised(reference), _raised(current)
    return float(np.sum((old - new) * np.log(old / new)))


def _raised(shares_: Numbers) -> Numbers:
    least = float(shares_[shares_ > 0].min())
    return np.where(shares_ == 0, least / 1e6 if least <= 1e-4 else 1e-4, shares_)


def jensen_shannon(reference: Numbers, current: Numbers) -> float:
    """Return the Jensen-Shannon distance of two arrays of shares, natural logarithm: from 0 to 0.8326.

    The root of the mean Kullback-Leibler divergence to their average (Endres and Schindelin 2003).
    """
    middle = (reference + current) / 2
    total = 0.0
    for side in (reference, current):
        there = side > 0
        total += float(np.sum(side[there] * np.log(side[there] / middle[there])))
    return float(np.sqrt(max(total, 0.0) / 2))
