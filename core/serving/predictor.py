"""One loaded model that answers: verified, warm, immutable, safe to share between threads."""

import math
import threading
import uuid
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Self

from core.errors import InvalidRequest
from core.ports.blobs import BlobStore
from core.records.base import JsonObject
from core.records.model import ModelManifest
from core.records.prediction import Answer, Scalar
from core.serving.schemas import Problem, RequestSchema, refusal
from core.training.verification import load_verified, score

if TYPE_CHECKING:
    from sklearn.pipeline import Pipeline

    from core.training.bundle import Scores

ROWS_AT_ONCE = 1000
"""Rows of one vectorised call; a larger batch is answered in several, so that it does not keep others waiting."""


class Predictor:
    """A model version in memory. Nothing in it changes after it was made, so a reference is all a swap needs."""

    def __init__(self, manifest: ModelManifest, pipeline: "Pipeline", version: int, bundle_sha256: str = "") -> None:
        """Take a pipeline that was verified already; :meth:`load` does that."""
        self.manifest = manifest
        self.version = version
        self.bundle_sha256 = bundle_sha256
        self.schema = RequestSchema(manifest)
        self._pipeline = pipeline
        self._classes = tuple(str(value) for value in manifest.classes)

    @classmethod
    def load(cls, blobs: BlobStore, bundle_sha256: str, version: int) -> Self:
        """Load and verify a bundle; its probe rows have been answered when this returns, so it is warm.

        Raises:
            BlobNotFound: bytes are missing.
            BlobCorrupt: bytes were altered.
            UnsafeModel: the file holds more than the types a model needs.
            BundleMismatch: the bundle has no probe rows.
            ParityFailed: the answers are not those recorded at training.
        """
        verified = load_verified(blobs, bundle_sha256, f"Version {version}")
        return cls(verified.manifest, verified.pipeline, version, bundle_sha256)

    def input_schema(self) -> JsonObject:
        """Return the JSON Schema of one record."""
        return self.schema.json_schema()

    def answer(
        self, records: Sequence[Mapping[str, Any]], prediction_ids: Sequence[str | None] | None = None
    ) -> list[Answer]:
        """Check the records and answer them in one vectorised call, in their order.

        Raises:
            InvalidRequest: a record does not fit the model's input, or has no finite answer.
        """
        return self.compute(self.schema.check(records), prediction_ids)

    def compute(
        self,
        checked: Sequence[JsonObject],
        prediction_ids: Sequence[str | None] | None = None,
        *,
        batch: bool = True,
    ) -> list[Answer]:
        """Answer records that were checked; ids that are left out are made, ``batch`` has problems name the row.

        Raises:
            InvalidRequest: a record has no finite answer.
        """
        if not checked:
            return []
        scores = self._score(checked)
        _need_finite(scores, batch=batch)
        ids = prediction_ids or [None] * len(checked)
        probabilities = self._probabilities(scores)
        return [
            Answer(
                prediction_id=given or uuid.uuid4().hex,
                prediction=prediction,
                probabilities=shares,
                model_version=self.version,
                model_sha256=self.manifest.model_sha256,
            )
            for given, prediction, shares in zip(ids, scores.predictions, probabilities, strict=True)
        ]

    def _score(self, checked: Sequence[JsonObject]) -> "Scores":
        """Answer in slices, between which the requests of others get their turn."""
        import numpy as np

        from core.training.bundle import Scores

        slices = [checked[start : start + ROWS_AT_ONCE] for start in range(0, len(checked), ROWS_AT_ONCE)]
        try:
            parts = [score(self.manifest, self._pipeline, rows) for rows in slices]
        except (ValueError, OverflowError) as error:
            raise InvalidRequest(problem=f"the model cannot compute an answer ({error})") from error
        tables = [part.scores for part in parts if part.scores is not None]
        predictions = [prediction for part in parts for prediction in part.predictions]
        return Scores(predictions, np.vstack(tables) if tables else None)

    def _probabilities(self, scores: "Scores") -> list[dict[str, float] | None]:
        if scores.scores is None:
            return [None] * len(scores.predictions)
        return [dict(zip(self._classes, row, strict=True)) for row in scores.scores.tolist()]


def confidence(manifest: ModelManifest, answer: Answer) -> float | None:
    """Return the one score worth logging: P(positive), or that of the answered class; None for regression."""
    if answer.probabilities is None:
        return None
    return answer.probabilities.get(str(answer.prediction) if manifest.positive is None else manifest.positive)


def _need_finite(scores: "Scores", *, batch: bool) -> None:
    """Refuse answers that JSON cannot carry; they come from inputs too extreme for the model."""
    import numpy as np

    rows = [row for row, prediction in enumerate(scores.predictions) if not _is_finite(prediction)]
    if scores.scores is not None:
        rows += np.flatnonzero(~np.isfinite(scores.scores).all(axis=1)).tolist()
    if rows:
        sentence = "has no finite answer: a value is too extreme for the model"
        problems: list[Problem] = [(f"records[{row}]" if batch else "", sentence) for row in dict.fromkeys(rows)]
        raise refusal(problems)


def _is_finite(prediction: Scalar) -> bool:
    return not isinstance(prediction, float) or math.isfinite(prediction)


class PredictorCache:
    """The few predictors used last, by bundle; loading one blocks other loads, never answers."""

    def __init__(self, blobs: BlobStore, size: int = 4) -> None:
        """``size`` is how many stay in memory."""
        self._blobs = blobs
        self._size = size
        self._lock = threading.Lock()
        self._kept: OrderedDict[tuple[str, int], Predictor] = OrderedDict()

    def get(self, bundle_sha256: str, version: int) -> Predictor:
        """Return the predictor of a bundle, loaded on first use; errors are those of :meth:`Predictor.load`."""
        key = (bundle_sha256, version)
        with self._lock:
            if key not in self._kept:
                self._kept[key] = Predictor.load(self._blobs, bundle_sha256, version)
            self._kept.move_to_end(key)
            while len(self._kept) > self._size:
                self._kept.popitem(last=False)
            return self._kept[key]
