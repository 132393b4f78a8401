"""What a screen draws of an evaluation, thinned to what it can show."""

import numpy as np

from core.training.measures import Array, Outcome

MAX_POINTS = 200
MAX_PAIRS = 2000

Points = tuple[tuple[float, float], ...]


def confusion(outcome: Outcome) -> tuple[tuple[int, ...], ...]:
    """Return counts: rows are true classes, columns answered ones."""
    from sklearn.metrics import confusion_matrix

    matrix = confusion_matrix(outcome.actual, outcome.answered, labels=outcome.labels)
    return tuple(tuple(int(count) for count in row) for row in matrix)


def roc(outcome: Outcome) -> Points:
    """Return (false positive rate, true positive rate), or nothing when one class is absent."""
    from sklearn.metrics import roc_curve

    if outcome.present < 2:
        return ()
    false_rate, true_rate, _ = roc_curve(outcome.is_positive, outcome.score)
    return _thin(false_rate, true_rate)


def precision_recall(outcome: Outcome) -> Points:
    """Return (recall, precision), by rising recall, or nothing when the positive class is absent."""
    from sklearn.metrics import precision_recall_curve

    if not outcome.is_positive.any():
        return ()
    precision, recall, _ = precision_recall_curve(outcome.is_positive, outcome.score)
    return _thin(recall[::-1], precision[::-1])


def pairs(outcome: Outcome) -> Points:
    """Return (predicted, actual) of at most 2,000 rows, evenly taken."""
    kept = _evenly(len(outcome.actual), MAX_PAIRS)
    return _points(outcome.answered[kept], outcome.actual[kept])


def _thin(x: Array, y: Array) -> Points:
    kept = _evenly(len(x), MAX_POINTS)
    return _points(x[kept], y[kept])


def _evenly(total: int, most: int) -> Array:
    """Return up to ``most`` positions out of ``total``, first and last included."""
    return np.unique(np.linspace(0, total - 1, min(total, most)).round().astype(int))


def _points(x: Array, y: Array) -> Points:
    return tuple((float(a), float(b)) for a, b in zip(x, y, strict=True))
