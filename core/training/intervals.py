"""How sure a figure is: 95 % bootstrap intervals of every metric, all resamples at once.

Method: percentile bootstrap over held-out rows, seeded. A resample is a vector of counts per row, so every metric is a
weighted sum, and ROC AUC and average precision are cumulative sums over rows sorted once (Efron and Tibshirani 1993,
chapter 13). Above 10,000 rows the resamples are of 10,000 rows drawn without replacement, and their deviations are
shrunk by the square root of the share of rows (m out of n bootstrap, Bickel, Götze and van Zwet 1997).
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from core.records.project import Task
from core.training.measures import Array, Outcome, measure, measure_one

CELLS = 1_500_000
"""About the size of the matrix of counts; it bounds time and memory."""

MOST_DRAWS, LEAST_DRAWS = 1000, 150
MOST_ROWS = 10_000
LEVELS = (2.5, 97.5)
Bands = dict[str, tuple[float, float]]
Drawn = dict[str, Array]


def bootstrap(outcome: Outcome, seed: int, whole: Mapping[str, float]) -> tuple[Bands, str]:
    """Return the interval of each metric that is defined in nearly every resample, and the method in words.

    ``whole`` are the metrics of ``outcome`` itself.
    """
    rows = len(outcome.actual)
    if rows < 2:
        return {}, ""
    rng = np.random.default_rng(seed)
    part = outcome if rows <= MOST_ROWS else _some(outcome, rng.choice(rows, MOST_ROWS, replace=False))
    used = len(part.actual)
    draws = int(min(MOST_DRAWS, max(LEAST_DRAWS, CELLS // used)))
    with np.errstate(all="ignore"):
        drawn = _DRAWS[outcome.task](part, _resamples(rng, draws, used))
    centre = {} if part is outcome else measure(part)
    bands = {name: _band(drawn[name], whole[name], centre.get(name), used / rows) for name in whole if name in drawn}
    shrunk = f" of {used:,} rows, deviations shrunk to {rows:,}" if part is not outcome else ""
    found = {name: band for name, band in bands.items() if band is not None}
    return found, f"95 % percentile bootstrap, {draws:,} resamples{shrunk}, seed {seed}"


@dataclass(frozen=True)
class Paired:
    """A metric of two models on the same rows, the second's minus the first's, and the interval of that difference.

    ``band`` is None where the metric is not defined in nearly every resample.
    """

    first: float
    second: float
    difference: float
    band: tuple[float, float] | None
    method: str


def paired(first: Outcome, second: Outcome, metric: str, seed: int) -> Paired:
    """Compare two models on the same rows by a bootstrap in which both answer the rows of each resample.

    The truth in both outcomes is the same, row by row. What the rows have in common cancels out, so the interval is
    narrower than those of the two figures.
    """
    old, new = measure_one(first, metric), measure_one(second, metric)
    rows = len(first.actual)
    if rows < 2 or not math.isfinite(old) or not math.isfinite(new):
        return Paired(old, new, new - old, None, "")
    rng = np.random.default_rng(seed)
    chosen = rng.choice(rows, MOST_ROWS, replace=False) if rows > MOST_ROWS else None
    pair = (first, second) if chosen is None else (_some(first, chosen), _some(second, chosen))
    used = len(pair[0].actual)
    draws = int(min(MOST_DRAWS, max(LEAST_DRAWS, CELLS // used)))
    weights = _resamples(rng, draws, used)
    with np.errstate(all="ignore"):
        before, after = (_DRAWS[one.task](one, weights).get(metric) for one in pair)
    if before is None or after is None:
        return Paired(old, new, new - old, None, "")
    most = min(len(before), len(after))
    centre = None if chosen is None else measure_one(pair[1], metric) - measure_one(pair[0], metric)
    band = _band(after[:most] - before[:most], new - old, centre, used / rows)
    return Paired(old, new, new - old, band, f"95 % paired percentile bootstrap, {most:,} resamples, seed {seed}")


def weighted(outcome: Outcome, weights: Array) -> Drawn:
    """Return the metrics of rows that count as often as ``weights`` say, one value for each line of them.

    Each line sums to the number of rows.
    """
    with np.errstate(all="ignore"):
        return _DRAWS[outcome.task](outcome, weights)


def _some(outcome: Outcome, rows: Array) -> Outcome:
    return Outcome(outcome.task, outcome.actual[rows], outcome.answered[rows], outcome.scores[rows], outcome.positive)


def _resamples(rng: np.random.Generator, draws: int, rows: int) -> Array:
    """Return how often each row is in each resample: draws by rows."""
    chosen = rng.integers(0, rows, (draws, rows)) + np.arange(draws)[:, None] * rows
    return np.bincount(chosen.ravel(), minlength=draws * rows).reshape(draws, rows).astype(np.float64)


def _band(values: Array, whole: float, centre: float | None, share: float) -> tuple[float, float] | None:
    known = values[np.isfinite(values)]
    if len(known) < 0.9 * len(values):
        return None
    low, high = np.percentile(known, LEVELS)
    if centre is None:
        return float(low), float(high)
    return float(whole + (low - centre) * math.sqrt(share)), float(whole + (high - centre) * math.sqrt(share))


def _binary(outcome: Outcome, weights: Array) -> Drawn:
    order = np.argsort(outcome.score, kind="stable")
    weights, score = weights[:, order], outcome.score[order]
    positive, said = outcome.is_positive[order].astype(float), outcome.said_positive[order].astype(float)
    cells = weights @ np.column_stack([positive * said, (1 - positive) * said, positive * (1 - said)])
    hits, alarms, misses = cells.T
    rights = weights.shape[1] - hits - alarms - misses
    truth = outcome.scores[np.arange(len(order)), outcome.actual][order]
    return {
        **_ranked(weights, score, positive),
        **_of_counts(hits, alarms, rights, misses),
        "log_loss": weights @ _surprise(truth) / weights.shape[1],
        "brier": weights @ (positive - score) ** 2 / weights.shape[1],
    }


def _ranked(weights: Array, score: Array, positive: Array) -> Drawn:
    """Return ROC AUC and average precision from weights over rows sorted by score, equal scores together."""
    starts = np.flatnonzero(np.append(True, np.diff(score) != 0))
    hits = np.add.reduceat(weights * positive, starts, axis=1)
    alarms = np.add.reduceat(weights * (1 - positive), starts, axis=1)
    below = np.cumsum(alarms, axis=1)
    positives, negatives = hits.sum(axis=1), below[:, -1]
    area = (hits * (below - alarms / 2)).sum(axis=1) / (positives * negatives)
    found = np.cumsum(hits[:, ::-1], axis=1)
    precision = found / (found + np.cumsum(alarms[:, ::-1], axis=1))
    average = (hits[:, ::-1] * np.nan_to_num(precision)).sum(axis=1) / positives
    return {"roc_auc": area, "average_precision": average}


def _of_counts(hits: Array, alarms: Array, rights: Array, misses: Array) -> Drawn:
    total = hits + alarms + rights + misses
    recall, other = hits / (hits + misses), rights / (rights + alarms)
    root = np.sqrt((hits + alarms) * (hits + misses) * (rights + alarms) * (rights + misses))
    return {
        "accuracy": (hits + rights) / total,
        "balanced_accuracy": (recall + other) / 2,
        "precision": np.where(hits + alarms > 0, hits / (hits + alarms), 0.0),
        "recall": recall,
        "f1": 2 * hits / (2 * hits + alarms + misses),
        "mcc": np.where(root > 0, (hits * rights - alarms * misses) / root, 0.0),
    }


def _surprise(probability: Array) -> Array:
    return np.asarray(-np.log(np.clip(probability, np.finfo(np.float64).eps, 1.0)))


def _multiclass(outcome: Outcome, weights: Array) -> Drawn:
    size = outcome.scores.shape[1]
    pairs = outcome.actual * size + outcome.answered.astype(np.int64)
    cells = np.stack([np.bincount(pairs, weights=row, minlength=size * size) for row in weights])
    table = cells.reshape(len(weights), size, size)
    right, true, said = np.einsum("bii->bi", table), table.sum(axis=2), table.sum(axis=1)
    total = weights.shape[1]
    recall, precision = np.nan_to_num(right / true), np.nan_to_num(right / said)
    f1 = np.nan_to_num(2 * right / (true + said))
    truth = outcome.scores[np.arange(total), outcome.actual]
    return {
        "accuracy": right.sum(axis=1) / total,
        "balanced_accuracy": recall.sum(axis=1) / (true > 0).sum(axis=1),
        "precision_macro": precision.mean(axis=1),
        "recall_macro": recall.mean(axis=1),
        "f1_macro": f1.mean(axis=1),
        "roc_auc_macro": _areas(outcome, weights[: max(LEAST_DRAWS, len(weights) // size)]),
        "mcc": _several_mcc(right, true, said, total),
        "log_loss": weights @ _surprise(truth) / total,
    }


def _areas(outcome: Outcome, weights: Array) -> Array:
    """Return the mean ROC AUC of each class against the others, from fewer resamples the more classes there are."""
    found = []
    for place in range(outcome.scores.shape[1]):
        order = np.argsort(outcome.scores[:, place], kind="stable")
        is_class = (outcome.actual[order] == place).astype(float)
        found.append(_ranked(weights[:, order], outcome.scores[order, place], is_class)["roc_auc"])
    return np.asarray(np.mean(found, axis=0))


def _several_mcc(right: Array, true: Array, said: Array, total: int) -> Array:
    """Return Gorodkin's correlation (2004), as scikit-learn's for several classes."""
    above = right.sum(axis=1) * total - (true * said).sum(axis=1)
    root = np.sqrt((total**2 - (said**2).sum(axis=1)) * (total**2 - (true**2).sum(axis=1)))
    return np.where(root > 0, above / root, 0.0)


def _regression(outcome: Outcome, weights: Array) -> Drawn:
    total = weights.shape[1]
    error = outcome.actual - outcome.answered
    size, centred = np.abs(error), outcome.actual - outcome.actual.mean()
    squared, spread = weights @ error**2, weights @ centred**2 - (weights @ centred) ** 2 / total
    found = {
        "rmse": np.sqrt(squared / total),
        "mae": weights @ size / total,
        "median_ae": _medians(size, weights),
        "pinball_10": weights @ np.maximum(0.1 * error, -0.9 * error) / total,
        "pinball_90": weights @ np.maximum(0.9 * error, -0.1 * error) / total,
        "r2": 1 - squared / spread,
    }
    has_zero = not outcome.actual.all()
    return found if has_zero else {**found, "mape": weights @ (size / np.abs(outcome.actual)) / total}


def _medians(values: Array, weights: Array) -> Array:
    order = np.argsort(values, kind="stable")
    passed = np.cumsum(weights[:, order], axis=1)
    half = weights.shape[1] / 2
    low, high = (passed >= half).argmax(axis=1), (passed > half).argmax(axis=1)
    return np.asarray((values[order][low] + values[order][high]) / 2)


_DRAWS: Mapping[Task, Callable[[Outcome, Array], dict[str, Any]]] = {
    Task.BINARY: _binary,
    Task.MULTICLASS: _multiclass,
    Task.REGRESSION: _regression,
}
