"""Folds of the training rows, made once a study; preprocessing works on each once, not once a trial."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from core.errors import InvalidStudy
from core.records.dataset import Column
from core.records.prediction import Scalar
from core.records.project import Task
from core.records.study import StudySpec
from core.records.training import SplitKind, TrainingSpec
from core.training import estimators, preprocessing
from core.training.measures import Array
from core.training.target import Target
from core.training.trainer import Parted, part

Fold = tuple[Array, Array]
"""Positions within the training rows: to learn from, to score on."""


@dataclass(frozen=True)
class PreparedFold:
    """One fold as a model sees it: matrices of numbers, truth as class indices or numbers, labels to learn from."""

    train: Array
    labels: Array
    test: Array
    actual: Array


@dataclass(frozen=True)
class Material:
    """Everything trials share."""

    task: Task
    classes: tuple[Scalar, ...]
    positive: int | None
    folds: tuple[PreparedFold, ...]


def plan(target: Target, train_rows: Array, spec: StudySpec, times: "pd.Series[Any] | None") -> list[Fold]:
    """Part the training rows into folds: stratified for classes, at random for numbers, forwards in time by time.

    Args:
        target: the answers of the kept rows.
        train_rows: positions of the training rows among them; only these take part.
        spec: how many folds, by which seed.
        times: the time column of the kept rows when the base splits by time; a fold then learns from all rows before
            those it is scored on.

    Raises:
        InvalidStudy: there are too few rows, or too few of a class, for so many folds.
    """
    answers = target.values[train_rows]
    _require_rows(target, answers, spec.folds)
    if spec.base.split.kind is SplitKind.TIME and times is not None:
        folds = _by_time(times.to_numpy()[train_rows], spec.folds)
    else:
        folds = _at_random(answers, spec, stratified=bool(target.classes))
    if target.classes:
        _require_classes(target, answers, folds)
    return folds


def prepare(
    table: pd.DataFrame, columns: Sequence[Column], spec: StudySpec, tell: Callable[[int], None] = lambda _: None
) -> Material:
    """Return what trials learn from; preprocessing is fitted on the learning rows of each fold alone.

    ``tell`` hears the number of the fold that is about to be prepared.

    Raises:
        InvalidSpec: the base training leaves nothing to learn from.
        InvalidStudy: see :func:`plan`.
    """
    base = spec.base
    parted = part(table, columns, base)
    target = parted.target
    by_time = base.split.kind is SplitKind.TIME and base.split.time_column is not None
    times = table[base.split.time_column].iloc[target.rows] if by_time else None
    folds = []
    for number, rows in enumerate(plan(target, parted.train_rows, spec, times)):
        tell(number)
        folds.append(_prepared(parted, columns, base, rows))
    return Material(base.task, target.classes, target.positive, tuple(folds))


def _prepared(parted: Parted, columns: Sequence[Column], base: TrainingSpec, rows: Fold) -> PreparedFold:
    learn, score = rows
    scale = estimators.family(base.estimator).scaled
    prepare = preprocessing.build(columns, base.preprocessing, scale=scale, task=base.task, seed=base.seed)
    values = parted.target.values[parted.train_rows]
    train = np.asarray(prepare.fit_transform(parted.train.iloc[learn], values[learn]), dtype=np.float64)
    test = np.asarray(prepare.transform(parted.train.iloc[score]), dtype=np.float64)
    classes = parted.target.classes
    actual = np.searchsorted(np.array(classes), values[score]) if classes else values[score]
    return PreparedFold(train, values[learn], test, actual)


def _at_random(answers: Array, spec: StudySpec, *, stratified: bool) -> list[Fold]:
    from sklearn.model_selection import KFold, StratifiedKFold

    kind = StratifiedKFold if stratified else KFold
    return list(kind(spec.folds, shuffle=True, random_state=spec.seed).split(np.zeros(len(answers)), answers))


def _by_time(moments: Array, folds: int) -> list[Fold]:
    """Cut the moments into one block more than folds; each block but the first is scored by what came before it."""
    ordered = np.sort(moments, kind="stable")
    cuts = [ordered[len(ordered) * turn // (folds + 1)] for turn in range(1, folds + 1)]
    ends = [*cuts[1:], None]
    found = []
    for begin, end in zip(cuts, ends, strict=True):
        learn = np.flatnonzero(moments < begin)
        score = np.flatnonzero((moments >= begin) if end is None else (moments >= begin) & (moments < end))
        found.append((learn, score))
    if any(not len(learn) or not len(score) for learn, score in found):
        raise InvalidStudy(problem=f"there are too few different moments for {folds} folds in time. Use fewer folds.")
    return found


def _require_rows(target: Target, answers: Array, folds: int) -> None:
    if len(answers) < 2 * folds:
        raise InvalidStudy(problem=f"{len(answers)} training rows are too few for {folds} folds. Use fewer folds.")
    if not target.classes:
        return
    names, counts = np.unique(answers, return_counts=True)
    rarest = int(counts.argmin())
    if counts[rarest] < folds:
        raise InvalidStudy(
            problem=f"the class {str(names[rarest])!r} has {counts[rarest]} training rows, too few for {folds} folds. "
            f"Use at most {max(int(counts[rarest]), 2)} folds, or add rows of that class."
        )


def _require_classes(target: Target, answers: Array, folds: Sequence[Fold]) -> None:
    for number, (learn, _) in enumerate(folds, start=1):
        absent = [repr(value) for value in target.classes if value not in set(np.unique(answers[learn]).tolist())]
        if absent:
            raise InvalidStudy(
                problem=f"the rows before fold {number} have none of the class {', '.join(absent)}, so it cannot be "
                "learned. Use fewer folds, or split at random."
            )
