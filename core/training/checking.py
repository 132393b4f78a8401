"""What a spec asks of a dataset version: columns that exist, roles that make sense, a metric of the task."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from core.datasets.fit import meant
from core.errors import InvalidSpec
from core.records.dataset import Column, ColumnKind, DatasetVersion
from core.records.metric import METRICS, metrics_of
from core.records.preparation import Step
from core.records.project import Project, Task
from core.records.training import SplitKind, Threshold, ThresholdRule, TrainingSpec
from core.training.steps.planning import needed

if TYPE_CHECKING:
    import pandas as pd


def default_features(project: Project, version: DatasetVersion, steps: Sequence[Step] = ()) -> tuple[str, ...]:
    """Return the columns worth learning from: not the target, ids, times, dates, constants or free text.

    What the ``steps`` of a preparation read is always among them, whatever it is; the target never is.
    """
    read = {*needed(version.columns, steps)} - {project.target}
    worth = _worth_learning(project, version)
    return tuple(column.name for column in version.columns if column.name in read or column.name in worth)


def _worth_learning(project: Project, version: DatasetVersion) -> frozenset[str]:
    special = {project.target, project.id_column, project.time_column}
    profiles = {column.name: column for column in version.profile.columns}
    return frozenset(
        column.name
        for column in version.columns
        if column.name not in special
        and column.kind is not ColumnKind.DATETIME
        and profiles[column.name].distinct > 1
        and not _is_free_text(column, profiles[column.name].distinct, version.rows - profiles[column.name].nulls)
    )


def _is_free_text(column: Column, distinct: int, rows: int) -> bool:
    from core.training.suspicions import is_identifier

    return column.kind is ColumnKind.TEXT and is_identifier(column.kind, distinct, rows)


def require_metric(spec: TrainingSpec) -> None:
    """Check that the metric of ``spec`` makes sense for its task.

    Raises:
        InvalidSpec: it does not.
    """
    if spec.metric not in METRICS or spec.task not in METRICS[spec.metric].tasks:
        known = ", ".join(metric.name for metric in metrics_of(spec.task))
        raise InvalidSpec(problem=f"{spec.metric!r} is no metric of {spec.task} projects. Choose one of: {known}.")


def require_current(project: Project, spec: TrainingSpec) -> None:
    """Check that ``spec`` predicts what ``project`` predicts now; it can be edited after a spec was made.

    Raises:
        InvalidSpec: it does not.
    """
    if spec.task is not project.task:
        raise InvalidSpec(problem=f"it is made for a {spec.task} project, but {spec.project!r} is {project.task}.")
    if (spec.target, spec.positive) != (project.target, project.positive):
        raise InvalidSpec(
            problem=f"it predicts {_wanted(spec)}, but {spec.project!r} predicts {_wanted(project)} now. Begin a new "
            "training."
        )


def _wanted(of: Project | TrainingSpec) -> str:
    return repr(of.target) if of.positive is None else f"{of.target!r} ({of.positive!r})"


def feature_columns(version: DatasetVersion, spec: TrainingSpec) -> tuple[Column, ...]:
    """Return the feature columns of ``spec``, in its order.

    Raises:
        InvalidSpec: a column it names does not exist, is named twice, or is the target itself.
    """
    known = {column.name: column for column in version.columns}
    if spec.target not in known:
        near = meant(spec.target, known)
        raise InvalidSpec(problem=f"{spec.dataset} has no column {spec.target!r}, the target.{near} {_having(version)}")
    unknown = [repr(name) for name in spec.features if name not in known]
    if unknown:
        raise InvalidSpec(problem=f"{spec.dataset} has no column {', '.join(unknown)}. {_having(version)}")
    if spec.target in spec.features:
        raise InvalidSpec(problem=f"the target {spec.target!r} is among the features; the model would only copy it.")
    if len(set(spec.features)) < len(spec.features):
        raise InvalidSpec(problem="a feature is named twice.")
    return tuple(known[name] for name in spec.features)


def needed_columns(version: DatasetVersion, spec: TrainingSpec) -> list[str]:
    """Return the names of all columns a training reads: features, target, those it splits by or compares groups of.

    Raises:
        InvalidSpec: one of the latter does not exist.
    """
    return list(
        dict.fromkeys(
            [
                *spec.features,
                spec.target,
                *time_columns(version, spec),
                *group_columns(version, spec),
                *recency_columns(version, spec),
                *fairness_columns(version, spec),
            ]
        )
    )


def time_columns(version: DatasetVersion, spec: TrainingSpec) -> list[str]:
    """Return the name of the time column when ``spec`` splits by time.

    Raises:
        InvalidSpec: there is no such column.
    """
    if spec.split.kind is not SplitKind.TIME:
        return []
    name = spec.split.time_column
    if name is None or version.column(name) is None:
        near = meant(name or "", (column.name for column in version.columns))
        raise InvalidSpec(problem=f"{spec.dataset} has no time column {name!r} to split by.{near} {_having(version)}")
    return [name]


def group_columns(version: DatasetVersion, spec: TrainingSpec) -> list[str]:
    """Return the name of the group column when ``spec`` splits by groups.

    Raises:
        InvalidSpec: there is no such column.
    """
    if spec.split.kind is not SplitKind.GROUP:
        return []
    name = spec.split.group_column
    if name is None or version.column(name) is None:
        raise InvalidSpec(problem=f"{spec.dataset} has no group column {name!r} to split by. {_having(version)}")
    return [name]


def recency_columns(version: DatasetVersion, spec: TrainingSpec) -> list[str]:
    """Return the name of the column by which newer rows matter more.

    Raises:
        InvalidSpec: there is no such column.
    """
    if spec.recency is None:
        return []
    if version.column(spec.recency.column) is None:
        raise InvalidSpec(problem=f"{spec.dataset} has no column {spec.recency.column!r} to tell newer rows by.")
    return [spec.recency.column]


def fairness_columns(version: DatasetVersion, spec: TrainingSpec) -> list[str]:
    """Return the names of the columns whose groups ``spec`` compares.

    Raises:
        InvalidSpec: there is no such column, or it is the target.
    """
    for name in spec.fairness:
        if version.column(name) is None:
            raise InvalidSpec(problem=f"{spec.dataset} has no column {name!r} to compare groups of. {_having(version)}")
        if name == spec.target:
            raise InvalidSpec(problem=f"groups of the target {name!r} cannot be compared.")
    return list(spec.fairness)


def require_threshold(spec: TrainingSpec) -> None:
    """Check that the threshold of ``spec`` makes sense for its task.

    Raises:
        InvalidSpec: it does not.
    """
    rule = spec.threshold.rule
    if spec.task is not Task.BINARY and spec.threshold != Threshold():
        raise InvalidSpec(problem=f"a {spec.task} project has no threshold; only binary ones have.")
    if spec.split.inner and (spec.task is not Task.BINARY or rule is ThresholdRule.FIXED):
        raise InvalidSpec(
            problem="inner folds choose the threshold, and here none is chosen. Take a rule for the threshold of a "
            "binary project, or a split with folds alone; hyperparameters are chosen by tuning."
        )
    if rule is ThresholdRule.MIN_COST and spec.threshold.costs is None:
        raise InvalidSpec(
            problem="the threshold with the best value needs the project's cost matrix, and it has none. Create the "
            "project with one, or choose another rule."
        )


def rehearse(table: "pd.DataFrame", spec: TrainingSpec) -> None:
    """Part the rows as the training will; ``table`` has the target and the columns the split goes by.

    Raises:
        InvalidSpec: there is nothing to learn or to test, too little for the folds, or the target holds values that
            the loss of the estimator does not take.
    """
    from core.training import recency, splitting, validation

    answers, kept = recency.answered(table, spec)
    recency.weights(kept, spec)
    times = kept[spec.split.time_column] if spec.split.kind is SplitKind.TIME else None
    groups = kept[spec.split.group_column] if spec.split.kind is SplitKind.GROUP else None
    train, _ = splitting.split(answers, spec.split, spec.seed, times, groups)
    if validation.wanted(spec):
        by = [None if column is None else column.iloc[train] for column in (times, groups)]
        values = answers.values[train]
        for fold in validation.folds_of(spec, validation.wanted(spec), values, *by):
            if spec.split.inner:
                within = [None if column is None else column.iloc[fold.learned] for column in by]
                validation.folds_of(spec, spec.split.inner, values[fold.learned], *within)
    _require_sign(answers.values, spec)


def _require_sign(values: Any, spec: TrainingSpec) -> None:
    loss = spec.params.get("loss") or spec.params.get("criterion")
    if spec.task.is_classification or loss not in ("poisson", "gamma"):
        return
    lowest = float(values.min())
    if lowest < 0 or (loss == "gamma" and lowest == 0):
        wanted = "no negative value" if loss == "poisson" else "values above zero only"
        raise InvalidSpec(problem=f"the loss {loss!r} wants {wanted}, but the target {spec.target!r} has {lowest:g}.")


def _having(version: DatasetVersion) -> str:
    names = [column.name for column in version.columns]
    more = f" and {len(names) - 20} more" if len(names) > 20 else ""
    return f"It has: {', '.join(names[:20])}{more}."
