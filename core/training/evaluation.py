"""What a fitted model is worth on rows it never saw, as plain data."""

from typing import Any

import numpy as np

from core.records.project import Task
from core.records.training import Evaluation, TrainingSpec
from core.training import curves, suspicions
from core.training.fitted import Fitted, Side
from core.training.importances import importances
from core.training.measures import Array, Outcome, measure


def evaluate(fitted: Fitted, spec: TrainingSpec, train: Side, test: Side, warnings: tuple[str, ...] = ()) -> Evaluation:
    """Judge ``fitted`` on ``test``; ``warnings`` found earlier come before those found here."""
    outcome = fitted.outcome(test.matrix, test.actual)
    learned = measure(fitted.outcome(train.matrix, train.actual))
    baseline = measure(_uninformed(fitted, train.actual, test.actual))
    metrics = measure(outcome)
    leaned = importances(fitted, spec.metric, test.matrix, test.actual, spec.seed)
    found = (
        *warnings,
        *suspicions.small_classes(fitted, train.actual, test.actual),
        *suspicions.undefined(fitted.task, metrics, spec.metric),
        *suspicions.no_better(metrics, baseline, spec.metric),
        *suspicions.leaks(fitted, spec.metric, metrics, baseline, leaned, train, test),
    )
    return Evaluation(
        metrics=metrics,
        train_metrics=learned,
        baseline=baseline,
        rows_train=len(train.actual),
        rows_test=len(test.actual),
        importances=leaned,
        warnings=found,
        **_drawn(fitted, outcome),
    )


def _uninformed(fitted: Fitted, train: Array, test: Array) -> Outcome:
    """Return the outcome of the best constant answer: class shares, or the mean, of the training rows."""
    if not fitted.task.is_classification:
        return Outcome(fitted.task, test, np.full(len(test), train.mean()), np.empty((len(test), 0)), None)
    shares = np.bincount(train, minlength=len(fitted.classes)) / len(train)
    return fitted.outcome_of(np.tile(shares, (len(test), 1)), test)


def _drawn(fitted: Fitted, outcome: Outcome) -> dict[str, Any]:
    if not fitted.task.is_classification:
        return {"residuals": curves.pairs(outcome)}
    drawn: dict[str, Any] = {
        "classes": tuple(str(value) for value in fitted.classes),
        "confusion": curves.confusion(outcome),
    }
    if fitted.task is Task.BINARY:
        drawn |= {"roc": curves.roc(outcome), "pr": curves.precision_recall(outcome)}
    return drawn
