"""Numbers and moments in figures, from their sorted values."""

import math
from typing import Any

import numpy as np
import numpy.typing as npt

from core.records.profile import Gap, Outliers, Steps

BINS = 20
QUANTILES = (0.0, 0.25, 0.5, 0.75, 1.0)
TAILS = (0.01, 0.05, 0.95, 0.99)
TUKEY = 1.5
REGULAR_SHARE, REGULAR_WITHIN = 0.9, 0.15
REGULAR_GAP, IRREGULAR_GAP = 1.5, 20.0
_LEAST_MOMENTS = 10
_GAPS = 5
_EXACT = 2**53
_MICROSECONDS = 1e6

Floats = npt.NDArray[np.float64]
Ordered = npt.NDArray[Any]


def mean(numbers: Floats) -> float | None:
    """Return the mean; None when the sum is beyond a float."""
    with np.errstate(over="ignore", invalid="ignore"):
        return finite(float(numbers.mean()))


def std(numbers: Floats) -> float | None:
    """Return the sample standard deviation; None of a single value, or when its squares are beyond a float."""
    if len(numbers) < 2:
        return None
    with np.errstate(over="ignore", invalid="ignore"):
        return finite(float(numbers.std(ddof=1)))


def quantiles(ordered: Floats, shares: tuple[float, ...] = QUANTILES) -> tuple[float, ...]:
    """Interpolate linearly between neighbours, as NumPy does, but without sorting again."""
    found = []
    for share in shares:
        place = share * (len(ordered) - 1)
        below, above = ordered[math.floor(place)], ordered[math.ceil(place)]
        weight = place - math.floor(place)
        found.append(float(below * (1 - weight) + above * weight))
    return tuple(found)


def bins(low: float, high: float, *, is_integer: bool) -> Floats | None:
    """Return the edges of at most 20 equal bins; few integers get a bin each, centred on the value.

    None when the range is too wide or too narrow for a float.
    """
    if is_integer and high - low < BINS:
        edges = np.arange(low - 0.5, high + 1.0)
    elif low == high:
        edges = np.array([low - 0.5, high + 0.5])
    else:
        with np.errstate(over="ignore", invalid="ignore"):
            edges = np.linspace(low, high, BINS + 1)
    is_usable = np.isfinite(edges).all() and (np.diff(edges) > 0).all()
    return edges if is_usable else None


def histogram(ordered: Floats, *, is_integer: bool) -> tuple[tuple[float, ...], tuple[int, ...]]:
    """Count values in the bins of :func:`bins`; both are empty when there are none."""
    edges = bins(float(ordered[0]), float(ordered[-1]), is_integer=is_integer)
    if edges is None:
        return (), ()
    ends = np.searchsorted(ordered, edges[1:-1], side="left")
    counts = np.diff(np.concatenate([[0], ends, [len(ordered)]]))
    return tuple(edges.tolist()), tuple(counts.tolist())


def outliers(ordered: Floats) -> Outliers | None:
    """Count values outside of Tukey's fences; None where the middle half of the values is one value."""
    first, third = quantiles(ordered, (0.25, 0.75))
    reach = TUKEY * (third - first)
    low, high = first - reach, third + reach
    if not (reach > 0 and math.isfinite(low) and math.isfinite(high)):
        return None
    below = int(np.searchsorted(ordered, low, side="left"))
    above = len(ordered) - int(np.searchsorted(ordered, high, side="right"))
    return Outliers(low=low, high=high, below=below, above=above)


def steps(moments: npt.NDArray[np.int64]) -> Steps | None:
    """Return how sorted, different moments (in microseconds) follow each other; None of fewer than ten."""
    if len(moments) < _LEAST_MOMENTS:
        return None
    apart = np.diff(moments)
    typical = float(np.median(apart))
    is_regular = float(np.mean(np.abs(apart - typical) <= REGULAR_WITHIN * typical)) >= REGULAR_SHARE
    limit = (REGULAR_GAP if is_regular else IRREGULAR_GAP) * typical
    wide = np.flatnonzero(apart > limit)
    longest = wide[np.argsort(-apart[wide], kind="stable")][:_GAPS]
    found = tuple(
        Gap(
            after=moment(int(moments[place])),
            before=moment(int(moments[place + 1])),
            seconds=float(apart[place]) / _MICROSECONDS,
        )
        for place in longest
    )
    return Steps(typical_s=typical / _MICROSECONDS, is_regular=is_regular, gaps=len(wide), longest=found)


def moment(microseconds: int) -> str:
    """Return a moment as it is written."""
    seconds, rest = divmod(microseconds, 1_000_000)
    return str(np.datetime64(seconds, "s")).replace("T", " ") + (f".{rest:06d}" if rest else "")


def figure(value: "np.generic") -> float | str:
    """Return a number as JSON can carry it: integers beyond what a float holds as their digits."""
    number = value.item()
    return str(number) if isinstance(number, int) and abs(number) > _EXACT else float(number)


def finite(number: float) -> float | None:
    """Return a number, None when it is none."""
    return number if math.isfinite(number) else None
