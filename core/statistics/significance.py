"""How often chance alone gives samples so far apart, and what many looks at once do to that.

Every p-value is of two independent samples, and two-sided where nothing else is said.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from core.statistics import kolmogorov

if TYPE_CHECKING:
    import numpy as np

    Numbers = np.ndarray[Any, Any]

EXACT_ROWS = 10_000
"""Up to so many values a side the Kolmogorov-Smirnov p-value is exact, as in scipy."""


def ks(distance: float, old: "Numbers", new: "Numbers") -> float:
    """Return the p-value of a Kolmogorov-Smirnov distance of two sorted samples.

    Exact for small samples; beyond, Kolmogorov's distribution of the effective number of rows (Simard and L'Ecuyer
    2011), which is what ``scipy.stats.ks_2samp`` answers.
    """
    first, second = float(len(old)), float(len(new))
    rows = round(first * second / (first + second))
    if rows >= kolmogorov.ENOUGH:
        return kolmogorov.survival(distance, rows)
    from scipy import stats

    if max(first, second) <= EXACT_ROWS:
        return float(stats.ks_2samp(old, new).pvalue)
    return float(min(max(stats.kstwo.sf(distance, rows), 0.0), 1.0))


def chi_square(reference: "Numbers", current: "Numbers") -> float:
    """Return the p-value of Pearson's test that two rows of counts come from one distribution; 1 with one category."""
    import numpy as np
    from scipy import special

    table = np.vstack([reference, current])
    table = table[:, table.sum(axis=0) > 0]
    if table.shape[1] < 2:
        return 1.0
    wanted = np.outer(table.sum(axis=1), table.sum(axis=0)) / table.sum()
    return float(special.chdtrc(table.shape[1] - 1, np.sum((table - wanted) ** 2 / wanted)))


def goodness_of_fit(reference: "Numbers", current: "Numbers") -> float:
    """Return the p-value of Pearson's test of the current counts against the reference's shares, taken as known.

    A category that the reference does not have makes it 0. This is Evidently's "chisquare": it knows nothing of how
    few rows the reference has.
    """
    import numpy as np
    from scipy import special

    if np.any((reference == 0) & (current > 0)):
        return 0.0
    there = reference > 0
    wanted = reference[there] * (current.sum() / reference.sum())
    if len(wanted) < 2:
        return 1.0
    statistic = float(np.sum((current[there] - wanted) ** 2 / wanted))
    return float(special.chdtrc(len(wanted) - 1, statistic))


def proportions(first: float, rows_first: int, second: float, rows_second: int) -> float:
    """Return the p-value of the z-test that two shares are equal, with the pooled share as both."""
    import numpy as np
    from scipy import special

    pooled = (first * rows_first + second * rows_second) / (rows_first + rows_second)
    spread = np.sqrt(pooled * (1 - pooled) * (1 / rows_first + 1 / rows_second))
    if spread == 0:
        return 1.0
    return float(2 * special.ndtr(-abs(first - second) / spread))


def more_often(first: int, rows_first: int, second: int, rows_second: int) -> float:
    """Return the one-sided p-value of Fisher's exact test that the share is larger in the second sample."""
    from scipy import stats

    both = first + second
    return float(stats.hypergeom.sf(second - 1, rows_first + rows_second, both, rows_second)) if both else 1.0


def holm(values: Sequence[float]) -> list[float]:
    """Return p-values adjusted so that the chance of *any* false finding is held (Holm 1979)."""
    order = sorted(range(len(values)), key=values.__getitem__)
    found, highest = [0.0] * len(values), 0.0
    for rank, place in enumerate(order):
        highest = max(highest, min(1.0, values[place] * (len(values) - rank)))
        found[place] = highest
    return found


def false_discovery(values: Sequence[float]) -> list[float]:
    """Return p-values adjusted so that the share of false ones among findings is held (Benjamini and Hochberg 1995)."""
    order = sorted(range(len(values)), key=values.__getitem__, reverse=True)
    found, lowest = [0.0] * len(values), 1.0
    for rank, place in enumerate(order):
        lowest = min(lowest, values[place] * len(values) / (len(values) - rank))
        found[place] = lowest
    return found
