"""The model of another program: read safely, and brought into the shape that is judged and served here."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import version as installed
from typing import TYPE_CHECKING, Any

from core.errors import UnsafeModel
from core.records.adoption import LoggedModel
from core.records.dataset import Column, ColumnKind, DatasetVersion
from core.records.project import Task
from core.training import model_file
from core.training.adoption.description import HOW_TO_LOG, Unadoptable
from core.training.fitted import MODEL, PREPARE
from core.training.trusted_types import TRUSTED

if TYPE_CHECKING:
    import pandas as pd
    from sklearn.pipeline import Pipeline

_NUMBERS = frozenset({ColumnKind.INTEGER, ColumnKind.NUMBER, ColumnKind.BOOLEAN})
KINDS = {
    "integer": _NUMBERS,
    "long": _NUMBERS,
    "float": _NUMBERS,
    "double": _NUMBERS,
    "boolean": _NUMBERS,
    "string": frozenset({ColumnKind.TEXT}),
    "datetime": frozenset({ColumnKind.DATETIME}),
}
"""Which of our columns can stand for a column of MLflow's type."""

HINTS = {
    "sklearn.neighbors._kd_tree.KDTree": " Nearest neighbours are read when they search with algorithm='brute'.",
    "sklearn.model_selection._search.GridSearchCV": " Log the search's best_estimator_ instead.",
    "sklearn.model_selection._search.RandomizedSearchCV": " Log the search's best_estimator_ instead.",
}


@dataclass(frozen=True)
class Foreign:
    """A model of another program, as a pipeline of preparation and model, with the class name of the latter."""

    pipeline: "Pipeline"
    estimator: str


def read(content: bytes, logged: LoggedModel) -> Foreign:
    """Return the model in a skops file that MLflow describes as ``logged``.

    Raises:
        Unadoptable: it was fitted with another scikit-learn, or holds what is not on our list.
    """
    here = installed("scikit-learn")
    if _release(logged.scikit_learn) != _release(here):
        was = logged.scikit_learn or "an unknown release"
        raise Unadoptable(f"it was fitted with scikit-learn {was}, but {here} answers here. Fit it again with that one")
    strange = sorted({name for name, _ in _nodes(content)} - TRUSTED)
    if strange:
        hint = next((text for name, text in HINTS.items() if name in strange), "")
        raise Unadoptable(
            f"it holds types that are not trusted: {', '.join(strange[:5])}. Use steps and models of scikit-learn "
            f"itself, without functions of your own.{hint}".removesuffix(".")
        )
    try:
        return _shaped(model_file.read(content))
    except UnsafeModel as error:
        raise Unadoptable(_problem(error)) from error


def _release(version: str) -> list[str]:
    return version.split(".")[:2]


def _nodes(content: bytes) -> frozenset[tuple[str, str]]:
    try:
        return model_file.nodes(content)
    except UnsafeModel as error:
        raise Unadoptable(f"{_problem(error)}. {HOW_TO_LOG}") from error


def _problem(error: UnsafeModel) -> str:
    return str(error.facts["problem"]).removesuffix(".")


def _shaped(found: Any) -> Foreign:
    """Name the steps as ours are, so that the model can be compiled, and let it answer on one thread."""
    from sklearn.pipeline import Pipeline

    steps = [step for _, step in found.steps] if isinstance(found, Pipeline) else [found]
    model, before = steps[-1], [step for step in steps[:-1] if step is not None and step != "passthrough"]
    if not hasattr(model, "predict"):
        raise Unadoptable(f"its model {type(model).__name__} gives no answers (it has no predict)")
    _single_threaded(found)
    prepare = before[0] if len(before) == 1 else Pipeline([(f"step_{at}", one) for at, one in enumerate(before)])
    shaped = [(PREPARE, prepare)] if before else []
    return Foreign(Pipeline([*shaped, (MODEL, model)]), type(model).__name__)


def _single_threaded(found: Any) -> None:
    params = found.get_params(deep=True)
    found.set_params(**{name: 1 for name in params if name.split("__")[-1] == "n_jobs"})


def columns(foreign: Foreign, logged: LoggedModel, version: DatasetVersion) -> tuple[Column, ...]:
    """Return the inputs of the model as columns of a dataset version, in the model's order.

    Raises:
        Unadoptable: nobody knows its columns, or the data has other ones.
    """
    names = [str(name) for name in getattr(foreign.pipeline, "feature_names_in_", ())]
    names = names or [name for name, _ in logged.inputs]
    if not names:
        raise Unadoptable(
            "nobody knows its columns: it was fitted on an array and logged without a signature. Fit it on a "
            "DataFrame, or log it with an input example"
        )
    types = dict(logged.inputs)
    return tuple(_column(name, types.get(name), version) for name in names)


def _column(name: str, type_: str | None, version: DatasetVersion) -> Column:
    column = version.column(name)
    if column is None:
        raise Unadoptable(f"it learned from a column {name!r}, which {version.ref} does not have")
    if type_ in KINDS and column.kind not in KINDS[type_]:
        raise Unadoptable(
            f"its column {name!r} holds {type_} values, but {version.ref} holds it as {column.kind.value}. Store the "
            f"data with that column read the same way"
        )
    return column


def classes(foreign: Foreign, task: Task, target: str, known: Sequence[Any], named: Sequence[str]) -> tuple[Any, ...]:
    """Return what the model's answers are called in the target, in the order of its scores; empty for numbers.

    ``known`` are the target's own classes, ``named`` the names a person gave the model's classes in their order.

    Raises:
        Unadoptable: the model does not fit the task, or its classes are called otherwise.
    """
    from sklearn.base import is_classifier, is_regressor

    model = foreign.pipeline
    if task is Task.REGRESSION:
        if not is_regressor(model):
            raise Unadoptable(f"{foreign.estimator} predicts no numbers, but the project is a regression")
        return ()
    if not is_classifier(model) or not hasattr(model, "predict_proba"):
        raise Unadoptable(
            f"{foreign.estimator} gives no class probabilities (predict_proba), which every answer of a {task.value} "
            "project needs"
        )
    own = [value.item() if hasattr(value, "item") else value for value in model.classes_]
    wanted = [str(value) for value in own] if not named else list(named)
    by_name = {str(value): value for value in known}
    if len(wanted) != len(own) or not set(by_name) <= set(wanted):
        raise Unadoptable(
            f"its classes are {_listed(own)}, but the target {target!r} has {_listed(known)}. Say what each is called, "
            f"in the model's order (--classes {','.join(map(str, known))})"
        )
    return tuple(by_name.get(name, name if named else value) for name, value in zip(wanted, own, strict=True))


def _listed(values: Sequence[Any]) -> str:
    return ", ".join(repr(value) for value in values[:10])


def example(content: bytes | None) -> "pd.DataFrame | None":
    """Return the rows of an input example, or None when there are none that can be read."""
    import pandas as pd

    if content is None:
        return None
    try:
        document = json.loads(content)
        return pd.DataFrame(document["data"], columns=document.get("columns"))
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None
