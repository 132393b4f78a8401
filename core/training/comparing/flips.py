"""Which held-out rows two models answer differently, in both directions."""

from collections import Counter
from collections.abc import Sequence

import numpy as np

from core.records.comparison import Flips
from core.training.holdout import Holdout
from core.training.measures import Array, Outcome

MOST = 200
SIMILAR = 0.01


def flips(before: Holdout, after: Holdout, classes: Sequence[str] = ()) -> Flips:
    """Compare the stored answers of two models to the rows that both held out.

    Args:
        before: the baseline's answers.
        after: the other's.
        classes: names of the classes in the order of the scores; none for regression.
    """
    left, right = _shared(before.rows, after.rows)
    ours, theirs = _part(before.outcome, left), _part(after.outcome, right)
    if not classes:
        return _numbers(before.rows[left], ours, theirs)
    changed = ours.answered != theirs.answered
    was_right, is_right = ours.answered == ours.actual, theirs.answered == theirs.actual
    pairs = Counter(zip(ours.answered[changed].tolist(), theirs.answered[changed].tolist(), strict=True))
    gap = np.abs(_score(ours) - _score(theirs))
    order = np.flatnonzero(changed)[np.argsort(-gap[changed], kind="stable")][:MOST]
    return Flips(
        shared=len(left),
        flipped=int(changed.sum()),
        mended=int((changed & ~was_right & is_right).sum()),
        broken=int((changed & was_right & ~is_right).sum()),
        moved=int((changed & ~was_right & ~is_right).sum()),
        directions=tuple((classes[a], classes[b], count) for (a, b), count in sorted(pairs.items())),
        examples=tuple(_example(before.rows[left], ours, theirs, int(place), classes) for place in order),
    )


def _shared(first: Array, second: Array) -> tuple[Array, Array]:
    """Return the places of the rows both have, each row once."""
    _, left, right = np.intersect1d(first, second, return_indices=True)
    order = np.argsort(left, kind="stable")
    return np.asarray(left[order]), np.asarray(right[order])


def _part(outcome: Outcome, rows: Array) -> Outcome:
    return Outcome(outcome.task, outcome.actual[rows], outcome.answered[rows], outcome.scores[rows], outcome.positive)


def _score(outcome: Outcome) -> Array:
    """Return the probability of the positive class, or of the true one where there are several."""
    if outcome.positive is not None:
        return outcome.score
    return np.asarray(outcome.scores[np.arange(len(outcome.actual)), outcome.actual.astype(int)])


def _example(
    rows: Array, ours: Outcome, theirs: Outcome, place: int, classes: Sequence[str]
) -> tuple[str, str, str, str, float, float]:
    named = (classes[int(side[place])] for side in (ours.actual, ours.answered, theirs.answered))
    truth, was, now = named
    return f"{int(rows[place]):016x}", truth, was, now, float(_score(ours)[place]), float(_score(theirs)[place])


def _numbers(rows: Array, ours: Outcome, theirs: Outcome) -> Flips:
    """Say of numbers how often the other is nearer to the truth, and how often farther; two that are apart by less
    than ``SIMILAR`` of the middle half of the truth count as the same."""
    low, high = np.quantile(ours.actual, [0.25, 0.75]) if len(rows) else (0.0, 0.0)
    tolerance = SIMILAR * float(high - low)
    was, now = np.abs(ours.answered - ours.actual), np.abs(theirs.answered - theirs.actual)
    changed = np.abs(ours.answered - theirs.answered) > tolerance
    order = np.argsort(-np.abs(ours.answered - theirs.answered), kind="stable")[:MOST]
    nearer, farther = changed & (now < was), changed & (now > was)
    return Flips(
        shared=len(rows),
        flipped=int(changed.sum()),
        mended=int(nearer.sum()),
        broken=int(farther.sum()),
        moved=int((changed & ~nearer & ~farther).sum()),
        directions=(),
        examples=tuple(
            (
                f"{int(rows[at]):016x}",
                f"{ours.actual[at]:.6g}",
                f"{ours.answered[at]:.6g}",
                f"{theirs.answered[at]:.6g}",
                float(ours.answered[at]),
                float(theirs.answered[at]),
            )
            for at in order
            if changed[at]
        ),
    )
