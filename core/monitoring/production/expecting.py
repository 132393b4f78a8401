"""What a version had on its held-out rows: its figures, and what its probabilities are worth."""

import numpy as np

from core.errors import BlobNotFound
from core.monitoring.production import estimating
from core.monitoring.production.measuring import NOTHING, Expectation
from core.ports.blobs import BlobStore
from core.records.model import ModelManifest
from core.records.project import Task
from core.training import holdout, intervals
from core.training.measures import Outcome, measure


def expectation(blobs: BlobStore, manifest: ModelManifest) -> Expectation:
    """Return what a version had; nothing where its held-out answers were not kept."""
    if manifest.holdout_sha256 is None:
        return NOTHING
    try:
        outcome = holdout.read_holdout(blobs.read(manifest.holdout_sha256)).outcome
    except BlobNotFound:
        return NOTHING
    figures = measure(outcome)
    bands, _ = intervals.bootstrap(outcome, 0, figures)
    return Expectation(figures, bands, _calibration(outcome))


def _calibration(outcome: Outcome) -> estimating.Calibration:
    if outcome.task is Task.REGRESSION:
        return estimating.none("")
    if outcome.task is Task.BINARY:
        return estimating.learn(outcome.score, outcome.is_positive)
    stated = outcome.scores[np.arange(len(outcome.actual)), outcome.answered.astype(np.int64)]
    return estimating.learn(stated, np.asarray(outcome.actual == outcome.answered))
