"""Where a model fails: kinds of held-out rows whose answers are worse than those to all others."""

import math
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd

from core.records.evaluation import Slice
from core.training.measures import Array, Outcome

LEAST_ROWS, LEAST_SHARE = 30, 0.02
MOST_VALUES, BINS, SHOWN = 20, 4, 10
Z = 1.959963984540054
"""Standard normal quantile of a 95 % interval."""


def worst(frame: pd.DataFrame, outcome: Outcome) -> tuple[Slice, ...]:
    """Return the ten slices of single features with the largest excess of errors.

    A slice is a value of a text or flag, a quarter of the range of a number, or a missing value, of at least 30 rows
    and 2 % of all. Its errors are tested against those of all other rows (Welch), and the p-values adjusted for every
    slice looked at (Holm 1979), so that the worst of many is not mistaken for a finding.
    """
    errors = _errors(outcome)
    least = max(LEAST_ROWS, math.ceil(LEAST_SHARE * len(errors)))
    found = [
        (name, label, errors[mask], errors[~mask])
        for name in frame
        for label, mask in parts(frame[name])
        if least <= mask.sum() <= len(errors) - least
    ]
    p_values = _holm([_welch(inside, outside) for _, _, inside, outside in found])
    is_share = outcome.task.is_classification
    made = [
        Slice(
            feature=str(name),
            value=label,
            rows=len(inside),
            error=float(inside.mean()),
            interval=_wilson(inside) if is_share else _normal(inside),
            others=float(outside.mean()),
            p_value=p_value,
        )
        for (name, label, inside, outside), p_value in zip(found, p_values, strict=True)
        if inside.mean() > outside.mean()
    ]
    return tuple(sorted(made, key=lambda one: (one.p_value, one.others - one.error))[:SHOWN])


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


def _errors(outcome: Outcome) -> Array:
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


def _holm(p_values: Sequence[float]) -> list[float]:
    order = np.argsort(p_values, kind="stable")
    adjusted = [1.0] * len(p_values)
    largest = 0.0
    for rank, place in enumerate(order):
        largest = max(largest, min(1.0, (len(p_values) - rank) * p_values[place]))
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
