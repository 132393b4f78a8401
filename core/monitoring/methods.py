"""Which test looks at which kind of column, from which number of rows on, and what its number means: a table.

Every statistic is a distance between two samples that does not depend on the units or outliers of a column, and a
column counts as drifted when the distance is both large enough to matter (``effect``) and larger than chance gives
samples of that size in all but ``chance`` of cases. So the meaning of a number does not change when a sample grows,
small samples raise no false alarms, and large ones do not call a tiny difference drift.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

from core.records.dataset import ColumnKind

MIN_ROWS = 200
"""Values each side must have; below, there is no verdict."""

TOP_CATEGORIES = 12
"""Categories compared one by one; the rest counts as one more."""

CHANCE = 0.01
"""How often chance alone may reach the threshold, for one column."""

DRIFTED_SHARE = 0.5
"""The share of tested features that must have drifted for the data as a whole to count as drifted."""


def ks_noise(rows_reference: int, rows_current: int, cells: int) -> float:  # noqa: ARG001
    """Return the Kolmogorov-Smirnov distance that chance exceeds in ``CHANCE`` of cases (asymptotic bound)."""
    return math.sqrt(-math.log(CHANCE / 2) / 2) * math.sqrt(_per_row(rows_reference, rows_current))


def js_noise(rows_reference: int, rows_current: int, cells: int) -> float:
    """Return the Jensen-Shannon distance over ``cells`` categories that chance exceeds in ``CHANCE`` of cases.

    The squared distance of two samples of one distribution is chi-square over eight times the effective rows.
    """
    from scipy.stats import chi2

    quantile = float(chi2.ppf(1 - CHANCE, max(cells - 1, 1)))
    return math.sqrt(quantile * _per_row(rows_reference, rows_current) / 8)


def missing_noise(rows_reference: int, rows_current: int, share: float) -> float:
    """Return the difference of two shares around ``share`` that chance exceeds in ``CHANCE`` of cases."""
    from scipy.stats import norm

    quantile = float(norm.ppf(1 - CHANCE / 2))
    return quantile * math.sqrt(share * (1 - share) * _per_row(rows_reference, rows_current))


def _per_row(rows_reference: int, rows_current: int) -> float:
    return 1 / rows_reference + 1 / rows_current


@dataclass(frozen=True)
class Method:
    """One test.

    ``key`` is its name in Evidently, ``effect`` the smallest distance that matters, ``noise`` what chance gives for
    (rows of the reference, rows of the current data, categories), ``definition`` one sentence to show beside it.
    """

    key: str
    title: str
    kinds: frozenset[ColumnKind]
    effect: float
    noise: Callable[[int, int, int], float]
    is_p_value: bool
    definition: str

    def threshold(self, rows_reference: int, rows_current: int, cells: int) -> float:
        """Return the distance from which a column with that many values and categories counts as drifted."""
        return max(self.effect, self.noise(rows_reference, rows_current, cells))


METHODS = (
    Method(
        key="ks_distance",
        title="Kolmogorov-Smirnov distance",
        kinds=frozenset({ColumnKind.INTEGER, ColumnKind.NUMBER}),
        effect=0.1,
        noise=ks_noise,
        is_p_value=False,
        definition="The largest gap between the two cumulative distributions, from 0 (equal) to 1 (apart); missing "
        "values are left out. Drifted from 0.1 on, or from what 1 in 100 samples of this size reach by chance.",
    ),
    Method(
        key="jensenshannon",
        title="Jensen-Shannon distance",
        kinds=frozenset({ColumnKind.TEXT, ColumnKind.BOOLEAN}),
        effect=0.1,
        noise=js_noise,
        is_p_value=False,
        definition="How far the shares of the categories are apart, from 0 (equal) to 0.83 (nothing in common; natural "
        f"logarithm), over the {TOP_CATEGORIES} largest categories and the rest as one; missing values are left out. "
        "Drifted from 0.1 on, or from what 1 in 100 samples of this size reach by chance.",
    ),
)
"""The tests, one for each kind of column."""

MISSING_KEY = "missing_share"
MISSING_TITLE = "Missing share difference"
MISSING_EFFECT = 0.1
MISSING_DEFINITION = (
    "The difference between the shares of missing values. Drifted from 0.1 on, or from what 1 in 100 samples of this "
    "size reach by chance."
)
"""The test every column gets besides its own; it is the one shown when it alone finds drift."""


def method_for(kind: ColumnKind) -> Method | None:
    """Return the test for a kind of column, or None when there is none (dates)."""
    return next((method for method in METHODS if kind in method.kinds), None)


def title(key: str) -> str:
    """Return what people call the test called ``key``; the key itself for an unknown one."""
    known = {method.key: method.title for method in METHODS} | {MISSING_KEY: MISSING_TITLE}
    return known.get(key, key)


def definition(key: str) -> str:
    """Return the one sentence that says what the test called ``key`` measures; empty for an unknown one."""
    known = {method.key: method.definition for method in METHODS} | {MISSING_KEY: MISSING_DEFINITION}
    return known.get(key, "")
