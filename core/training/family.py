"""What the catalogue says of an estimator, and what it adds to the constraints that the estimator declares."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from core.records.training import Condition, Rule


@dataclass(frozen=True, kw_only=True)
class Hint:
    """What an estimator does not declare of a hyperparameter: why it matters and which values are worth trying.

    ``soft`` is the range worth trying, ``choices`` limits what is offered, ``default`` replaces the estimator's own,
    ``low`` its lower limit. It only has an effect where all of ``applies`` hold. ``layers`` says that it is a list of
    whole numbers, ``required`` that None is not offered though it is declared, ``empty`` the word that an empty number
    stands for. ``choice_help`` says what single choices want, where they are offered.
    """

    help: str
    choice_help: Mapping[str, str] = field(default_factory=dict)
    soft: tuple[float, float] | None = None
    log: bool = False
    advanced: bool = False
    choices: tuple[str, ...] = ()
    default: int | float | str | None = None
    low: float | None = None
    layers: bool = False
    required: bool = False
    empty: str = ""
    applies: tuple[Condition, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Family:
    """One entry of the catalogue: its classes as ``module:Class`` and its table of hyperparameters.

    ``scaled`` says that numbers should be standardised for it, ``threaded`` that fitting on several threads gives
    the same model, ``calibrated`` that its classes have no probabilities of their own, so that they are learned on
    folds. ``fixed`` are arguments nobody may change; ``package`` what must be installed beside scikit-learn.
    """

    key: str
    title: str
    group: str
    summary: str
    classifier: str | None = None
    regressor: str | None = None
    scaled: bool = False
    threaded: bool = False
    calibrated: bool = False
    package: str | None = None
    slow_above: int | None = None
    fixed: Mapping[str, Any] = field(default_factory=dict)
    hints: Mapping[str, Hint] = field(default_factory=dict)
    rules: tuple[Rule, ...] = ()
    notes: tuple[str, ...] = ()


CLASS_WEIGHT = Hint(help="'balanced' gives rare classes as much weight in total as frequent ones.")
INTERCEPT = Hint(help="Whether the model may have a constant term.", advanced=True)
TOLERANCE = Hint(help="How exactly the solver must hit the optimum.", soft=(1e-6, 1e-2), log=True, advanced=True)
POSITIVE = Hint(help="Whether all weights must be positive.", advanced=True)


def where(name: str, *values: int | float | str | bool | None) -> Condition:
    """Return the condition that a parameter has one of these values."""
    return Condition(name=name, values=values)


def unless(name: str, *values: int | float | str | bool | None) -> Condition:
    """Return the condition that a parameter has none of these values."""
    return Condition(name=name, values=values, negated=True)
