"""Folds of the training rows, made once a study; preprocessing works on each once, not once a trial."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from core.errors import InvalidSpec, InvalidStudy
from core.records.dataset import Column
from core.records.prediction import Scalar
from core.records.project import Task
from core.records.study import StudySpec
from core.records.training import TrainingSpec
from core.training import estimators, preprocessing, splitting
from core.training.measures import Array
from core.training.splitting import Fold
from core.training.target import Target
from core.training.trainer import Parted, part


@dataclass(frozen=True)
class PreparedFold:
    """One fold as a model sees it: matrices of numbers, truth as class indices or numbers, labels to learn from, and
    how much each row that is learned from counts (None: all alike)."""

    train: Array
    labels: Array
    test: Array
    actual: Array
    weights: Array | None = None


@dataclass(frozen=True)
class Material:
    """Everything trials share."""

    task: Task
    classes: tuple[Scalar, ...]
    positive: int | None
    folds: tuple[PreparedFold, ...]


def plan(
    target: Target,
    train_rows: Array,
    spec: StudySpec,
    times: "pd.Series[Any] | None" = None,
    groups: "pd.Series[Any] | None" = None,
) -> tuple[Fold, ...]:
    """Part the training rows into folds in the manner of the base's split, so that no fold leaks what it is scored on.

    At random (stratified for classes), by whole groups, or forwards in time with the split's gap; positions within the
    training rows.

    Args:
        target: the answers of the kept rows.
        train_rows: positions of the training rows among them; only these take part.
        spec: how many folds, by which seed.
        times: the time column of the training rows when the base splits by time.
        groups: the group column of the training rows when the base splits by groups.

    Raises:
        InvalidStudy: there are too few rows, groups, moments, or rows of a class for so many folds.
    """
    answers = target.values[train_rows]
    stratified = bool(target.classes)
    try:
        folds = splitting.folds(answers, spec.base.split, spec.folds, spec.seed, times, groups, stratified=stratified)
    except InvalidSpec as error:
        raise InvalidStudy(problem=str(error.facts["problem"])) from error
    if stratified:
        _require_classes(target, answers, folds)
    return folds


def plan_outer(
    target: Target,
    train_rows: Array,
    spec: StudySpec,
    times: "pd.Series[Any] | None" = None,
    groups: "pd.Series[Any] | None" = None,
) -> tuple[tuple[Fold, ...], ...]:
    """Return, for each outer fold, the folds within the rows it learns from, and last the outer fold itself.

    Arguments and errors are those of :func:`plan`; positions are within the training rows.
    """
    found = []
    for outer in plan(target, train_rows, spec.model_copy(update={"folds": spec.outer}), times, groups):
        rows = outer.learned
        by = [None if column is None else column.iloc[rows] for column in (times, groups)]
        inner = plan(target, train_rows[rows], spec, *by)
        found.append((*(Fold(rows[one.learned], rows[one.answered]) for one in inner), outer))
    return tuple(found)


def prepare(
    table: pd.DataFrame,
    columns: Sequence[Column],
    spec: StudySpec,
    tell: Callable[[int], None] = lambda _: None,
    *,
    outer: int | None = None,
) -> Material:
    """Return what trials learn from; preprocessing is fitted on the learning rows of each fold alone.

    ``tell`` hears the number of the fold that is about to be prepared. With ``outer`` the folds are those within that
    outer fold, which comes last itself.

    Raises:
        InvalidSpec: the base training leaves nothing to learn from.
        InvalidStudy: see :func:`plan`.
    """
    base = spec.base
    parted = part(table, columns, base)
    target = parted.target
    folds, by = [], (target, parted.train_rows, spec, parted.times, parted.groups)
    for number, rows in enumerate(plan(*by) if outer is None else plan_outer(*by)[outer]):
        tell(number)
        folds.append(_prepared(parted, columns, base, rows))
    return Material(base.task, target.classes, target.positive, tuple(folds))


def _prepared(parted: Parted, columns: Sequence[Column], base: TrainingSpec, rows: Fold) -> PreparedFold:
    learn, score = rows.learned, rows.answered
    scale = estimators.family(base.estimator).scaled
    prepare = preprocessing.build(columns, base.preprocessing, scale=scale, task=base.task, seed=base.seed)
    values = parted.target.values[parted.train_rows]
    train = np.asarray(prepare.fit_transform(parted.train.iloc[learn], values[learn]), dtype=np.float64)
    test = np.asarray(prepare.transform(parted.train.iloc[score]), dtype=np.float64)
    classes = parted.target.classes
    actual = np.searchsorted(np.array(classes), values[score]) if classes else values[score]
    weights = None if parted.weights is None else parted.weights[parted.train_rows][learn]
    return PreparedFold(train, values[learn], test, actual, weights)


def _require_classes(target: Target, answers: Array, folds: Sequence[Fold]) -> None:
    for number, fold in enumerate(folds, start=1):
        present = set(np.unique(answers[fold.learned]).tolist())
        absent = [repr(value) for value in target.classes if value not in present]
        if absent:
            raise InvalidStudy(
                problem=f"the rows that fold {number} learns from have none of the class {', '.join(absent)}, so it "
                "cannot be learned. Use fewer folds, or split at random."
            )
