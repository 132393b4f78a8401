"""Answers of fitted forests, summed up without the queue of tasks scikit-learn makes of its trees.

Each tree answers in compiled code; the sum is taken in the order of the trees and divided once, as scikit-learn does on
one thread, so every bit is the same. What is saved is a fifth of a millisecond a tree and call: most of the time that
some hundred rows take.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]


def asked(pipeline: Any, *, classifies: bool) -> Callable[[Any], Any]:
    """Return what answers raw rows as the ``predict_proba`` of a fitted pipeline, or else its ``predict``, does."""
    plain: Callable[[Any], Any] = pipeline.predict_proba if classifies else pipeline.predict
    model = pipeline.steps[-1][1]
    if len(pipeline.steps) == 1 or not _is_forest(model, classifies=classifies):
        return plain
    predict = predictor(model, classifies=classifies)

    def answer(frame: Any) -> Any:
        prepared = pipeline[:-1].transform(frame)
        return predict(prepared) if isinstance(prepared, np.ndarray) else plain(frame)

    return answer


def predictor(model: Any, *, classifies: bool) -> Callable[[Array], Array]:
    """Return what answers prepared rows as the ``predict_proba`` of a fitted classifier, or else ``predict``, does."""
    plain: Callable[[Array], Array] = model.predict_proba if classifies else model.predict
    if not _is_forest(model, classifies=classifies):
        return plain
    trees = [one.tree_ for one in model.estimators_]

    def answer(matrix: Array) -> Array:
        with np.errstate(over="ignore"):
            rows = np.ascontiguousarray(matrix, dtype=np.float32)
        if not np.isfinite(rows).all():
            return plain(matrix)
        total = sum((tree.predict(rows) for tree in trees[1:]), trees[0].predict(rows)) / len(trees)
        return np.asarray(total if classifies else total[:, 0])

    return answer


def _is_forest(model: Any, *, classifies: bool) -> bool:
    from sklearn import ensemble

    kinds = (ensemble.RandomForestClassifier, ensemble.ExtraTreesClassifier)
    if not classifies:
        kinds = (ensemble.RandomForestRegressor, ensemble.ExtraTreesRegressor)
    return type(model) in kinds and model.n_outputs_ == 1
