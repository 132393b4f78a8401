"""What a fitted model is worth on rows it never saw, as plain data."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from core.records.evaluation import Evaluation
from core.records.project import Task
from core.records.training import TrainingSpec
from core.training import curves, fairness, intervals, slices, suspicions, thresholds, validation
from core.training.dependence import dependence
from core.training.fitted import Fitted, Side
from core.training.importances import importances
from core.training.measures import Array, Outcome, measure
from core.training.thresholds import Chosen
from core.training.validation import Validation


@dataclass(frozen=True)
class Material:
    """What a judgement is made of.

    ``frame`` are the held-out rows as the model takes them, ``compared`` their columns whose groups are compared,
    ``outcome`` the answers to them.
    """

    train: Side
    test: Side
    outcome: Outcome
    frame: pd.DataFrame
    compared: pd.DataFrame | None = None
    validation: Validation | None = None
    chosen: Chosen | None = None


def evaluate(fitted: Fitted, spec: TrainingSpec, material: Material, warnings: tuple[str, ...] = ()) -> Evaluation:
    """Judge ``fitted`` on the held-out rows; ``warnings`` found earlier come before those found here."""
    train, test, outcome = material.train, material.test, material.outcome
    learned = measure(fitted.outcome(train.matrix, train.actual))
    baseline = measure(_uninformed(fitted, train.actual, test.actual))
    metrics = measure(outcome)
    bands, method = intervals.bootstrap(outcome, spec.seed, metrics)
    leaned = importances(fitted, spec.metric, test.matrix, test.actual, spec.seed)
    found = (
        *warnings,
        *suspicions.narrow(train.matrix),
        *suspicions.small_classes(fitted, train.actual, test.actual),
        *suspicions.undefined(fitted.task, metrics, spec.metric),
        *suspicions.no_better(metrics, baseline, spec.metric),
        *suspicions.overfit(learned, metrics, baseline, bands, spec.metric),
        *suspicions.leaks(fitted, spec.metric, metrics, baseline, leaned, train, test),
    )
    return Evaluation(
        metrics=metrics,
        train_metrics=learned,
        baseline=baseline,
        intervals=bands,
        interval_method=method,
        folds=validation.figures(spec, material.validation) if material.validation else {},
        rows_train=len(train.actual),
        rows_test=len(test.actual),
        importances=leaned,
        dependence=dependence(fitted, material.frame, [name for name, drop, _ in leaned if drop > 0], spec.seed),
        slices=slices.worst(material.frame, outcome),
        fairness=() if material.compared is None else fairness.groups(material.compared, outcome),
        warnings=found,
        **drawn(fitted, outcome),
        **threshold_figures(fitted, material),
    )


def _uninformed(fitted: Fitted, train: Array, test: Array) -> Outcome:
    """Return the outcome of the best constant answer: class shares, or the mean, of the training rows."""
    if not fitted.task.is_classification:
        return Outcome(fitted.task, test, np.full(len(test), train.mean()), np.empty((len(test), 0)), None)
    shares = np.bincount(train, minlength=len(fitted.classes)) / len(train)
    return fitted.outcome_of(np.tile(shares, (len(test), 1)), test)


def drawn(fitted: Fitted, outcome: Outcome) -> dict[str, Any]:
    """Return what the pictures of a judgement are drawn from."""
    if not fitted.task.is_classification:
        counted, compared = curves.residuals(outcome)
        return {"residuals": curves.pairs(outcome), "residual_counts": counted, "residual_quantiles": compared}
    found: dict[str, Any] = {
        "classes": tuple(str(value) for value in fitted.classes),
        "confusion": curves.confusion(outcome),
    }
    if fitted.task is Task.BINARY:
        found |= {
            "roc": curves.roc(outcome),
            "pr": curves.precision_recall(outcome),
            "gain": curves.gain(outcome),
            "calibration": curves.calibration(outcome),
        }
    return found


def threshold_figures(fitted: Fitted, material: Material) -> dict[str, Any]:
    """Return the threshold in force, why, and what other ones would give."""
    if fitted.positive is None:
        return {}
    outcome, chosen = material.outcome, material.chosen
    whole = material.validation.whole if material.validation else None
    return {
        "positive": str(fitted.classes[fitted.positive]),
        "threshold": fitted.threshold,
        "threshold_reason": chosen.reason if chosen else f"fixed at {fitted.threshold:g}",
        "thresholds": thresholds.counts(outcome.is_positive, outcome.score),
        "validation": thresholds.counts(whole.is_positive, whole.score) if whole else (),
        "fold_thresholds": material.validation.thresholds if material.validation else (),
    }
