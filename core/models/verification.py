"""What a model must pass before it may serve: its bytes, its types, and its answers to known rows."""

import math
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from core.errors import BundleMismatch, ParityFailed
from core.ports.blobs import BlobStore
from core.records.model import ModelManifest, ProbeRow
from core.records.prediction import Scalar

if TYPE_CHECKING:
    from sklearn.pipeline import Pipeline

    from core.training.bundle import Scores

TOLERANCE = 1e-9
"""Largest difference between an answer and the one recorded at training, relative to the larger of it and 1."""

_ONE_AT_A_TIME = threading.Lock()


@dataclass(frozen=True)
class VerifiedModel:
    """A model that answered its probe rows as it did at training."""

    manifest: ModelManifest
    pipeline: "Pipeline"


def load_verified(blobs: BlobStore, bundle_sha256: str, version: int) -> VerifiedModel:
    """Load a bundle: hashes checked, only trusted types, probe rows answered as recorded.

    The probe also warms the model up: code that runs first on the first answer has run.

    Raises:
        BlobNotFound: bytes are missing.
        BlobCorrupt: bytes were altered.
        UnsafeModel: the file holds more than the types a model needs.
        BundleMismatch: the bundle has no probe rows.
        ParityFailed: the answers differ from those recorded at training.
    """
    from core.training import bundle

    manifest = bundle.read_manifest(blobs, bundle_sha256)
    if not manifest.probe:
        raise BundleMismatch(version=version, problem="the bundle has no probe rows")
    pipeline = bundle.load_pipeline(blobs, manifest)
    answers = score(manifest, pipeline, [row.features for row in manifest.probe])
    difference = largest_difference(manifest.probe, answers)
    if not difference <= TOLERANCE:
        raise ParityFailed(version=version, difference=f"{difference:.3g}")
    return VerifiedModel(manifest, pipeline)


def score(manifest: ModelManifest, pipeline: "Pipeline", records: Sequence[Mapping[str, Any]]) -> "Scores":
    """Answer records, one call at a time in this process.

    scikit-learn and pandas swap the process-wide warning filters around many steps; threads that do so at once can
    leave them empty for good, and every later call then warns.
    """
    import numpy as np

    from core.training import bundle

    with _ONE_AT_A_TIME, np.errstate(all="ignore"):
        return bundle.score(manifest, pipeline, bundle.to_frame(manifest, records))


def largest_difference(probe: tuple[ProbeRow, ...], answers: "Scores") -> float:
    """Return how far the answers are from the recorded ones; another class counts as infinitely far."""
    worst = 0.0
    for number, row in enumerate(probe):
        scores = () if answers.scores is None else tuple(answers.scores[number].tolist())
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
