"""How the champion did in a window: the project's metric beside what it was at training, and what that is worth."""

import math

import numpy as np

from core.monitoring.champion import Answered, Champion
from core.monitoring.samples import text
from core.records.metric import METRICS
from core.records.monitor import Performance
from core.records.project import CostMatrix, Project
from core.training.measures import Array, Outcome, measure_one

FEWEST = 50
"""Rows with a known truth below which a metric is no measurement."""

TENTH = 0.1
"""How much worse counts as a drop where the figure at training has no interval."""


def of_window(project: Project, champion: Champion, answered: Answered, rows: Array | None) -> Performance:
    """Measure the answers to the rows at ``rows`` (places in the side, None for all) whose truth is known."""
    chosen = _known(champion, answered, rows)
    outcome = _outcome(champion, answered, chosen)
    expected, interval = _expected(project, champion)
    told = {
        "metric": project.metric,
        "expected": expected,
        "interval": interval,
        "rows": len(chosen),
        "version": champion.deployment.version,
    }
    if len(chosen) < FEWEST:
        note = f"the truth of {len(chosen):,} rows is known; {FEWEST} are needed"
        return Performance(**told, value=None, dropped=None, note=note)
    value = measure_one(outcome, project.metric) if _can_measure(outcome, project.metric) else math.nan
    worth, usual = _worth(project.cost_matrix, champion, outcome)
    if not math.isfinite(value):
        note = f"{METRICS[project.metric].title} is not defined for these rows"
        return Performance(**told, value=None, dropped=None, note=note, worth=worth, worth_expected=usual)
    dropped = None if expected is None else is_drop(project.metric, value, expected, interval)
    return Performance(**told, value=value, dropped=dropped, worth=worth, worth_expected=usual)


def is_drop(metric: str, value: float, expected: float, interval: tuple[float, float] | None) -> bool:
    """Tell whether a figure is worse than the one at training: out of its interval, or by a tenth without one."""
    higher = METRICS[metric].higher_is_better
    low, high = interval or (expected - TENTH * abs(expected), expected + TENTH * abs(expected))
    return value < low if higher else value > high


def errors(champion: Champion, answered: Answered) -> tuple[Array, Array]:
    """Return the error of each answer whose truth is known (0 or 1 for classes, else the absolute one), and the
    places of these rows."""
    chosen = _known(champion, answered, None)
    outcome = _outcome(champion, answered, chosen)
    if champion.classes:
        return (outcome.actual != outcome.answered).astype(np.float64), answered.places[chosen]
    return np.abs(outcome.actual - outcome.answered), answered.places[chosen]


def _known(champion: Champion, answered: Answered, rows: Array | None) -> Array:
    """Return which answers lie in the window and have a known truth that the model can answer."""
    known = answered.truth.notna().to_numpy()
    if champion.classes:
        known &= answered.truth.map(text, na_action="ignore").isin(list(champion.classes)).to_numpy()
    if rows is not None:
        known &= np.isin(answered.places, rows)
    return np.flatnonzero(known)


def _outcome(champion: Champion, answered: Answered, chosen: Array) -> Outcome:
    manifest = champion.manifest
    truth, answers = answered.truth.iloc[chosen], answered.answers.iloc[chosen]
    scores = answered.scores[chosen]
    if not champion.classes:
        sides = [side.to_numpy(dtype=np.float64) for side in (truth, answers)]
        return Outcome(manifest.task, sides[0], sides[1], scores, None)
    codes = [side.map(text).map(champion.classes).to_numpy(dtype=np.int64) for side in (truth, answers)]
    return Outcome(manifest.task, codes[0], codes[1], scores, manifest.positive_index)


def _can_measure(outcome: Outcome, metric: str) -> bool:
    """Whether the metric can be had from what is known: some need a probability for every class."""
    needs = metric in ("roc_auc", "average_precision", "log_loss", "brier", "roc_auc_macro")
    return not (needs and outcome.scores.shape[1] == 0)


def _expected(project: Project, champion: Champion) -> tuple[float | None, tuple[float, float] | None]:
    found = champion.evaluation
    if found is None:
        return None, None
    return found.metrics.get(project.metric), found.intervals.get(project.metric)


def _worth(costs: CostMatrix | None, champion: Champion, outcome: Outcome) -> tuple[float | None, float | None]:
    """Return what the answers were worth, and what as many answers like those at training would have been."""
    if costs is None or outcome.positive is None:
        return None, None
    found = champion.evaluation
    usual = None
    if found is not None and found.thresholds:
        threshold = champion.manifest.threshold
        _, *at_training = min(found.thresholds, key=lambda entry: abs(entry[0] - threshold))
        usual = money(at_training, costs) / max(sum(at_training), 1) * len(outcome.actual)
    return money(counts(outcome), costs), usual


def counts(outcome: Outcome) -> list[int]:
    """Return how many answers of a binary model are true positives, false positives, true and false negatives."""
    real, said = outcome.is_positive, outcome.said_positive
    return [int(np.sum(one)) for one in (real & said, ~real & said, ~real & ~said, real & ~said)]


def money(counted: list[int], costs: CostMatrix) -> float:
    """Return what answers are worth: true positives, false positives, true negatives, false negatives."""
    hits, alarms, rights, misses = counted
    gained = costs.true_positive * hits + costs.true_negative * rights
    return gained + costs.false_positive * alarms + costs.false_negative * misses
