"""What a version had on its held-out rows: its figures, and what its probabilities or errors are worth."""

from typing import TYPE_CHECKING

import numpy as np

from core.errors import BlobNotFound
from core.monitoring.performance import counts, money
from core.monitoring.production import estimating, losses
from core.monitoring.production.measuring import NO_LOSSES, NOTHING, Expectation
from core.ports.blobs import BlobStore
from core.records.dataset import DatasetVersion
from core.records.model import ModelManifest
from core.records.project import CostMatrix, Task
from core.training import holdout, intervals
from core.training.measures import Array, Outcome, measure

if TYPE_CHECKING:
    import pandas as pd


def expectation(
    blobs: BlobStore, manifest: ModelManifest, learned_from: DatasetVersion | None, costs: CostMatrix | None
) -> Expectation:
    """Return what a version had; nothing where its held-out answers were not kept.

    ``learned_from`` is the dataset version it was trained on, None where that is gone; ``costs`` what right and wrong
    answers are worth.
    """
    if manifest.holdout_sha256 is None:
        return NOTHING
    try:
        kept = holdout.read_holdout(blobs.read(manifest.holdout_sha256))
    except BlobNotFound:
        return NOTHING
    figures = measure(kept.outcome)
    bands, _ = intervals.bootstrap(kept.outcome, 0, figures)
    errors = _losses(blobs, manifest, learned_from, kept) if manifest.task is Task.REGRESSION else NO_LOSSES
    return Expectation(figures, bands, _calibration(kept.outcome), errors, _worth(kept.outcome, costs))


def _worth(outcome: Outcome, costs: CostMatrix | None) -> float | None:
    if costs is None or outcome.positive is None or not len(outcome.actual):
        return None
    return money(counts(outcome), costs) / len(outcome.actual)


def _losses(
    blobs: BlobStore, manifest: ModelManifest, version: DatasetVersion | None, kept: holdout.Holdout
) -> losses.Losses | str:
    """Return what errors are expected of which inputs, learned on the held-out rows, found in their data again."""
    if version is None or manifest.split_sha256 is None:
        return NO_LOSSES
    try:
        split = holdout.read_split(blobs.read(manifest.split_sha256))
        inputs, hashes = _inputs(blobs, manifest, version, split)
    except BlobNotFound:
        return NO_LOSSES
    place = {row: number for number, row in enumerate(hashes.tolist())}
    known = np.array([place.get(row, -1) for row in kept.rows.tolist()])
    outcome = kept.outcome
    return losses.learn(
        inputs.iloc[known[known >= 0]].reset_index(drop=True), outcome.answered[known >= 0], outcome.actual[known >= 0]
    )


def _inputs(
    blobs: BlobStore, manifest: ModelManifest, version: DatasetVersion, split: holdout.RowSplit
) -> "tuple[pd.DataFrame, Array]":
    import pyarrow.parquet as pq

    used = [column for column in version.columns if column.name in split.columns]
    names = list(dict.fromkeys([*(column.name for column in used), *(one.column.name for one in manifest.features)]))
    frame = pq.read_table(blobs.path(version.parquet_sha256), columns=names).to_pandas()
    return frame[[one.column.name for one in manifest.features]], holdout.row_hashes(frame, used)


def _calibration(outcome: Outcome) -> estimating.Calibration:
    if outcome.task is Task.REGRESSION:
        return estimating.none("")
    if outcome.task is Task.BINARY:
        return estimating.learn(outcome.score, outcome.is_positive)
    stated = outcome.scores[np.arange(len(outcome.actual)), outcome.answered.astype(np.int64)]
    return estimating.learn(stated, np.asarray(outcome.actual == outcome.answered))
