"""From a fitted pipeline to answers: the one rule shared by evaluation, serving and replay."""

from typing import Any

import numpy as np
import pandas as pd

THRESHOLD = 0.5
"""The probability from which a binary model answers with the positive class, unless its version says otherwise."""


def probabilities(pipeline: Any, frame: pd.DataFrame) -> np.ndarray[Any, Any]:
    """Return one row of class probabilities per row, columns in the order of the classes."""
    return np.asarray(pipeline.predict_proba(frame), dtype=np.float64)


def numbers(pipeline: Any, frame: pd.DataFrame) -> np.ndarray[Any, Any]:
    """Return one predicted number per row."""
    return np.asarray(pipeline.predict(frame), dtype=np.float64)


def decide(scores: np.ndarray[Any, Any], positive: int | None, threshold: float) -> np.ndarray[Any, Any]:
    """Return the index of the answered class per row: the positive one from ``threshold`` on, else the likeliest."""
    if positive is None:
        return np.asarray(np.argmax(scores, axis=1))
    return np.asarray(np.where(scores[:, positive] >= threshold, positive, 1 - positive))
