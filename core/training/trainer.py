"""The heart: a table and a spec in, a fitted and judged model out. Pure, seeded, without I/O."""

import os
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeVar

import numpy as np
import pandas as pd

from core.errors import InvalidSpec
from core.records.dataset import Column
from core.records.evaluation import Evaluation
from core.records.project import Task
from core.records.training import SplitKind, TrainingSpec
from core.training import estimators, preprocessing, recency, suspicions, validation
from core.training.answers import THRESHOLD
from core.training.evaluation import Material, evaluate
from core.training.fitted import MODEL, PREPARE, Fitted, Side
from core.training.measures import Array, Outcome
from core.training.own_recipes import code
from core.training.splitting import Fold, split
from core.training.target import Target
from core.training.thresholds import Chosen
from core.training.validation import Validation

T = TypeVar("T")


@dataclass(frozen=True)
class Parted:
    """The rows of a table parted for training.

    ``train_rows`` and ``test_rows`` are positions within the rows of ``target``; ``times`` and ``groups`` the columns
    the split goes by, for the training rows; ``weights`` how much each row of ``target`` counts; ``compared`` the
    columns whose groups are compared, for the test rows.
    """

    target: Target
    train: pd.DataFrame
    test: pd.DataFrame
    train_rows: Array
    test_rows: Array
    times: "pd.Series[Any] | None" = None
    groups: "pd.Series[Any] | None" = None
    compared: pd.DataFrame | None = None
    weights: Array | None = None

    def actual(self, rows: Array) -> Array:
        """Return the truth of rows as class indices or numbers."""
        values = self.target.values[rows]
        return np.searchsorted(np.array(self.target.classes), values) if self.target.classes else values


@dataclass(frozen=True)
class Learned:
    """A fitted model with the rows it was parted from and its prepared training rows, not judged yet."""

    fitted: Fitted
    parted: Parted
    matrix: Array
    warnings: tuple[str, ...]
    validation: Validation | None = None
    chosen: Chosen | None = None


@dataclass(frozen=True)
class Trained:
    """A fitted model, its evaluation, and the rows it was learned and tested on, as it takes them.

    ``train_rows`` and ``test_rows`` are their positions in the table, ``outcome`` the answers to the latter.
    """

    fitted: Fitted
    evaluation: Evaluation
    train: pd.DataFrame
    test: pd.DataFrame
    train_rows: Array
    test_rows: Array
    outcome: Outcome


def train(
    table: pd.DataFrame, columns: Sequence[Column], spec: TrainingSpec, tell: Callable[[str], None] = lambda _: None
) -> Trained:
    """Carry out ``spec`` on ``table``; ``tell`` hears the stages split, fit and evaluate.

    ``columns`` describe the features, in the order of the spec. The same arguments give the same model and figures.

    Raises:
        InvalidSpec: there is nothing to learn, or scikit-learn refuses the combination.
    """
    learned = learn(table, columns, spec, tell)
    tell("evaluate")
    return judge(learned, spec)


def learn(
    table: pd.DataFrame, columns: Sequence[Column], spec: TrainingSpec, tell: Callable[[str], None] = lambda _: None
) -> Learned:
    """Part the rows and fit: the first half of :func:`train`, telling of split and fit.

    Raises:
        InvalidSpec: there is nothing to learn, or scikit-learn refuses the combination.
    """
    tell("split")
    parted = part(table, columns, spec)
    tell("fit")
    learned = _fit(parted, parted.train, parted.train_rows, columns, spec)
    return _validated(learned, columns, spec, tell) if validation.wanted(spec) else learned


def _validated(learned: Learned, columns: Sequence[Column], spec: TrainingSpec, tell: Callable[[str], None]) -> Learned:
    """Cross-validate the training rows and choose the threshold by what the folds answer."""
    parted = learned.parted
    answers = parted.target.values[parted.train_rows]
    told: list[str] = []

    def fit(rows: Array) -> Fitted:
        tell("fit")
        part = _fit(parted, parted.train.iloc[rows], parted.train_rows[rows], columns, spec)
        told.extend(part.warnings)
        return part.fitted

    def answer(fitted: Fitted, rows: Array) -> Outcome:
        actual = parted.actual(parted.train_rows[rows])
        return fitted.outcome(fitted.prepare(parted.train.iloc[rows]), actual)

    def inner(rows: Array) -> tuple[Fold, ...]:
        return validation.folds_of(
            spec, spec.split.inner, answers[rows], _taken(parted.times, rows), _taken(parted.groups, rows)
        )

    folds = validation.folds_of(spec, validation.wanted(spec), answers, parted.times, parted.groups)
    found = validation.cross_validate(folds, fit, answer)
    if spec.split.inner:
        found = replace(found, thresholds=validation.chosen_within(spec, folds, inner, fit, answer))
    chosen = validation.choose(spec, found)
    return replace(
        learned,
        fitted=replace(learned.fitted, threshold=chosen.value),
        validation=found,
        chosen=chosen,
        warnings=tuple(dict.fromkeys([*learned.warnings, *told, *filter(None, [chosen.warning])])),
    )


def _taken(values: "pd.Series[Any] | None", rows: Array) -> "pd.Series[Any] | None":
    return None if values is None else values.iloc[rows]


def judge(learned: Learned, spec: TrainingSpec) -> Trained:
    """Evaluate on the held-out rows: the second half of :func:`train`."""
    parted, fitted = learned.parted, learned.fitted
    found = (*_dropped(parted.target, spec), *suspicions.columns(parted.train, fitted.columns), *learned.warnings)
    train_side = Side(learned.matrix, parted.actual(parted.train_rows))
    test_side = Side(fitted.prepare(parted.test), parted.actual(parted.test_rows))
    found = (*found, *suspicions.copies(parted.train, parted.test, train_side.actual, test_side.actual))
    outcome = fitted.outcome(test_side.matrix, test_side.actual)
    material = Material(
        train_side, test_side, outcome, parted.test, parted.compared, learned.validation, learned.chosen
    )
    evaluation = evaluate(fitted, spec, material, warnings=found)
    rows = parted.target.rows
    places = rows[parted.train_rows], rows[parted.test_rows]
    return Trained(fitted, evaluation, parted.train, parted.test, *places, outcome)


def part(table: pd.DataFrame, columns: Sequence[Column], spec: TrainingSpec) -> Parted:
    """Take the rows that have an answer and part them into training and test rows.

    Raises:
        InvalidSpec: features, target and split leave nothing to learn or to test.
    """
    preprocessing.prepared_columns(columns, spec.preprocessing, spec.task)
    target, kept = recency.answered(table, spec)
    wanted = spec.split
    times = kept[wanted.time_column] if wanted.kind is SplitKind.TIME and wanted.time_column else None
    groups = kept[wanted.group_column] if wanted.kind is SplitKind.GROUP and wanted.group_column else None
    train_rows, test_rows = split(target, wanted, spec.seed, times, groups)
    frame = preprocessing.model_frame(kept, columns)
    return Parted(
        target,
        frame.iloc[train_rows],
        frame.iloc[test_rows],
        train_rows,
        test_rows,
        times=None if times is None else times.iloc[train_rows],
        groups=None if groups is None else groups.iloc[train_rows],
        compared=kept[list(spec.fairness)].iloc[test_rows] if spec.fairness else None,
        weights=recency.weights(kept, spec),
    )


def _fit(parted: Parted, frame: pd.DataFrame, rows: Array, columns: Sequence[Column], spec: TrainingSpec) -> Learned:
    """Learn everything, preprocessing included, from the rows ``rows`` of the target, whose features are ``frame``."""
    from sklearn.pipeline import Pipeline

    family = estimators.family(spec.estimator)
    model = estimators.build(spec.estimator, spec.task, spec.params, spec.seed)
    prepare = preprocessing.build(columns, spec.preprocessing, scale=family.scaled, task=spec.task, seed=spec.seed)
    answers = parted.target.values[rows]
    weights = sample_weights(model, None if parted.weights is None else parted.weights[rows], spec)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        matrix = _refused(spec, lambda: np.asarray(prepare.fit_transform(frame, answers), dtype=np.float64))
        _refused(spec, lambda: _fit_model(model, matrix, answers, weights, threaded=family.threaded))
    model = code.unwrapped(model, classifies=spec.task.is_classification)
    fitted = Fitted(
        pipeline=Pipeline([(PREPARE, prepare), (MODEL, model)]),
        task=spec.task,
        columns=tuple(columns),
        classes=parted.target.classes,
        positive=parted.target.positive,
        threshold=spec.threshold.value if spec.task is Task.BINARY else THRESHOLD,
        threads=(os.cpu_count() or 1) if family.threaded else 1,
    )
    return Learned(fitted, parted, matrix, _in_words(caught))


def sample_weights(model: Any, weights: Array | None, spec: TrainingSpec) -> dict[str, Array]:
    """Return what the fit of a model takes for rows that do not all count alike, nothing for None.

    Raises:
        InvalidSpec: the estimator knows no weights.
    """
    from sklearn.utils.validation import has_fit_parameter

    if weights is None:
        return {}
    if not has_fit_parameter(model, "sample_weight"):
        raise InvalidSpec(problem=f"{spec.estimator} cannot give rows weights. Take a window of time instead.")
    return {"sample_weight": weights}


def _fit_model(model: Any, matrix: Array, answers: Array, weights: dict[str, Array], *, threaded: bool) -> None:
    """Fit on all cores where that gives the same model; the saved one answers on one, which is exact and quicker."""
    if threaded:
        model.set_params(n_jobs=-1)
    estimators.fit_folds(model, answers)
    model.fit(matrix, answers, **weights)
    if threaded:
        model.set_params(n_jobs=1)


def _refused(spec: TrainingSpec, step: Callable[[], T]) -> T:
    try:
        return step()
    except ValueError as error:
        reason = " ".join(str(error).split())
        raise InvalidSpec(problem=f"{spec.estimator} cannot learn from these rows: {reason}") from error


def _dropped(target: Target, spec: TrainingSpec) -> tuple[str, ...]:
    if not target.dropped:
        return ()
    rows = "row has" if target.dropped == 1 else "rows have"
    return (f"{target.dropped} {rows} no value in the target {spec.target!r} and took no part.",)


def _in_words(caught: Sequence[warnings.WarningMessage]) -> tuple[str, ...]:
    from sklearn.exceptions import ConvergenceWarning

    texts = []
    for item in caught:
        first = str(item.message).strip().splitlines()[0]
        if issubclass(item.category, ConvergenceWarning):
            texts.append(f"The solver stopped before it converged ({first}). Allow more iterations (max_iter).")
        elif not issubclass(item.category, DeprecationWarning | FutureWarning):
            texts.append(f"scikit-learn warns: {first}")
    return tuple(dict.fromkeys(texts))
