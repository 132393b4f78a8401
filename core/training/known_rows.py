"""The known rows of a bundle: what a model must answer to them, wherever it is loaded."""

import math

from core.errors import ParityFailed
from core.records.model import ModelManifest, ProbeRow
from core.records.prediction import Scalar
from core.training.answers import Answers

TOLERANCE = 1e-9
"""Largest difference between an answer and the one recorded at training, relative to the larger of it and 1."""


def require_parity(manifest: ModelManifest, answers: Answers, subject: str) -> None:
    """Check the answers to the probe rows.

    Raises:
        ParityFailed: they differ from those recorded at training.
    """
    difference = largest_difference(manifest.probe, answers)
    if not difference <= TOLERANCE:
        raise ParityFailed(subject=subject, difference=f"{difference:.3g}")


def largest_difference(probe: tuple[ProbeRow, ...], answers: Answers) -> float:
    """Return how far the answers are from the recorded ones; another class counts as infinitely far."""
    worst = 0.0
    for number, row in enumerate(probe):
        scores = () if answers.shares is None else tuple(answers.shares[number])
        worst = max(worst, _apart(row.prediction, answers.predictions[number]), _scores_apart(row.scores, scores))
    return worst


def _apart(recorded: Scalar, answered: Scalar) -> float:
    if isinstance(recorded, float) and isinstance(answered, int | float) and not isinstance(answered, bool):
        return _gap(recorded, float(answered))
    return 0.0 if recorded == answered else math.inf


def _scores_apart(recorded: tuple[float, ...], answered: tuple[float, ...]) -> float:
    if len(recorded) != len(answered):
        return math.inf
    return max((_gap(old, new) for old, new in zip(recorded, answered, strict=True)), default=0.0)


def _gap(recorded: float, answered: float) -> float:
    gap = abs(recorded - answered) / max(1.0, abs(recorded))
    return math.inf if math.isnan(gap) else gap
