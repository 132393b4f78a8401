"""The last step of a model: from its raw sums to probabilities or to a number."""

import math
from collections.abc import Sequence

import numpy as np

from core.training.compiled.form import Array

IDENTITY, EXPONENTIAL, LOGISTIC, SOFTMAX, SHARES = "identity", "exponential", "logistic", "softmax", "shares"
"""A number as it is, or of a logarithm; P(second class) of log-odds; shares of several; P(each class) already."""


def one(link: str, raw: Sequence[float]) -> list[float]:
    """Answer one row of raw sums: the probability of each class, or the number alone."""
    if link == LOGISTIC:
        share = _expit(raw[0])
        return [1 - share, share]
    if link == SOFTMAX:
        top = max(raw)
        parts = [math.exp(value - top) for value in raw]
        total = sum(parts)
        return [part / total for part in parts]
    if link == EXPONENTIAL:
        return [float(np.exp(raw[0]))]
    return list(raw)


def many(link: str, raw: Array) -> Array:
    """Answer rows of raw sums, as :func:`one` does each."""
    if link == LOGISTIC:
        shares = 1 / (1 + np.exp(-raw[:, 0]))
        return np.stack([1 - shares, shares], axis=1)
    if link == SOFTMAX:
        parts = np.exp(raw - raw.max(axis=1, keepdims=True))
        return np.asarray(parts / parts.sum(axis=1, keepdims=True))
    return np.asarray(np.exp(raw)) if link == EXPONENTIAL else raw


def _expit(value: float) -> float:
    """Return 1 / (1 + e^-value) without overflow at either end."""
    if value >= 0:
        return 1 / (1 + math.exp(-value))
    part = math.exp(value)
    return part / (1 + part)
