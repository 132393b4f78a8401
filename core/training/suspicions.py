"""What a careful colleague would point out about a table or a result, in words."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from core.records.dataset import Column, ColumnKind
from core.records.metric import METRICS, metrics_of
from core.records.project import Task
from core.training.fitted import Fitted, Side
from core.training.measures import Array, Outcome, measure_one

FEW_TRAINING, FEW_TEST = 20, 10
COPIED_SHARE = 0.02
MANY_VALUES = 100
DATES_SHARE = 0.9
ID_SHARE, ID_ROWS = 0.95, 50
LEANED_SHARE, ALONE = 0.5, 0.95
ALONE_METRIC = {Task.BINARY: "roc_auc", Task.MULTICLASS: "balanced_accuracy", Task.REGRESSION: "r2"}
ALONE_ROWS = 20_000
IDENTIFIER = (
    "The feature {name!r} has a different value in nearly every row, like an identifier; the model may learn rows by "
    "heart. Consider leaving it out."
)


def columns(train: pd.DataFrame, kinds: Sequence[Column]) -> tuple[str, ...]:
    """Point out features that tell a model nothing: empty ones, and identifiers."""
    found = []
    for column in kinds:
        values = train[column.name]
        if values.isna().all():
            found.append(f"The feature {column.name!r} is empty in all training rows and tells the model nothing.")
        elif is_identifier(column.kind, int(values.nunique()), int(values.notna().sum())):
            found.append(IDENTIFIER.format(name=column.name))
        elif column.kind is ColumnKind.TEXT:
            found.extend(_wordy(column.name, values))
    return tuple(found)


def _wordy(name: str, values: "pd.Series[Any]") -> tuple[str, ...]:
    """Point out texts that are really dates, or so many that most share one column."""
    known = values.dropna().astype(str)
    different = known.nunique()
    if _are_dates(known):
        text = (
            f"The feature {name!r} holds dates as text, which the model sees as {different} unrelated words. Upload it "
            "as dates and derive year, month or weekday from it."
        )
        return (text,)
    if different > MANY_VALUES:
        text = (
            f"The feature {name!r} has {different:,} different texts; rare ones are put together, so that at most "
            f"{MANY_VALUES} columns are made of it."
        )
        return (text,)
    return ()


def _are_dates(known: "pd.Series[Any]") -> bool:
    sample = known.iloc[:200]
    looks = sample.str.fullmatch(r"\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}([T ].*)?")
    return len(sample) > 0 and bool(looks.mean() >= DATES_SHARE)


def is_identifier(kind: ColumnKind, distinct: int, rows: int) -> bool:
    """Tell whether a text or whole-number column looks like an identifier: nearly as many values as rows."""
    if rows < ID_ROWS:
        return False
    return distinct == rows if kind is ColumnKind.INTEGER else kind is ColumnKind.TEXT and distinct >= ID_SHARE * rows


def copies(train: pd.DataFrame, test: pd.DataFrame, learned: Array, held_out: Array) -> tuple[str, ...]:
    """Point out held-out rows that are exact copies of training rows, answer included."""
    both = pd.util.hash_pandas_object(pd.concat([train, test]), index=False).to_numpy()
    known = pd.util.hash_array(np.concatenate([learned, held_out]).astype(np.float64))
    rows = both ^ (known * np.uint64(11400714819323198485))
    same = int(np.isin(rows[len(train) :], rows[: len(train)]).sum())
    if same < max(FEW_TEST, COPIED_SHARE * len(test)):
        return ()
    text = (
        f"{same} of {len(test)} held-out rows are exact copies of training rows, so the figures flatter the model. "
        "Remove duplicates from the data, or split by a group column that keeps copies together."
    )
    return (text,)


def narrow(matrix: Array) -> tuple[str, ...]:
    """Point out a table with more columns, as the model sees them, than rows."""
    rows, columns = matrix.shape
    if columns <= rows:
        return ()
    text = (
        f"{columns} columns (as the model sees them) but only {rows} training rows: the model can learn every row by "
        "heart. Choose fewer features or a model with strong regularisation."
    )
    return (text,)


def overfit(
    learned: dict[str, float],
    metrics: dict[str, float],
    baseline: dict[str, float],
    bands: dict[str, tuple[float, float]],
    primary: str,
) -> tuple[str, ...]:
    """Point out a model that loses more than half of its skill on held-out rows, beyond what chance explains."""
    if any(primary not in found for found in (learned, metrics, baseline, bands)):
        return ()
    skill, kept = _skill(learned, baseline, primary), _skill(metrics, baseline, primary)
    low, high = bands[primary]
    is_chance = low <= learned[primary] <= high
    if skill <= 0 or kept > skill / 2 or is_chance:
        return ()
    title = METRICS[primary].title
    text = (
        f"Overfit: {title} is {learned[primary]:.4g} on the rows it learned from but {metrics[primary]:.4g} on "
        "held-out rows. Try stronger regularisation, fewer features or more rows."
    )
    return (text,)


def small_classes(fitted: Fitted, train: Array, test: Array) -> tuple[str, ...]:
    """Point out classes with too few rows to learn or to judge."""
    if not fitted.classes:
        return ()
    size = len(fitted.classes)
    counts = zip(fitted.classes, np.bincount(train, minlength=size), np.bincount(test, minlength=size), strict=True)
    return tuple(
        f"The class {str(value)!r} has only {learned} training and {tested} test rows; its figures are shaky."
        for value, learned, tested in counts
        if learned < FEW_TRAINING or tested < FEW_TEST
    )


def undefined(task: Task, metrics: dict[str, float], primary: str) -> tuple[str, ...]:
    """Point out metrics that the test rows do not define."""
    missing = [metric.title for metric in metrics_of(task) if metric.name not in metrics]
    if not missing:
        return ()
    blame = ", the project's metric among them" if primary not in metrics else ""
    return (f"Not defined on the test rows{blame}: {', '.join(missing)}.",)


def no_better(metrics: dict[str, float], baseline: dict[str, float], primary: str) -> tuple[str, ...]:
    """Point out a model that loses to, or ties with, the best constant answer."""
    if primary not in metrics or primary not in baseline:
        return ()
    if _skill(metrics, baseline, primary) > 1e-9:
        return ()
    reached = f"{METRICS[primary].title} is {metrics[primary]:.4g}, without any column {baseline[primary]:.4g}"
    return (f"No better than always giving the same answer: {reached}.",)


def leaks(
    fitted: Fitted,
    primary: str,
    metrics: dict[str, float],
    baseline: dict[str, float],
    leaned: Sequence[tuple[str, float, float]],
    train: Side,
    test: Side,
) -> tuple[str, ...]:
    """Point out columns that carry most of the skill and nearly give the answer away on their own."""
    if primary not in metrics or primary not in baseline:
        return ()
    skill = _skill(metrics, baseline, primary)
    heavy = [name for name, loss, _ in leaned if skill > 0 and loss >= LEANED_SHARE * skill]
    blocks = fitted.blocks()
    alone = {name: _alone(fitted, blocks[name], train, test) for name in heavy}
    title = METRICS[ALONE_METRIC[fitted.task]].title
    return tuple(
        (
            f"Suspected leak: {name!r} alone nearly gives the answer away ({title} {value:.3f}). Make sure it is known "
            "before the answer is."
        )
        for name, value in alone.items()
        if value >= ALONE
    )


def _skill(metrics: dict[str, float], baseline: dict[str, float], primary: str) -> float:
    sign = 1.0 if METRICS[primary].higher_is_better else -1.0
    return sign * (metrics[primary] - baseline[primary])


def _alone(fitted: Fitted, block: Array, train: Side, test: Side) -> float:
    """Return what a small tree reaches on one column."""
    from sklearn import tree

    kind: Any = tree.DecisionTreeClassifier if fitted.task.is_classification else tree.DecisionTreeRegressor
    rows = slice(None, None, -(-len(train.actual) // ALONE_ROWS))
    small = kind(max_depth=4, random_state=0).fit(train.matrix[rows][:, block], train.actual[rows])
    seen = test.matrix[:, block]
    metric = ALONE_METRIC[fitted.task]
    if not fitted.task.is_classification:
        answered = small.predict(seen)
        return measure_one(Outcome(fitted.task, test.actual, answered, np.empty((len(seen), 0)), None), metric)
    scores = np.zeros((len(seen), len(fitted.classes)))
    scores[:, small.classes_] = small.predict_proba(seen)
    return measure_one(fitted.outcome_of(scores, test.actual), metric)
