"""Which test looks at which kind of column, and what its number means: a table.

A column counts as drifted when its distance is large enough to matter (``effect``) *and* chance alone hardly ever
gives samples of that size such a distance (a p-value, adjusted for the number of columns looked at). So the meaning of
a number does not change when a sample grows, small samples raise no false alarms, and large ones do not call a tiny
difference drift.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from core.records.dataset import ColumnKind

MIN_ROWS = 200
"""Values each side must have; below, there is no verdict."""

TOP_CATEGORIES = 12
"""Categories compared one by one; the rest counts as one more."""

NUMBERS = frozenset({ColumnKind.INTEGER, ColumnKind.NUMBER})
CATEGORIES = frozenset({ColumnKind.TEXT, ColumnKind.BOOLEAN})

KS, CONTINGENCY, LENGTH, LENGTH_P = "ks", "contingency", "text_length", "text_length_p"
BINS, MISSING_P = "bins", "missing_p"
FEWEST_BINS = 5
"""With fewer bins, quantiles of the reference are equal, and the population stability index may see nothing."""


@dataclass(frozen=True)
class Method:
    """One test.

    ``key`` names its score, ``evidently`` the test in Evidently that gives the same number. ``effect`` is the smallest
    distance that matters, or the p-value below which is drift. ``partner`` is the score asked besides: the p-value of a
    distance, the distance of a p-value. ``definition`` is one sentence to show beside the number.
    """

    key: str
    title: str
    kinds: frozenset[ColumnKind]
    effect: float
    partner: str
    definition: str
    is_p_value: bool = False
    evidently: str = ""

    def threshold(self, scores: Mapping[str, float], sizes: tuple[int, int], effect: float | None = None) -> float:
        """Return the distance from which a column counts as drifted; that of the population stability index is
        raised by what chance gives samples of these sizes on average."""
        from core.statistics.distances import psi_by_chance

        asked = self.effect if effect is None else effect
        if self.key == "psi" and min(sizes):
            return asked + psi_by_chance(int(scores.get(BINS, 10)), *sizes)
        return asked


METHODS = (
    Method(
        key="ks_distance",
        evidently="ks_distance",
        title="Kolmogorov-Smirnov distance",
        kinds=NUMBERS,
        effect=0.08,
        partner=KS,
        definition="The largest gap between the two cumulative distributions, from 0 (equal) to 1 (apart); missing "
        "values are left out. 0.08 is a shift of a fifth of a standard deviation.",
    ),
    Method(
        key="wasserstein",
        evidently="wasserstein",
        title="Wasserstein distance (normed)",
        kinds=NUMBERS,
        effect=0.1,
        partner=KS,
        definition="How far values have to be moved on average to make one distribution of the other, in standard "
        "deviations of the reference (at least 0.001); missing values are left out.",
    ),
    Method(
        key="psi",
        title="Population stability index",
        kinds=NUMBERS | CATEGORIES,
        effect=0.1,
        partner="",
        definition="Sum of (current - reference) ln(current / reference) over ten bins between quantiles of the "
        "reference (outer bins open) or over the categories, shares at least 0.0001, natural logarithm. The threshold "
        "is raised by what chance gives on average: (bins - 1)(1/n + 1/m).",
    ),
    Method(
        key="psi_width",
        evidently="psi",
        title="PSI, equally wide bins",
        kinds=NUMBERS | CATEGORIES,
        effect=0.1,
        partner="",
        definition="The population stability index as Evidently defines it: equally wide bins over both sides "
        "(Sturges), empty ones raised to 0.0001. One extreme value can hide everything: quantile bins see more.",
    ),
    Method(
        key="jensenshannon",
        evidently="jensenshannon",
        title="Jensen-Shannon distance",
        kinds=CATEGORIES | NUMBERS,
        effect=0.1,
        partner="",
        definition="How far two sets of shares are apart, from 0 (equal) to 0.83 (nothing in common; natural "
        f"logarithm): over the {TOP_CATEGORIES} largest categories and the rest as one, or over equally wide bins "
        "(Sturges) of numbers; missing values are left out.",
    ),
    Method(
        key=KS,
        evidently="ks",
        title="Kolmogorov-Smirnov test",
        kinds=NUMBERS,
        effect=0.05,
        partner="ks_distance",
        is_p_value=True,
        definition="How often chance alone gives two samples of one distribution such a gap; exact up to 10,000 values "
        "a side. Drifted when the distance matters, too: from 0.08 on.",
    ),
    Method(
        key="chisquare",
        evidently="chisquare",
        title="Chi-square test",
        kinds=CATEGORIES,
        effect=0.05,
        partner="jensenshannon",
        is_p_value=True,
        definition="How often chance alone gives such counts when the reference's shares are the truth. Drifted when "
        "the Jensen-Shannon distance matters, too: from 0.1 on.",
    ),
    Method(
        key="z",
        evidently="z",
        title="Z-test of a share",
        kinds=CATEGORIES,
        effect=0.05,
        partner="jensenshannon",
        is_p_value=True,
        definition="How often chance alone moves the share of one of two categories so far. Drifted when the "
        "Jensen-Shannon distance matters, too: from 0.1 on.",
    ),
    Method(
        key=LENGTH,
        title="Length of the text",
        kinds=frozenset(),
        effect=0.08,
        partner=LENGTH_P,
        definition="Free text has no categories to compare: the Kolmogorov-Smirnov distance of the lengths.",
    ),
)
"""The tests; the first one of a kind of column is the one asked when nobody chooses."""

BY_KEY = {method.key: method for method in METHODS}

DEFAULTS = dict.fromkeys(NUMBERS, "ks_distance") | dict.fromkeys(CATEGORIES, "jensenshannon")

MISSING_KEY = "missing_share"
MISSING_TITLE = "Missing share difference"
MISSING_DEFINITION = "The difference between the shares of missing values; the p-value is that of a z-test."
"""The test every column gets besides its own; it is the one shown when it alone finds drift."""


def method_for(kind: ColumnKind) -> Method | None:
    """Return the test for a kind of column, or None when there is none (dates)."""
    key = DEFAULTS.get(kind)
    return BY_KEY[key] if key else None


def offered(kind: ColumnKind) -> tuple[Method, ...]:
    """Return the tests that a column of this kind can have."""
    return tuple(method for method in METHODS if kind in method.kinds)


def p_key(method: Method, kind: ColumnKind) -> str:
    """Return the score that is the p-value beside a distance."""
    if method.is_p_value:
        return method.key
    return method.partner or (KS if kind.is_numeric else CONTINGENCY)


def title(key: str) -> str:
    """Return what people call the test called ``key``; the key itself for an unknown one."""
    known = {method.key: method.title for method in METHODS} | {MISSING_KEY: MISSING_TITLE}
    return known.get(key, key)


def definition(key: str) -> str:
    """Return the one sentence that says what the test called ``key`` measures; empty for an unknown one."""
    known = {method.key: method.definition for method in METHODS} | {MISSING_KEY: MISSING_DEFINITION}
    return known.get(key, "")
