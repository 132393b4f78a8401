"""What a column looks like on both sides: the same bins or categories for both, ready to be drawn."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd

from core.monitoring.methods import TOP_CATEGORIES

MAX_BINS = 20
LABEL_LENGTH = 80
OTHER = "(other)"

Numbers = np.ndarray[Any, Any]


@dataclass(frozen=True)
class Shares:
    """Shares of the values per bin; ``edges`` (one more than labels) only for ranges of numbers."""

    labels: tuple[str, ...] = ()
    edges: tuple[float, ...] = ()
    reference: tuple[float, ...] = ()
    current: tuple[float, ...] = ()


def of_numbers(reference: Numbers, current: Numbers) -> Shares:
    """Count finite numbers: one bin per value where there are few, else equal ranges over the middle 98 % of the
    reference with a bin for all that is below and one for all above, so that one outlier hides nothing."""
    values = np.unique(np.concatenate([reference, current]))
    if len(values) <= MAX_BINS:
        counts = [[float(np.mean(side == value)) for value in values] for side in (reference, current)]
        labels = tuple(f"{value:.10g}" for value in values)
        return Shares(labels, (), tuple(counts[0]), tuple(counts[1]))
    edges = _edges(reference, values)
    sides = [np.histogram(side, bins=edges)[0] / max(len(side), 1) for side in (reference, current)]
    labels = tuple(f"{low:.4g} to {high:.4g}" for low, high in pairwise(edges))
    return Shares(labels, tuple(edges.tolist()), tuple(sides[0].tolist()), tuple(sides[1].tolist()))


def _edges(reference: Numbers, values: Numbers) -> Numbers:
    low, high = np.quantile(reference, [0.01, 0.99]) if len(reference) else (values[0], values[-1])
    if low == high:
        low, high = values[0], values[-1]
    middle = np.linspace(low, high, MAX_BINS - 1)
    return np.unique(np.concatenate([values[:1], middle, values[-1:]]))


def cap_categories(
    reference: "pd.Series[Any]",
    current: "pd.Series[Any]",
) -> tuple["pd.Series[Any]", "pd.Series[Any]"]:
    """Keep the categories most frequent in both sides together and call the rest ``(other)``.

    Chosen over both sides pooled, so that the choice itself does not make two samples of one source look different.
    """
    pooled = pd.concat([reference, current]).value_counts()
    ranked = sorted(pooled.index, key=lambda category: (-int(pooled[category]), category))
    if len(ranked) <= TOP_CATEGORIES + 1:
        return reference, current
    top = set(ranked[:TOP_CATEGORIES])
    return reference.where(reference.isin(top), OTHER), current.where(current.isin(top), OTHER)


def of_categories(reference: "pd.Series[Any]", current: "pd.Series[Any]") -> Shares:
    """Count capped categories, the most frequent in the reference first and ``(other)`` last."""
    sides = [side.value_counts(normalize=True) for side in (reference, current)]
    names: Sequence[str] = sorted(
        set(sides[0].index) | set(sides[1].index),
        key=lambda name: (name == OTHER, -float(sides[0].get(name, 0.0)), name),
    )
    counts = [tuple(float(side.get(name, 0.0)) for name in names) for side in sides]
    return Shares(tuple(name[:LABEL_LENGTH] for name in names), (), counts[0], counts[1])


def new_categories(reference: "pd.Series[Any]", current: "pd.Series[Any]") -> list[tuple[str, float]]:
    """Return the categories only the current side has, with their shares there, largest first."""
    shares = current[~current.isin(set(reference))].value_counts() / max(len(current), 1)
    return [(str(name), float(share)) for name, share in shares.items()]
