"""Performance without labels: confidence-based performance estimation (CBPE).

Method: where a model's probabilities are calibrated, each answer is right with the probability it states, so that the
expected confusion matrix, and every metric made of it, follows from the probabilities alone (Kuberski, Białek and
others, *Estimating Model Performance Under Covariate Shift Without Labels*, 2024). Each answer counts as a positive
row of weight p and a negative one of weight 1 - p. The interval draws rows and truths from these probabilities: where
95 % of measured values would lie if the probabilities are right. It sees covariate shift, never concept drift.
"""

from dataclasses import dataclass

import numpy as np

from core.records.performance import Band
from core.records.project import Task
from core.training import intervals
from core.training.measures import Array, Outcome

DRAWS, CELLS, MOST_ROWS = 300, 1_500_000, 5_000
FEWEST = 200
"""Held-out rows below which no calibration is learned."""

BINS = 10


@dataclass(frozen=True)
class Calibration:
    """What a stated probability is worth: a line through points; without any it is taken as it is. ``words`` say what
    was done."""

    stated: Array
    found: Array
    words: str

    def of(self, score: Array) -> Array:
        """Return the calibrated probabilities."""
        if not len(self.stated):
            return np.clip(score, 0.0, 1.0)
        return np.asarray(np.interp(score, self.stated, self.found))


def none(words: str) -> Calibration:
    """Return the calibration that changes nothing."""
    return Calibration(np.empty(0), np.empty(0), words)


def learn(score: Array, truth: Array) -> Calibration:
    """Learn what probabilities are worth from held-out rows: isotonic regression, where it helps on rows it did not
    see (the other half of them, by the expected calibration error in ten bins)."""
    if len(score) < FEWEST:
        return none(f"the model's own probabilities: {len(score):,} held-out rows are too few to calibrate them")
    halves = np.arange(len(score)) % 2 == 0
    raw = mended = 0.0
    for half in (halves, ~halves):
        stated, found = _isotonic(score[half], truth[half])
        raw += expected_error(score[~half], truth[~half])
        mended += expected_error(np.interp(score[~half], stated, found), truth[~half])
    if mended >= raw:
        return none(f"the model's own probabilities, well calibrated on {len(score):,} held-out rows")
    return Calibration(*_isotonic(score, truth), f"probabilities calibrated on {len(score):,} held-out rows (isotonic)")


def expected_error(score: Array, truth: Array) -> float:
    """Return the expected calibration error: the mean gap between stated and found share, over ten equal bins."""
    parts = np.array_split(np.argsort(score, kind="stable"), BINS)
    return float(
        sum(len(part) * abs(score[part].mean() - truth[part].mean()) for part in parts if len(part)) / len(score)
    )


def _isotonic(score: Array, truth: Array) -> tuple[Array, Array]:
    from sklearn.isotonic import IsotonicRegression

    fitted = IsotonicRegression(y_min=0.0, y_max=1.0, out_of_bounds="clip").fit(score, truth.astype(np.float64))
    return np.asarray(fitted.X_thresholds_), np.asarray(fitted.y_thresholds_)


def estimate(
    task: Task, said_positive: Array, score: Array, probability: Array, seed: int
) -> dict[str, tuple[float, Band]]:
    """Return each metric that can be estimated with its interval.

    Args:
        task: binary, or with several classes.
        said_positive: whether the answer was the positive class (of several classes: not used).
        score: the stated probability, of the positive class or of the answered one.
        probability: what it is worth.
        seed: of the draws.
    """
    if task is Task.MULTICLASS:
        return {"accuracy": _share(probability, seed)}
    outcome = _both_ways(said_positive, score)
    whole = intervals.weighted(outcome, 2 * np.concatenate([probability, 1 - probability])[None, :])
    rng = np.random.default_rng(seed)
    rows = len(score)
    used = np.arange(rows) if rows <= MOST_ROWS else np.sort(rng.choice(rows, MOST_ROWS, replace=False))
    draws = intervals.weighted(_both_ways(said_positive[used], score[used]), _drawn(rng, probability[used]))
    shrink = np.sqrt(len(used) / rows)
    found = {}
    for name, values in whole.items():
        known = draws[name][np.isfinite(draws[name])]
        if np.isfinite(values[0]) and len(known) > 0.9 * len(draws[name]):
            low, high = np.percentile(known, (2.5, 97.5))
            middle = float(np.mean(known))
            found[name] = (float(values[0]), _band(float(values[0]), low - middle, high - middle, shrink))
    return found


def _both_ways(said_positive: Array, score: Array) -> Outcome:
    """Return every answer twice: as if the truth were positive, and as if it were not."""
    truth = np.repeat([1, 0], len(score))
    said = np.tile(said_positive.astype(np.int64), 2)
    both = np.tile(np.column_stack([1 - score, score]), (2, 1))
    return Outcome(Task.BINARY, truth, said, both, 1)


def _drawn(rng: np.random.Generator, probability: Array) -> Array:
    """Return weights of both ways for many draws of rows and of truths."""
    rows = len(probability)
    draws = int(max(100, min(DRAWS, CELLS // (2 * rows))))
    counts = rng.multinomial(rows, np.full(rows, 1 / rows), size=draws)
    positives = rng.binomial(counts, np.broadcast_to(probability, counts.shape))
    return 2.0 * np.concatenate([positives, counts - positives], axis=1)


def _share(probability: Array, seed: int) -> tuple[float, Band]:
    rng = np.random.default_rng(seed)
    value = float(probability.mean())
    rows = len(probability)
    drawn = rng.binomial(rows, value, size=1000) / rows
    low, high = np.percentile(drawn, (2.5, 97.5))
    return value, (float(low), float(high))


def _band(value: float, below: float, above: float, shrink: float) -> Band:
    return float(value + below * shrink), float(value + above * shrink)
