"""Every metric of a task, from stored predictions; each agrees with scikit-learn's function of that name."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from core.records.metric import metrics_of
from core.records.project import Task

Array = np.ndarray[Any, Any]


@dataclass(frozen=True)
class Outcome:
    """Truth and answers side by side.

    For classes ``actual`` and ``answered`` are class indices and ``scores`` probabilities (a column a class); for
    regression ``actual`` and ``answered`` are numbers and ``scores`` has no columns. ``positive`` is the index of the
    positive class of a binary task.
    """

    task: Task
    actual: Array
    answered: Array
    scores: Array
    positive: int | None

    @cached_property
    def labels(self) -> list[int]:
        """All class indices."""
        return list(range(self.scores.shape[1]))

    @cached_property
    def is_positive(self) -> Array:
        """Whether the truth is the positive class, per row."""
        return np.asarray(self.actual == self.positive)

    @cached_property
    def said_positive(self) -> Array:
        """Whether the answer is the positive class, per row."""
        return np.asarray(self.answered == self.positive)

    @cached_property
    def score(self) -> Array:
        """The probability of the positive class, per row."""
        return np.asarray(self.scores[:, self.positive or 0])

    @cached_property
    def present(self) -> int:
        """How many different true values there are."""
        return len(np.unique(self.actual))


def measure(outcome: Outcome) -> dict[str, float]:
    """Return every metric of the task that is defined for ``outcome``; the others are left out."""
    found = {metric.name: measure_one(outcome, metric.name) for metric in metrics_of(outcome.task)}
    return {name: value for name, value in found.items() if math.isfinite(value)}


def measure_one(outcome: Outcome, name: str) -> float:
    """Return one metric; NaN where it is not defined, such as ROC AUC with one class only."""
    return float(_FORMULAS[name](outcome))


def _accuracy(outcome: Outcome) -> float:
    from sklearn.metrics import accuracy_score

    return float(accuracy_score(outcome.actual, outcome.answered))


def _balanced_accuracy(outcome: Outcome) -> float:
    """Return the mean recall over the classes that occur, as ``balanced_accuracy_score`` does."""
    from sklearn.metrics import recall_score

    present = np.unique(outcome.actual)
    return float(recall_score(outcome.actual, outcome.answered, labels=present, average="macro", zero_division=0.0))


def _mcc(outcome: Outcome) -> float:
    from sklearn.metrics import matthews_corrcoef

    return float(matthews_corrcoef(outcome.actual, outcome.answered))


def _log_loss(outcome: Outcome) -> float:
    from sklearn.metrics import log_loss

    return float(log_loss(outcome.actual, outcome.scores, labels=outcome.labels))


def _roc_auc(outcome: Outcome) -> float:
    """Return the share of (positive, other) pairs in the right order, from ranks: several times quicker than by a
    curve, which counts when columns are shuffled one after the other."""
    from scipy.stats import rankdata

    positives = int(outcome.is_positive.sum())
    others = len(outcome.actual) - positives
    if not positives or not others:
        return math.nan
    above = rankdata(outcome.score)[outcome.is_positive].sum() - positives * (positives + 1) / 2
    return float(above / (positives * others))


def _roc_auc_macro(outcome: Outcome) -> float:
    from sklearn.metrics import roc_auc_score

    if outcome.present < len(outcome.labels):
        return math.nan
    return float(roc_auc_score(outcome.actual, outcome.scores, multi_class="ovr", labels=outcome.labels))


def _average_precision(outcome: Outcome) -> float:
    from sklearn.metrics import average_precision_score

    has_positive = bool(outcome.is_positive.any())
    return float(average_precision_score(outcome.is_positive, outcome.score)) if has_positive else math.nan


def _brier(outcome: Outcome) -> float:
    from sklearn.metrics import brier_score_loss

    return float(brier_score_loss(outcome.is_positive, outcome.score))


def _of_positive(name: str) -> Callable[[Outcome], float]:
    def formula(outcome: Outcome) -> float:
        from sklearn import metrics

        return float(getattr(metrics, name)(outcome.is_positive, outcome.said_positive, zero_division=0.0))

    return formula


def _macro(name: str) -> Callable[[Outcome], float]:
    def formula(outcome: Outcome) -> float:
        from sklearn import metrics

        options = {"labels": outcome.labels, "average": "macro", "zero_division": 0.0}
        return float(getattr(metrics, name)(outcome.actual, outcome.answered, **options))

    return formula


def _of_numbers(name: str) -> Callable[[Outcome], float]:
    def formula(outcome: Outcome) -> float:
        from sklearn import metrics

        return float(getattr(metrics, name)(outcome.actual, outcome.answered))

    return formula


def _mape(outcome: Outcome) -> float:
    """Return the mean relative error; undefined where a true value is zero."""
    return _of_numbers("mean_absolute_percentage_error")(outcome) if outcome.actual.all() else math.nan


def _pinball(alpha: float) -> Callable[[Outcome], float]:
    """Return the loss that a prediction of the ``alpha`` quantile makes small."""

    def formula(outcome: Outcome) -> float:
        from sklearn.metrics import mean_pinball_loss

        return float(mean_pinball_loss(outcome.actual, outcome.answered, alpha=alpha))

    return formula


def _r2(outcome: Outcome) -> float:
    return _of_numbers("r2_score")(outcome) if outcome.present > 1 else math.nan


_FORMULAS: Mapping[str, Callable[[Outcome], float]] = {
    "roc_auc": _roc_auc,
    "average_precision": _average_precision,
    "accuracy": _accuracy,
    "balanced_accuracy": _balanced_accuracy,
    "precision": _of_positive("precision_score"),
    "recall": _of_positive("recall_score"),
    "f1": _of_positive("f1_score"),
    "precision_macro": _macro("precision_score"),
    "recall_macro": _macro("recall_score"),
    "f1_macro": _macro("f1_score"),
    "roc_auc_macro": _roc_auc_macro,
    "mcc": _mcc,
    "log_loss": _log_loss,
    "brier": _brier,
    "rmse": _of_numbers("root_mean_squared_error"),
    "mae": _of_numbers("mean_absolute_error"),
    "median_ae": _of_numbers("median_absolute_error"),
    "mape": _mape,
    "pinball_10": _pinball(0.1),
    "pinball_90": _pinball(0.9),
    "r2": _r2,
}
