"""The catalogue made usable: cards for forms and commands, and estimators ready to fit."""

import inspect
from collections.abc import Mapping
from functools import cache
from importlib import import_module
from typing import Any

from core.errors import UnknownEstimator
from core.records.project import Task
from core.records.training import EstimatorCard, Parameter, ParameterValue
from core.training.catalogue import CATALOGUE, Family
from core.training.parameters import check, derive, parse

__all__ = ["build", "card", "cards", "check", "family", "parse"]


@cache
def cards(task: Task) -> tuple[EstimatorCard, ...]:
    """Return what is on offer for ``task``, in the order of the form; imports scikit-learn at first use."""
    return tuple(_card(entry, task) for entry in CATALOGUE if _path(entry, task))


def card(key: str, task: Task) -> EstimatorCard:
    """Return one card.

    Raises:
        UnknownEstimator: nothing of that name is on offer for ``task``.
    """
    found = next((card for card in cards(task) if card.key == key), None)
    if found is None:
        raise UnknownEstimator(key=key, task=task.value, known=", ".join(card.key for card in cards(task)))
    return found


def family(key: str) -> Family:
    """Return the catalogue entry called ``key``, which exists."""
    return next(entry for entry in CATALOGUE if entry.key == key)


def build(key: str, task: Task, params: Mapping[str, ParameterValue], seed: int) -> Any:
    """Return an unfitted scikit-learn estimator that is the same each time for the same arguments.

    Raises:
        UnknownEstimator: nothing of that name is on offer for ``task``.
        InvalidParameter: a parameter is unknown or out of its range.
    """
    values = check(card(key, task), params)
    cls = _class(_path(family(key), task))
    fixed = {"random_state": seed} if "random_state" in inspect.signature(cls).parameters else {}
    return cls(**values, **fixed)


def _path(entry: Family, task: Task) -> str:
    return (entry.classifier if task.is_classification else entry.regressor) or ""


@cache
def _class(path: str) -> Any:
    module, _, name = path.partition(":")
    return getattr(import_module(module), name)


def _card(entry: Family, task: Task) -> EstimatorCard:
    parameters = _parameters(entry, _class(_path(entry, task)))
    return EstimatorCard(key=entry.key, title=entry.title, summary=entry.summary, task=task, parameters=parameters)


def _parameters(entry: Family, cls: Any) -> tuple[Parameter, ...]:
    signature = inspect.signature(cls).parameters
    declared = cls._parameter_constraints
    derived = (
        derive(name, declared[name], signature[name].default, hint)
        for name, hint in entry.hints.items()
        if name in declared
    )
    return tuple(parameter for parameter in derived if parameter is not None)
