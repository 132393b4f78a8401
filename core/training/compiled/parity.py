"""Whether a compiled model may serve: it must answer as the fitted one does, everywhere that was looked."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from core.records.base import JsonObject
from core.records.model import ModelManifest
from core.training.answers import decide
from core.training.compiled.engine import Model
from core.training.compiled.form import Array
from core.training.compiled.unsupported import Unsupported

TOLERANCE = 1e-9
"""Largest difference of a probability, or of a number relative to the larger of it and 1."""

SINGLES = 300
"""Rows, spread over all, that are also answered one by one; all are answered together."""


def compare(manifest: ModelManifest, model: Model, records: Sequence[JsonObject], expected: Array) -> float:
    """Return the largest difference between the compiled answers and the ``expected`` ones.

    ``expected`` are class probabilities (rows by classes), or numbers (rows by one). Both ways of answering are
    compared: many rows together, and each alone.

    Raises:
        Unsupported: an answer differs by more than 1e-9, or another class is answered.
    """
    with np.errstate(all="ignore"):
        together = model.many(records)
        step = len(records) // SINGLES + 1
        alone = np.array([model.one(record) for record in records[::step]])
    return max(_apart(manifest, together, expected), _apart(manifest, alone, expected[::step]))


def _apart(manifest: ModelManifest, found: Array, wanted: Array) -> float:
    if found.shape != wanted.shape:
        raise Unsupported("the compiled form answers in another shape")
    with np.errstate(all="ignore"):
        gaps = np.abs(found - wanted) / np.maximum(1.0, np.abs(wanted))
    same = (found == wanted) | (np.isnan(found) & np.isnan(wanted))
    worst = float(np.where(same, 0.0, gaps).max(initial=0.0))
    if not worst <= TOLERANCE:
        raise Unsupported(f"a compiled answer differs from scikit-learn's by {worst:.3g}")
    if manifest.classes:
        positive, threshold = manifest.positive_index, manifest.threshold
        other = decide(found, positive, threshold) != decide(wanted, positive, threshold)
        if other.any():
            raise Unsupported(f"the compiled form answers another class in {int(other.sum())} rows")
    return worst


def refuses(model: Model, record: Mapping[str, Any]) -> bool:
    """Whether the compiled model refuses a record; together with others and alone, or not at all."""
    found = {_refuses(lambda: model.one(record)), _refuses(lambda: model.many([record]))}
    if len(found) == 2:
        raise Unsupported("the compiled form refuses a value in one way of answering only")
    return found.pop()


def _refuses(ask: Any) -> bool:
    try:
        with np.errstate(all="ignore"):
            ask()
    except (ValueError, OverflowError):
        return True
    return False
