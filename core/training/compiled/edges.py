"""Records at which a compiled model is likeliest to differ: gaps, unseen texts, extremes, values on thresholds."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from core.records.base import JsonObject
from core.records.dataset import ColumnKind
from core.records.model import FeatureInput
from core.training.compiled.preparation import Number, Preparation
from core.training.compiled.reading_models import Ensemble

UNSEEN_TEXTS = ("a value never seen before", "", "\N{SNOWMAN}", "0")
EXTREMES = (0.0, -0.0, 1.0, -1.0, 1e-300, 1e9, -1e9, 2.0**53 + 2, 1e30, -1e30)
TOO_LARGE = (1e39, -1e300)
"""Beyond single precision: models that compute in it refuse these, others answer."""

MOST_THRESHOLDS = 300
MOST_CATEGORIES = 100


def records_of(frame: pd.DataFrame) -> list[JsonObject]:
    """Return the rows of a table models take as records; gaps are None."""
    columns = {
        str(name): [None if gap else value for value, gap in zip(values.tolist(), values.isna(), strict=True)]
        for name, values in frame.items()
    }
    return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]


def around(features: Sequence[FeatureInput], base: JsonObject) -> list[JsonObject]:
    """Return variations of ``base``, one input changed in each, and a record that is all gaps."""
    changed = [{**base, feature.column.name: value} for feature in features for value in _values(feature)]
    return [*changed, dict.fromkeys(base, None)]


def _values(feature: FeatureInput) -> Iterator[Any]:
    yield None
    if feature.column.kind is ColumnKind.TEXT:
        yield from feature.categories[:MOST_CATEGORIES]
        yield from UNSEEN_TEXTS
    elif feature.column.kind is ColumnKind.BOOLEAN:
        yield from (True, False)
    else:
        yield from EXTREMES
        yield from (value for value in (feature.minimum, feature.maximum) if value is not None)


def too_large(features: Sequence[FeatureInput], base: JsonObject) -> list[JsonObject]:
    """Return records with one number each that single precision cannot hold, for the first numeric input."""
    numeric = [one.column.name for one in features if one.column.kind is ColumnKind.NUMBER][:1]
    return [{**base, name: value} for name in numeric for value in TOO_LARGE]


def on_thresholds(ensemble: Ensemble, preparation: Preparation, bases: Sequence[JsonObject]) -> list[JsonObject]:
    """Return records with a number exactly on a threshold of the trees, and one step beside it in either precision.

    Thresholds are of prepared numbers; for inputs that are scaled the nearest number before scaling is taken, and its
    neighbours.
    """
    asks = [tree.left >= 0 for tree in ensemble.trees]
    features = np.concatenate([tree.feature[asking] for tree, asking in zip(ensemble.trees, asks, strict=True)])
    thresholds = np.concatenate([tree.threshold[asking] for tree, asking in zip(ensemble.trees, asks, strict=True)])
    numbers = [part for part in preparation.parts if isinstance(part, Number)]
    found = [(part, float(value)) for part in numbers for value in np.unique(thresholds[features == part.at])]
    few = found[:: len(found) // MOST_THRESHOLDS + 1]
    return [
        {**bases[index % len(bases)], part.input: value}
        for index, (part, threshold) in enumerate(few)
        for value in _beside(_before(part, threshold))
    ]


def _before(part: Number, prepared: float) -> float:
    """Return the number that is prepared to ``prepared``, as nearly as doubles allow."""
    undo: Mapping[str, Any] = {
        "subtract": np.add,
        "add": np.subtract,
        "divide": np.multiply,
        "multiply": np.divide,
        "clip": lambda value, *_: value,
    }
    with np.errstate(all="ignore"):
        for step, numbers in reversed(part.steps):
            prepared = float(undo[step](prepared, *numbers))
    return prepared


def _beside(value: float) -> Iterator[float]:
    with np.errstate(all="ignore"):
        single = np.float32(value)
        beside = [
            value,
            float(np.nextafter(value, -np.inf)),
            float(np.nextafter(value, np.inf)),
            float(single),
            float(np.nextafter(single, np.float32(-np.inf))),
            float(np.nextafter(single, np.float32(np.inf))),
        ]
    yield from (one for one in dict.fromkeys(beside) if np.isfinite(one))
