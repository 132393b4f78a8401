"""What a spec asks of a dataset version: columns that exist, roles that make sense, a metric of the task."""

from collections.abc import Sequence

from core.errors import InvalidSpec
from core.records.dataset import Column, ColumnKind, DatasetVersion
from core.records.metric import METRICS, metrics_of
from core.records.preparation import Step
from core.records.project import Project
from core.records.training import SplitKind, TrainingSpec
from core.training.steps.planning import needed


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


def feature_columns(version: DatasetVersion, spec: TrainingSpec) -> tuple[Column, ...]:
    """Return the feature columns of ``spec``, in its order.

    Raises:
        InvalidSpec: a column it names does not exist, is named twice, or is the target itself.
    """
    known = {column.name: column for column in version.columns}
    if spec.target not in known:
        raise InvalidSpec(problem=f"{spec.dataset} has no column {spec.target!r}, the target. {_having(version)}")
    unknown = [repr(name) for name in spec.features if name not in known]
    if unknown:
        raise InvalidSpec(problem=f"{spec.dataset} has no column {', '.join(unknown)}. {_having(version)}")
    if spec.target in spec.features:
        raise InvalidSpec(problem=f"the target {spec.target!r} is among the features; the model would only copy it.")
    if len(set(spec.features)) < len(spec.features):
        raise InvalidSpec(problem="a feature is named twice.")
    return tuple(known[name] for name in spec.features)


def needed_columns(version: DatasetVersion, spec: TrainingSpec) -> list[str]:
    """Return the names of all columns a training reads: features, target, and the time column of its split.

    Raises:
        InvalidSpec: the split is by a time column that does not exist.
    """
    return list(dict.fromkeys([*spec.features, spec.target, *time_columns(version, spec)]))


def time_columns(version: DatasetVersion, spec: TrainingSpec) -> list[str]:
    """Return the name of the time column when ``spec`` splits by time.

    Raises:
        InvalidSpec: there is no such column.
    """
    if spec.split.kind is not SplitKind.TIME:
        return []
    name = spec.split.time_column
    if name is None or version.column(name) is None:
        raise InvalidSpec(problem=f"{spec.dataset} has no time column {name!r} to split by. {_having(version)}")
    return [name]


def _having(version: DatasetVersion) -> str:
    names = [column.name for column in version.columns]
    more = f" and {len(names) - 20} more" if len(names) > 20 else ""
    return f"It has: {', '.join(names[:20])}{more}."
