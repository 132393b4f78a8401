"""The catalogue made usable: cards for forms and commands, and estimators ready to fit."""

import inspect
from collections.abc import Mapping
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from core.errors import ExtraMissing, UnknownEstimator
from core.records.project import Task
from core.records.training import EstimatorCard, Parameter, ParameterValue
from core.training.catalogue import CATALOGUE, Family
from core.training.own_recipes import code, shelf
from core.training.parameters import check, derive, layer_sizes, parse, settle

__all__ = ["build", "card", "cards", "check", "family", "parse", "settle"]

CALIBRATION_FOLDS = 5


def cards(task: Task) -> tuple[EstimatorCard, ...]:
    """Return what is on offer for ``task``, in the order of the form, own recipes last; imports scikit-learn at first
    use."""
    return (*_built_in(task), *shelf.cards(task))


@cache
def _built_in(task: Task) -> tuple[EstimatorCard, ...]:
    return tuple(_card(entry, task) for entry in CATALOGUE if _path(entry, task) and is_installed(entry))


def is_installed(entry: Family) -> bool:
    """Tell whether everything that ``entry`` needs is installed."""
    return entry.package is None or find_spec(entry.package) is not None


def card(key: str, task: Task) -> EstimatorCard:
    """Return one card.

    Raises:
        UnknownEstimator: nothing of that name is on offer for ``task``.
        ExtraMissing: it would be, were its package installed.
    """
    found = next((card for card in cards(task) if card.key == key), None)
    if found is None:
        missing = next((entry for entry in CATALOGUE if entry.key == key and not is_installed(entry)), None)
        if missing is not None and missing.package:
            raise ExtraMissing(feature=missing.title, command=f"pip install {missing.package}")
        raise UnknownEstimator(key=key, task=task.value, known=", ".join(card.key for card in cards(task)))
    return found


def family(key: str) -> Family:
    """Return the catalogue entry called ``key``, which exists."""
    recipe = shelf.known(key)
    if recipe is not None:
        return shelf.family(recipe)
    return next(entry for entry in CATALOGUE if entry.key == key)


def build(key: str, task: Task, params: Mapping[str, ParameterValue], seed: int) -> Any:
    """Return an unfitted scikit-learn estimator that is the same each time for the same arguments.

    Raises:
        UnknownEstimator: nothing of that name is on offer for ``task``.
        InvalidParameter: a parameter is unknown or out of its range.
    """
    found, entry = card(key, task), family(key)
    values = check(found, params)
    recipe = shelf.known(key)
    if recipe is not None:
        return code.RecipeModel(recipe, values, seed)
    cls = _class(_path(entry, task))
    fixed = {"random_state": seed} if "random_state" in inspect.signature(cls).parameters else {}
    given = {p.name: _argument(p, values[p.name]) for p in found.parameters}
    model = cls(**given, **fixed, **entry.fixed)
    return _calibrated(model) if entry.calibrated and task.is_classification else model


def _argument(parameter: Parameter, value: ParameterValue) -> Any:
    if value is None and parameter.empty:
        return parameter.empty
    return layer_sizes(value) if parameter.kind == "layers" and isinstance(value, str) else value


def _calibrated(model: Any) -> Any:
    """Give a classifier without probabilities Platt's, learned on out-of-fold scores, around one model of all rows."""
    from sklearn.calibration import CalibratedClassifierCV

    return CalibratedClassifierCV(model, method="sigmoid", cv=CALIBRATION_FOLDS, ensemble=False)


def _path(entry: Family, task: Task) -> str:
    return (entry.classifier if task.is_classification else entry.regressor) or ""


@cache
def _class(path: str) -> Any:
    module, _, name = path.partition(":")
    return getattr(import_module(module), name)


def _card(entry: Family, task: Task) -> EstimatorCard:
    parameters = _parameters(entry, _class(_path(entry, task)))
    names = {parameter.name for parameter in parameters}
    return EstimatorCard(
        key=entry.key,
        title=entry.title,
        summary=entry.summary,
        task=task,
        parameters=parameters,
        group=entry.group,
        rules=tuple(r for r in entry.rules if r.when.name in names and (not r.tasks or task in r.tasks)),
        notes=entry.notes if task.is_classification or not entry.calibrated else (),
        slow_above=entry.slow_above,
    )


def _parameters(entry: Family, cls: Any) -> tuple[Parameter, ...]:
    signature = inspect.signature(cls).parameters
    declared = cls._parameter_constraints
    derived = (
        derive(name, declared[name], signature[name].default, hint)
        for name, hint in entry.hints.items()
        if name in declared
    )
    return tuple(parameter for parameter in derived if parameter is not None)


def fit_folds(model: Any, answers: Any) -> None:
    """Let a calibrated ``model`` use as many folds as its rarest class has rows.

    Raises:
        ValueError: a class has a single row, so that its probability cannot be learned on rows apart.
    """
    import numpy as np

    if isinstance(model, code.RecipeModel) or "ensemble" not in model.get_params(deep=False):
        return
    values, counts = np.unique(answers, return_counts=True)
    if counts.min() < 2:
        raise ValueError(f"the class {values[counts.argmin()]!s} has one training row; calibration needs two")
    model.set_params(cv=int(min(CALIBRATION_FOLDS, counts.min())))
