"""How much a model leans on each column: the loss of its metric when the column's values are shuffled."""

from collections.abc import Iterator

import numpy as np

from core.records.metric import METRICS
from core.training.fitted import Fitted
from core.training.measures import Array, Outcome, measure_one

REPEATS = 3
MOST_ROWS = 500
LEAST_ROWS = 50
PREDICTIONS = 15_000
"""About how many rows are answered in all, whatever the number of columns: it bounds the cost."""

CELLS = 8_000_000
"""Size of the largest matrix made at once."""

Importance = tuple[str, float, float]


def importances(fitted: Fitted, metric: str, matrix: Array, actual: Array, seed: int) -> tuple[Importance, ...]:
    """Return (column, mean loss of ``metric``, standard deviation over repeats), largest first.

    ``matrix`` are prepared test rows, of which a seeded sample is shuffled; whatever a raw column became is shuffled
    together, which is the same as shuffling the raw column. Empty when the metric is not defined on the sample.
    """
    rng = np.random.default_rng(seed)
    rows = np.sort(rng.choice(len(actual), size=_sample(len(actual), len(fitted.columns)), replace=False))
    matrix, actual = matrix[rows], actual[rows]
    whole = measure_one(fitted.outcome(matrix, actual), metric)
    if not np.isfinite(whole):
        return ()
    sign = 1.0 if METRICS[metric].higher_is_better else -1.0
    found = [
        (name, float(np.mean(drops)), float(np.std(drops)))
        for name, measured in _shuffled(fitted, metric, matrix, actual, rng)
        for drops in [sign * (whole - measured)]
    ]
    return tuple(sorted(found, key=lambda entry: (-entry[1], entry[0])))


def _sample(rows: int, columns: int) -> int:
    affordable = PREDICTIONS // (REPEATS * max(columns, 1))
    return min(rows, MOST_ROWS, max(LEAST_ROWS, affordable))


def _shuffled(
    fitted: Fitted, metric: str, matrix: Array, actual: Array, rng: np.random.Generator
) -> Iterator[tuple[str, Array]]:
    """Yield for each column the metric after each shuffle; many columns are answered in one call."""
    blocks = list(fitted.blocks().items())
    together = max(1, CELLS // (matrix.size * REPEATS))
    for start in range(0, len(blocks), together):
        part = blocks[start : start + together]
        copies = [_copy(matrix, block, rng) for _, block in part for _ in range(REPEATS)]
        whole = fitted.outcome(np.concatenate(copies), np.tile(actual, len(copies)))
        measured = [measure_one(piece, metric) for piece in _pieces(whole, len(copies))]
        for (name, _), values in zip(part, np.reshape(measured, (-1, REPEATS)), strict=True):
            yield name, values


def _copy(matrix: Array, block: Array, rng: np.random.Generator) -> Array:
    copy = matrix.copy()
    copy[:, block] = matrix[np.ix_(rng.permutation(len(matrix)), block)]
    return copy


def _pieces(outcome: Outcome, count: int) -> Iterator[Outcome]:
    parts = zip(
        np.split(outcome.actual, count),
        np.split(outcome.answered, count),
        np.split(outcome.scores, count),
        strict=True,
    )
    for actual, answered, scores in parts:
        yield Outcome(outcome.task, actual, answered, scores, outcome.positive)
