"""The probability from which a binary model answers with the positive class, chosen on out-of-fold predictions."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from core.records.project import CostMatrix
from core.records.training import Threshold, ThresholdRule

Array = np.ndarray[Any, Any]
Counts = tuple[float, int, int, int, int]
GRID = 101


@dataclass(frozen=True)
class Chosen:
    """A threshold, and in words why it is that one; ``warning`` when the rule could not be met."""

    value: float
    reason: str
    warning: str = ""


@dataclass(frozen=True)
class Ladder:
    """Counts when the answer is positive from each different score on, highest first."""

    scores: Array
    true_positives: Array
    false_positives: Array
    positives: int
    negatives: int


def ladder(is_positive: Array, score: Array) -> Ladder:
    """Return the counts at every threshold worth trying."""
    order = np.argsort(-score, kind="stable")
    sorted_scores, hits = score[order], is_positive[order].astype(np.int64)
    last = np.flatnonzero(np.append(np.diff(sorted_scores) != 0, True))
    found = np.cumsum(hits)[last]
    return Ladder(sorted_scores[last], found, last + 1 - found, int(hits.sum()), int(len(hits) - hits.sum()))


def choose(rule: Threshold, is_positive: Array, score: Array) -> Chosen:
    """Return the threshold that ``rule`` wants, given the truth and out-of-fold probabilities of the training rows.

    Of several equally good ones the highest counts.
    """
    if rule.rule is ThresholdRule.FIXED:
        return Chosen(rule.value, f"fixed at {rule.value:g}")
    steps = ladder(is_positive, score)
    if rule.rule is ThresholdRule.MAX_F1:
        f1 = 2 * steps.true_positives / (steps.positives + steps.true_positives + steps.false_positives)
        return _at(steps, int(np.argmax(f1)), f"F1 is highest ({f1.max():.3f})")
    if rule.rule is ThresholdRule.MIN_COST:
        value = _value(steps, rule.costs or CostMatrix())
        return _at(steps, int(np.argmax(value)), f"value by the cost matrix is highest ({value.max():g})")
    return _reach(steps, rule)


def _value(steps: Ladder, costs: CostMatrix) -> Array:
    """Return what all answers together gain (positive) or lose (negative) at each step."""
    return np.asarray(
        costs.true_positive * steps.true_positives
        + costs.false_positive * steps.false_positives
        + costs.false_negative * (steps.positives - steps.true_positives)
        + costs.true_negative * (steps.negatives - steps.false_positives)
    )


def _reach(steps: Ladder, rule: Threshold) -> Chosen:
    recall = steps.true_positives / max(steps.positives, 1)
    precision = steps.true_positives / (steps.true_positives + steps.false_positives)
    if rule.rule is ThresholdRule.TARGET_RECALL:
        place = int(np.argmax(recall >= rule.value))
        return _at(steps, place, f"the highest that reaches a recall of {rule.value:.0%} ({recall[place]:.1%})")
    enough = np.flatnonzero(precision >= rule.value)
    if len(enough):
        place = int(enough[-1])
        reason = f"the lowest that reaches a precision of {rule.value:.0%} ({precision[place]:.1%})"
        return _at(steps, place, reason)
    place = int(np.argmax(precision))
    warning = f"No threshold reaches a precision of {rule.value:.0%}; the best reaches {precision[place]:.1%}."
    return _at(steps, place, f"the one with the highest precision ({precision[place]:.1%})", warning)


def _at(steps: Ladder, place: int, reason: str, warning: str = "") -> Chosen:
    return Chosen(float(steps.scores[place]), f"{reason} on out-of-fold predictions of the training rows", warning)


def counts(is_positive: Array, score: Array) -> tuple[Counts, ...]:
    """Return (threshold, true positives, false positives, true negatives, false negatives) on an even grid."""
    marks = np.linspace(0, 1, GRID)
    of_positives, of_negatives = np.sort(score[is_positive]), np.sort(score[~is_positive])
    hits = len(of_positives) - np.searchsorted(of_positives, marks, side="left")
    alarms = len(of_negatives) - np.searchsorted(of_negatives, marks, side="left")
    return tuple(
        (float(mark), int(hit), int(alarm), int(len(of_negatives) - alarm), int(len(of_positives) - hit))
        for mark, hit, alarm in zip(marks.round(2), hits, alarms, strict=True)
    )
