"""What a screen draws of an evaluation, thinned to what it can show."""

import numpy as np

from core.training.measures import Array, Outcome

MAX_POINTS = 200
MAX_PAIRS = 2000
BINS, RESIDUAL_BINS, QUANTILES = 10, 40, 99

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


def gain(outcome: Outcome) -> Points:
    """Return (share of the rows looked at, share of the positives among them), the likeliest rows first."""
    positives = int(outcome.is_positive.sum())
    if not positives:
        return ()
    order = np.argsort(-outcome.score, kind="stable")
    found = np.append(0, np.cumsum(outcome.is_positive[order])) / positives
    return _thin(np.arange(len(found)) / (len(found) - 1), found)


def calibration(outcome: Outcome) -> tuple[tuple[float, float, int], ...]:
    """Return (mean probability, share of positives, rows) of up to ten bins with about as many rows each."""
    edges = np.unique(np.quantile(outcome.score, np.linspace(0, 1, BINS + 1)))
    places = np.clip(np.searchsorted(edges, outcome.score, side="right") - 1, 0, max(len(edges) - 2, 0))
    rows = np.bincount(places)
    means = np.bincount(places, weights=outcome.score) / np.maximum(rows, 1)
    shares = np.bincount(places, weights=outcome.is_positive) / np.maximum(rows, 1)
    return tuple((float(m), float(s), int(n)) for m, s, n in zip(means, shares, rows, strict=True) if n)


def residuals(outcome: Outcome) -> tuple[tuple[tuple[float, float, int], ...], Points]:
    """Return the distribution of actual minus predicted as (low, high, rows), and its quantiles beside the normal's."""
    from scipy.stats import norm

    errors = outcome.actual - outcome.answered
    rows, edges = np.histogram(errors, bins=RESIDUAL_BINS)
    counted = tuple((float(low), float(high), int(n)) for low, high, n in zip(edges[:-1], edges[1:], rows, strict=True))
    spread = float(errors.std())
    marks = (np.arange(QUANTILES) + 0.5) / QUANTILES
    compared = _points(norm.ppf(marks), (np.quantile(errors, marks) - errors.mean()) / spread) if spread else ()
    return counted, compared


def _thin(x: Array, y: Array) -> Points:
    kept = _evenly(len(x), MAX_POINTS)
    return _points(x[kept], y[kept])


def _evenly(total: int, most: int) -> Array:
    """Return up to ``most`` positions out of ``total``, first and last included."""
    return np.unique(np.linspace(0, total - 1, min(total, most)).round().astype(int))


def _points(x: Array, y: Array) -> Points:
    return tuple((float(a), float(b)) for a, b in zip(x, y, strict=True))
