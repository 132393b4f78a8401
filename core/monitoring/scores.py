"""Every statistic of a column at once, from sorted numbers or counted categories: exact at any size."""

import math
from collections.abc import Mapping

import numpy as np

from core.monitoring import histograms
from core.monitoring.methods import BINS, CONTINGENCY, KS, LENGTH, LENGTH_P
from core.monitoring.samples import Numbers
from core.statistics import distances, significance

FLOOR = 0.001
"""The smallest standard deviation that a Wasserstein distance is told in, so that a constant makes no huge number."""

BY_VALUE = 20
"""Up to so many different values of the reference, Evidently bins numbers by value."""

Scores = dict[str, float]


def of_numbers(reference: Numbers, current: Numbers) -> Scores:
    """Return the scores of two sorted samples, each at least one number."""
    apart, moved = distances.gaps(reference, current)
    edges = distances.quantile_edges(reference)
    quantile = [distances.shares(side, edges) for side in (reference, current)]
    width = _by_width(reference, current)
    return _finite(
        {
            "ks_distance": apart,
            KS: significance.ks(apart, reference, current),
            "wasserstein": moved / max(float(np.std(reference)), FLOOR),
            "psi": distances.psi(*quantile),
            BINS: float(len(edges) - 1),
            "psi_width": distances.width_psi(*width),
            "jensenshannon": distances.jensen_shannon(*width),
        }
    )


def of_lengths(reference: Numbers, current: Numbers) -> Scores:
    """Return the scores of the lengths of two samples of free text."""
    apart, _ = distances.gaps(reference, current)
    return {LENGTH: apart, LENGTH_P: significance.ks(apart, reference, current)}


def of_categories(reference: Mapping[str, int], current: Mapping[str, int]) -> Scores:
    """Return the scores of two sets of counts, each with at least one value."""
    names = sorted({**reference, **current})
    old, new = (np.array([side.get(name, 0) for name in names], dtype=np.float64) for side in (reference, current))
    shares = old / old.sum(), new / new.sum()
    found = {
        "jensenshannon": distances.jensen_shannon(*shares),
        "psi": distances.psi(*shares),
        BINS: float(len(names)),
        "psi_width": distances.width_psi(*shares),
        "chisquare": significance.goodness_of_fit(old, new),
        CONTINGENCY: significance.chi_square(old, new),
    }
    if len(names) <= 2:
        found["z"] = significance.proportions(shares[0][0], int(old.sum()), shares[1][0], int(new.sum()))
    return _finite(found)


def _by_width(reference: Numbers, current: Numbers) -> tuple[Numbers, Numbers]:
    """Return shares as Evidently bins numbers: by value where the reference has few, else in equally wide bins."""
    few = histograms.distinct(reference, BY_VALUE)
    if few is not None:
        values = np.union1d(few, np.unique(current))
        sides = [
            np.searchsorted(side, values, side="right") - np.searchsorted(side, values, side="left")
            for side in (reference, current)
        ]
    else:
        edges = distances.width_edges(reference, current)
        sides = [distances.counts_between(side, edges) for side in (reference, current)]
    return sides[0] / len(reference), sides[1] / len(current)


def _finite(scores: Scores) -> Scores:
    return {name: value for name, value in scores.items() if math.isfinite(value)}
