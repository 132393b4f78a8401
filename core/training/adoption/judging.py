"""An adopted model judged like those trained here, as far as its rows are known to be unseen."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from core.records.adoption import AdoptionRequest, HeldOut
from core.records.evaluation import Evaluation
from core.records.prediction import Scalar
from core.records.training import Split, TrainingSpec
from core.training import intervals, slices, suspicions
from core.training.adoption.description import Unadoptable
from core.training.dependence import dependence
from core.training.evaluation import Material, drawn, threshold_figures
from core.training.fitted import Fitted, Side
from core.training.importances import importances
from core.training.measures import Array, Outcome, measure
from core.training.preprocessing import model_frame
from core.training.splitting import split
from core.training.target import Target

MOST_ROWS = 5000
"""Rows that a model is tried and compared on when none is known to be unseen."""

UNKNOWN = (
    "Nobody said which rows the model did not learn from, so it has no held-out figures; those shown are of rows it "
    "may know by heart. Adopt it with held-out rows to have it judged."
)


@dataclass(frozen=True)
class Rows:
    """The rows of a dataset version as an adopted model takes them, with the positions of those it learned from and
    of those it is judged on, among the rows that have an answer."""

    target: Target
    frame: pd.DataFrame
    train: Array
    test: Array


class Whole(Fitted):
    """A fitted pipeline judged from raw columns: its matrix holds the values as they are, one column an input."""

    def prepare(self, frame: pd.DataFrame) -> Array:
        """Return the rows as an array of objects."""
        return frame.to_numpy(dtype=object)

    def outcome(self, matrix: Array, actual: Array) -> Outcome:
        """Answer rows that :meth:`prepare` made."""
        names = [column.name for column in self.columns]
        frame = model_frame(pd.DataFrame(matrix, columns=names, dtype=object), self.columns)
        if self.task.is_classification:
            return self.outcome_of(np.asarray(self.pipeline.predict_proba(frame), dtype=np.float64), actual)
        answered = np.asarray(self.pipeline.predict(frame), dtype=np.float64)
        return Outcome(self.task, actual, answered, np.empty((len(answered), 0)), None)

    def blocks(self) -> dict[str, Array]:
        """Return the place of each input."""
        return {column.name: np.array([place]) for place, column in enumerate(self.columns)}


def part(target: Target, frame: pd.DataFrame, request: AdoptionRequest) -> Rows:
    """Part the rows that have an answer as the request says.

    Raises:
        InvalidSpec: too few rows to hold any out.
    """
    everything, nothing = np.arange(len(target.values)), np.empty(0, dtype=np.int64)
    if request.held_out is HeldOut.ALL:
        return Rows(target, frame, nothing, everything)
    if request.held_out is HeldOut.NONE:
        return Rows(target, frame, everything, nothing)
    return Rows(target, frame, *split(target, Split(test_size=request.test_size), request.seed, None))


def tried(fitted: Whole, rows: Rows, request: AdoptionRequest) -> Outcome:
    """Return the model's answers to the held-out rows, or to some rows when none is known to be.

    Raises:
        Unadoptable: it cannot answer them.
    """
    chosen = rows.test if len(rows.test) else rows.train[:MOST_ROWS]
    try:
        return fitted.outcome(fitted.prepare(rows.frame.iloc[chosen]), actual(rows.target, fitted.classes, chosen))
    except (ValueError, TypeError, KeyError, AttributeError, IndexError) as error:
        reason = (" ".join(str(error).split()) or type(error).__name__)[:300]
        raise Unadoptable(f"it cannot answer the rows of {request.dataset}: {reason}") from error


def actual(target: Target, classes: Sequence[Scalar], rows: Array) -> Array:
    """Return the truth of rows as numbers, or as places among ``classes``, which need not be in the target's order."""
    values = target.values[rows]
    if not classes:
        return values
    places = np.array([classes.index(value) for value in target.classes])
    return np.asarray(places[np.searchsorted(np.array(target.classes), values)])


def evaluation(fitted: Whole, spec: TrainingSpec, rows: Rows, outcome: Outcome, notes: tuple[str, ...]) -> Evaluation:
    """Judge the answers; without held-out rows only the figures on rows it may have learned from are told."""
    if not len(rows.test):
        figures = measure(outcome)
        counted = {"rows_train": len(rows.train), "rows_test": 0, "warnings": (UNKNOWN, *notes)}
        return Evaluation(metrics={}, train_metrics=figures, **counted, **_classes(fitted))
    return _judged(fitted, spec, rows, outcome, notes)


def _classes(fitted: Whole) -> dict[str, Any]:
    if not fitted.classes:
        return {}
    is_binary = fitted.positive is not None
    threshold = {"threshold": fitted.threshold, "threshold_reason": "as its author said"} if is_binary else {}
    return {"classes": tuple(str(value) for value in fitted.classes), **threshold}


def _judged(fitted: Whole, spec: TrainingSpec, rows: Rows, outcome: Outcome, notes: tuple[str, ...]) -> Evaluation:
    frame, metrics = rows.frame.iloc[rows.test], measure(outcome)
    bands, method = intervals.bootstrap(outcome, spec.seed, metrics)
    leaned = importances(fitted, spec.metric, fitted.prepare(frame), outcome.actual, spec.seed)
    baseline = measure(_uninformed(fitted, outcome))
    nobody = Side(np.empty((0, 0)), np.empty(0))
    return Evaluation(
        metrics=metrics,
        train_metrics={},
        baseline=baseline,
        intervals=bands,
        interval_method=method,
        rows_train=len(rows.train),
        rows_test=len(rows.test),
        importances=leaned,
        dependence=dependence(fitted, frame, [name for name, drop, _ in leaned if drop > 0], spec.seed),
        slices=slices.worst(frame, outcome),
        warnings=(
            *notes,
            *suspicions.undefined(fitted.task, metrics, spec.metric),
            *suspicions.no_better(metrics, baseline, spec.metric),
        ),
        **drawn(fitted, outcome),
        **threshold_figures(fitted, Material(nobody, nobody, outcome, frame)),
    )


def _uninformed(fitted: Whole, outcome: Outcome) -> Outcome:
    """Return the outcome of the best constant answer to the held-out rows themselves."""
    if not fitted.classes:
        answered = np.full(len(outcome.actual), outcome.actual.mean())
        return replace(outcome, answered=answered)
    shares = np.bincount(outcome.actual, minlength=len(fitted.classes)) / len(outcome.actual)
    return fitted.outcome_of(np.tile(shares, (len(outcome.actual), 1)), outcome.actual)
