"""What a replay shows: flips in each direction, the shift of the scores, the worst segments, figures on labels."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from core.models.replaying.scoring import Scored
from core.records.metric import METRICS
from core.records.model import ModelManifest
from core.records.project import Project, Task
from core.records.replay import Flip, ReplayLabels, ReplaySegment, ScoreBin
from core.statistics import distances
from core.training import intervals, slices
from core.training.measures import Array, Outcome, measure_one

if TYPE_CHECKING:
    import pandas as pd

Z = 1.959963984540054
BINS, SEGMENTS, DIRECTIONS = 20, 10, 12
LEAST_SEGMENT, LEAST_LABELS = 30, 30
STEP = 0.1
"""A number flips when it moves by more than this share of the spread of the champion's numbers."""


@dataclass(frozen=True)
class Both:
    """The answers of champion and challenger to the same rows; ``names`` call the classes, alike for both."""

    project: Project
    names: tuple[str, ...]
    champion: Scored
    challenger: Scored
    positive: int | None

    @property
    def is_numeric(self) -> bool:
        """Whether the answers are numbers."""
        return not self.names

    def scores(self) -> tuple[Array, Array]:
        """Return a number for each answer of both: the probability of the positive or answered class, or itself."""
        if self.is_numeric:
            return self.champion.answered, self.challenger.answered
        if self.positive is not None:
            return self.champion.scores[:, self.positive], self.challenger.scores[:, self.positive]
        return self.champion.scores.max(axis=1), self.challenger.scores.max(axis=1)

    def flipped(self) -> Array:
        """Return which answers flip."""
        before, after = self.champion.answered, self.challenger.answered
        if not self.is_numeric:
            return np.asarray(before != after)
        low, high = np.quantile(before, [0.05, 0.95])
        return np.asarray(np.abs(after - before) > STEP * (high - low))


def aligned(
    project: Project, champion: ModelManifest, first: Scored, challenger: ModelManifest, second: Scored
) -> Both:
    """Return both answers with their classes numbered alike."""
    names = tuple(dict.fromkeys([*map(str, champion.classes), *map(str, challenger.classes)]))
    positive = None if challenger.positive is None else names.index(challenger.positive)
    return Both(project, names, _renamed(champion, first, names), _renamed(challenger, second, names), positive)


def _renamed(manifest: ModelManifest, scored: Scored, names: tuple[str, ...]) -> Scored:
    if not names:
        return scored
    places = np.array([names.index(str(value)) for value in manifest.classes])
    scores = np.zeros((len(scored.scores), len(names)))
    scores[:, places] = scored.scores
    return Scored(places[scored.answered.astype(np.int64)], scores)


def wilson(share: float, rows: int) -> tuple[float, float]:
    """Return Wilson's 95 % interval of a share (1927)."""
    middle = (share + Z**2 / (2 * rows)) / (1 + Z**2 / rows)
    half = Z / (1 + Z**2 / rows) * math.sqrt(share * (1 - share) / rows + Z**2 / (4 * rows**2))
    return max(0.0, middle - half), min(1.0, middle + half)


def directions(both: Both) -> tuple[Flip, ...]:
    """Return the flips by direction, most frequent first."""
    before, after, moved = both.champion.answered, both.challenger.answered, both.flipped()
    rows = len(before)
    if both.is_numeric:
        counted = {("lower", "higher"): int((moved & (after > before)).sum()),
                   ("higher", "lower"): int((moved & (after < before)).sum())}  # fmt: skip
    else:
        pairs, numbers = np.unique(np.column_stack([before[moved], after[moved]]), axis=0, return_counts=True)
        found = zip(pairs.astype(int), numbers, strict=True)
        counted = {(both.names[a], both.names[b]): int(count) for (a, b), count in found}
    flips = [Flip(before=a, after=b, rows=count, share=count / rows) for (a, b), count in counted.items() if count]
    return tuple(sorted(flips, key=lambda flip: -flip.rows)[:DIRECTIONS])


def histogram(both: Both) -> tuple[ScoreBin, ...]:
    """Return how the scores of both are distributed over the same bins."""
    before, after = both.scores()
    if both.is_numeric:
        low, high = float(min(before.min(), after.min())), float(max(before.max(), after.max()))
    else:
        low, high = 0.0, 1.0
    edges = np.linspace(low, high if high > low else low + 1.0, BINS + 1)
    old, new = (np.histogram(np.clip(values, low, high), bins=edges)[0] / len(values) for values in (before, after))
    return tuple(
        ScoreBin(low=float(edges[at]), high=float(edges[at + 1]), champion=float(old[at]), challenger=float(new[at]))
        for at in range(BINS)
    )


def shift(both: Both) -> tuple[float, float]:
    """Return PSI and Kolmogorov-Smirnov distance between the scores of both."""
    before, after = (np.sort(values) for values in both.scores())
    edges = distances.quantile_edges(before)
    return distances.psi(distances.shares(before, edges), distances.shares(after, edges)), distances.ks(before, after)


def segments(both: Both, frame: "pd.DataFrame") -> tuple[ReplaySegment, ...]:
    """Return the kinds of requests of which most answers flip, those with the surest excess first."""
    moved = both.flipped().astype(np.float64)
    before, after = both.scores()
    overall, found = float(moved.mean()), []
    for name in frame:
        for label, mask in slices.parts(frame[name]):
            rows = int(mask.sum())
            if rows < LEAST_SEGMENT or rows == len(frame) or moved[mask].mean() <= overall:
                continue
            share = float(moved[mask].mean())
            means = float(before[mask].mean()), float(after[mask].mean())
            sure = wilson(share, rows)[0] - overall
            segment = ReplaySegment(
                name=f"{name} is {label}", rows=rows, flips=share, champion=means[0], challenger=means[1]
            )
            found.append((sure, segment))
    found.sort(key=lambda pair: -pair[0])
    return tuple(segment for _, segment in found[:SEGMENTS])


def labelled(both: Both, truths: Sequence[object | None]) -> ReplayLabels | None:
    """Return the project's metric of both on the rows whose truth is known; None without any."""
    known = np.array([truth is not None for truth in truths], dtype=bool)
    metric = both.project.metric
    if not both.is_numeric:
        known &= np.array([str(truth) in both.names for truth in truths], dtype=bool)
    rows = int(known.sum())
    if not rows:
        return None
    if rows < LEAST_LABELS:
        return ReplayLabels(metric=metric, rows=rows)
    first, second = _outcomes(both, known, [truth for truth, is_known in zip(truths, known, strict=True) if is_known])
    found = intervals.paired(first, second, metric, 0)
    if not math.isfinite(found.difference):
        return ReplayLabels(metric=metric, rows=rows)
    sign = 1.0 if METRICS[metric].higher_is_better else -1.0
    low, high = (None, None) if found.band is None else sorted(sign * end for end in found.band)
    return ReplayLabels(
        metric=metric,
        rows=rows,
        champion=measure_one(first, metric),
        challenger=measure_one(second, metric),
        gain=sign * found.difference,
        low=low,
        high=high,
    )


def _outcomes(both: Both, known: Array, truths: Sequence[object]) -> tuple[Outcome, Outcome]:
    task = both.project.task
    if task is Task.REGRESSION:
        actual = np.array(truths, dtype=np.float64)
    else:
        actual = np.array([both.names.index(str(truth)) for truth in truths], dtype=np.int64)
    first, second = (
        Outcome(task, actual, scored.answered[known], scored.scores[known], both.positive)
        for scored in (both.champion, both.challenger)
    )
    return first, second
