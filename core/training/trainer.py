"""The heart: a table and a spec in, a fitted and judged model out. Pure, seeded, without I/O."""

import os
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np
import pandas as pd

from core.errors import InvalidSpec
from core.records.dataset import Column
from core.records.training import Evaluation, SplitKind, TrainingSpec
from core.training import estimators, preprocessing, suspicions
from core.training.answers import THRESHOLD
from core.training.evaluation import evaluate
from core.training.fitted import MODEL, PREPARE, Fitted, Side
from core.training.measures import Array
from core.training.own_recipes import code
from core.training.splitting import split
from core.training.target import Target, read_target

T = TypeVar("T")


@dataclass(frozen=True)
class Parted:
    """The rows of a table parted for training; ``*_actual`` are class indices or numbers."""

    target: Target
    train: pd.DataFrame
    test: pd.DataFrame
    train_rows: Array
    test_rows: Array


@dataclass(frozen=True)
class Learned:
    """A fitted model with the rows it was parted from and its prepared training rows, not judged yet."""

    fitted: Fitted
    parted: Parted
    matrix: Array
    warnings: tuple[str, ...]


@dataclass(frozen=True)
class Trained:
    """A fitted model, its evaluation, and the rows it was learned and tested on, as it takes them."""

    fitted: Fitted
    evaluation: Evaluation
    train: pd.DataFrame
    test: pd.DataFrame


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
    return _fit(parted, columns, spec)


def judge(learned: Learned, spec: TrainingSpec) -> Trained:
    """Evaluate on the held-out rows: the second half of :func:`train`."""
    parted, fitted = learned.parted, learned.fitted
    found = (*_dropped(parted.target, spec), *suspicions.columns(parted.train, fitted.columns), *learned.warnings)
    train_side = Side(learned.matrix, _actual(parted, parted.train_rows))
    test_side = Side(fitted.prepare(parted.test), _actual(parted, parted.test_rows))
    evaluation = evaluate(fitted, spec, train_side, test_side, warnings=found)
    return Trained(fitted, evaluation, parted.train, parted.test)


def part(table: pd.DataFrame, columns: Sequence[Column], spec: TrainingSpec) -> Parted:
    """Take the rows that have an answer and part them into training and test rows.

    Raises:
        InvalidSpec: features, target and split leave nothing to learn or to test.
    """
    preprocessing.prepared_columns(columns, spec.preprocessing, spec.task)
    target = read_target(table[spec.target], spec.task, spec.positive)
    kept = table.iloc[target.rows]
    times = kept[spec.split.time_column] if spec.split.kind is SplitKind.TIME and spec.split.time_column else None
    train_rows, test_rows = split(target, spec.split, spec.seed, times)
    frame = preprocessing.model_frame(kept, columns)
    return Parted(target, frame.iloc[train_rows], frame.iloc[test_rows], train_rows, test_rows)


def _actual(parted: Parted, rows: Array) -> Array:
    values = parted.target.values[rows]
    return np.searchsorted(np.array(parted.target.classes), values) if parted.target.classes else values


def _fit(parted: Parted, columns: Sequence[Column], spec: TrainingSpec) -> Learned:
    from sklearn.pipeline import Pipeline

    family = estimators.family(spec.estimator)
    model = estimators.build(spec.estimator, spec.task, spec.params, spec.seed)
    prepare = preprocessing.build(columns, spec.preprocessing, scale=family.scaled, task=spec.task, seed=spec.seed)
    answers = parted.target.values[parted.train_rows]
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        matrix = _refused(spec, lambda: np.asarray(prepare.fit_transform(parted.train, answers), dtype=np.float64))
        _refused(spec, lambda: _fit_model(model, matrix, parted, threaded=family.threaded))
    model = code.unwrapped(model, classifies=spec.task.is_classification)
    fitted = Fitted(
        pipeline=Pipeline([(PREPARE, prepare), (MODEL, model)]),
        task=spec.task,
        columns=tuple(columns),
        classes=parted.target.classes,
        positive=parted.target.positive,
        threshold=THRESHOLD,
        threads=(os.cpu_count() or 1) if family.threaded else 1,
    )
    return Learned(fitted, parted, matrix, _in_words(caught))


def _fit_model(model: Any, matrix: Array, parted: Parted, *, threaded: bool) -> None:
    """Fit on all cores where that gives the same model; the saved one answers on one, which is exact and quicker."""
    answers = parted.target.values[parted.train_rows]
    if threaded:
        model.set_params(n_jobs=-1)
    estimators.fit_folds(model, answers)
    model.fit(matrix, answers)
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
