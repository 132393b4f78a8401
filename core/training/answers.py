"""From a fitted pipeline to answers: the one rule shared by evaluation, serving and replay."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from core.records.model import ModelManifest
from core.records.prediction import Scalar
from core.training import forests

if TYPE_CHECKING:
    import pandas as pd

THRESHOLD = 0.5
"""The probability from which a binary model answers with the positive class, unless its version says otherwise."""


@dataclass(frozen=True)
class Answers:
    """What a model answered to some rows: JSON values, and the probability of each class, None for regression."""

    predictions: list[Scalar]
    shares: list[list[float]] | None


def answers_of(manifest: ModelManifest, rows: list[list[float]]) -> Answers:
    """Turn class probabilities by row, or rows of one number, into answers."""
    if not manifest.classes:
        return Answers([row[0] for row in rows], None)
    positive, threshold = manifest.positive_index, manifest.threshold
    return Answers([manifest.classes[decide_one(row, positive, threshold)] for row in rows], rows)


def decide_one(shares: Sequence[float], positive: int | None, threshold: float) -> int:
    """Return the index of the answered class of one row, as :func:`decide` does for many."""
    if positive is None:
        return max(range(len(shares)), key=shares.__getitem__)
    return positive if shares[positive] >= threshold else 1 - positive


def probabilities(pipeline: Any, frame: "pd.DataFrame") -> np.ndarray[Any, Any]:
    """Return one row of class probabilities per row, columns in the order of the classes."""
    return np.asarray(forests.asked(pipeline, classifies=True)(frame), dtype=np.float64)


def numbers(pipeline: Any, frame: "pd.DataFrame") -> np.ndarray[Any, Any]:
    """Return one predicted number per row."""
    return np.asarray(forests.asked(pipeline, classifies=False)(frame), dtype=np.float64)


def decide(scores: np.ndarray[Any, Any], positive: int | None, threshold: float) -> np.ndarray[Any, Any]:
    """Return the index of the answered class per row: the positive one from ``threshold`` on, else the likeliest."""
    if positive is None:
        return np.asarray(np.argmax(scores, axis=1))
    return np.asarray(np.where(scores[:, positive] >= threshold, positive, 1 - positive))
