"""Cross-validation of the training rows: each row answered by a model that never saw it."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from core.records.project import Task
from core.records.training import ThresholdRule, TrainingSpec
from core.training import splitting, thresholds
from core.training.measures import Array, Outcome, measure
from core.training.splitting import Fold
from core.training.thresholds import Chosen

if TYPE_CHECKING:
    from core.training.fitted import Fitted

FOLDS = 5
"""Folds when a threshold asks for out-of-fold predictions and the split names no number."""


@dataclass(frozen=True)
class Validation:
    """Out-of-fold answers: ``outcomes`` one a fold, in the order of the folds.

    ``thresholds`` are those that inner folds chose, one a fold; empty when there were no inner folds.
    """

    outcomes: tuple[Outcome, ...]
    thresholds: tuple[float, ...] = ()

    @property
    def whole(self) -> Outcome:
        """All answers together."""
        first = self.outcomes[0]
        actual, answered, scores = (
            np.concatenate(parts)
            for parts in zip(*((one.actual, one.answered, one.scores) for one in self.outcomes), strict=True)
        )
        return Outcome(first.task, actual, answered, scores, first.positive)


def wanted(spec: TrainingSpec) -> int:
    """Return how many folds a spec needs; 0 for none."""
    is_chosen = spec.task is Task.BINARY and spec.threshold.rule is not ThresholdRule.FIXED
    return spec.split.folds or (FOLDS if is_chosen else 0)


def cross_validate(
    folds: tuple[Fold, ...], learn: "Callable[[Array], Fitted]", answer: Callable[..., Outcome]
) -> Validation:
    """Learn from each fold's rows and answer the others.

    ``learn`` fits everything, preprocessing included, on the rows it is given; ``answer`` sets a fitted model's
    answers to rows beside the truth.
    """
    return Validation(tuple(answer(learn(fold.learned), fold.answered) for fold in folds))


def chosen_within(
    spec: TrainingSpec,
    folds: tuple[Fold, ...],
    part: "Callable[[Array], tuple[Fold, ...]]",
    learn: "Callable[[Array], Fitted]",
    answer: Callable[..., Outcome],
) -> tuple[float, ...]:
    """Return the threshold that each fold chooses on inner folds of the rows it learns from.

    ``part`` makes the inner folds of the rows it is given, as positions among them.
    """
    found = []
    for fold in folds:
        inner = tuple(Fold(fold.learned[one.learned], fold.learned[one.answered]) for one in part(fold.learned))
        found.append(choose(spec, cross_validate(inner, learn, answer)).value)
    return tuple(found)


def choose(spec: TrainingSpec, validation: Validation | None) -> Chosen:
    """Return the threshold a spec wants, by the out-of-fold answers where its rule needs them."""
    if validation is None or spec.task is not Task.BINARY:
        return Chosen(spec.threshold.value, f"fixed at {spec.threshold.value:g}")
    whole = validation.whole
    return thresholds.choose(spec.threshold, whole.is_positive, whole.score)


def figures(spec: TrainingSpec, validation: Validation) -> dict[str, tuple[float, ...]]:
    """Return each metric on each fold, left out where a fold does not define it.

    A chosen threshold is that of the fold's inner folds; without them it is chosen anew for each fold on the answers of
    the others. No fold sees its own truth; but the models of the others have learned from its rows, so that only inner
    folds make the figures those of a choice that never met them.
    """
    found = [measure(_judged(spec, validation, place)) for place in range(len(validation.outcomes))]
    names = [name for name in found[0] if all(name in one for one in found)]
    return {name: tuple(one[name] for one in found) for name in names}


def _judged(spec: TrainingSpec, validation: Validation, place: int) -> Outcome:
    outcome = validation.outcomes[place]
    if spec.task is not Task.BINARY or outcome.positive is None:
        return outcome
    if validation.thresholds:
        threshold = validation.thresholds[place]
    else:
        others = tuple(one for number, one in enumerate(validation.outcomes) if number != place)
        threshold = choose(spec, Validation(others) if others else None).value
    said = np.where(outcome.score >= threshold, outcome.positive, 1 - outcome.positive)
    return replace(outcome, answered=said)


def folds_of(spec: TrainingSpec, count: int, answers: Array, times: object, groups: object) -> tuple[Fold, ...]:
    """Return ``count`` folds in the manner of a spec's split; everything given is for the rows to be parted.

    Raises:
        InvalidSpec: there are too few rows for so many folds.
    """
    return splitting.folds(
        answers,
        spec.split,
        count,
        spec.seed,
        times,  # type: ignore[arg-type]
        groups,  # type: ignore[arg-type]
        stratified=spec.task.is_classification,
    )
