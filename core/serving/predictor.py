"""One loaded model that answers: verified, warm, immutable, safe to share between threads."""

import math
import threading
import time
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from typing import Any, Self

from core.errors import BundleMismatch, InvalidRequest
from core.ports.blobs import BlobStore
from core.records.base import JsonObject
from core.records.model import ModelManifest
from core.records.prediction import Answer
from core.serving import answering
from core.serving.apart import Apart
from core.serving.backends import Backend, Compiled, Fitted
from core.serving.schemas import RequestSchema
from core.serving_errors import AnswerTooSlow
from core.training.answers import Answers
from core.training.known_rows import require_parity
from core.training.manifests import read_manifest
from core.training.verification import load_compiled, load_verified

ROWS_AT_ONCE = 1000
"""Rows of one vectorised call; a larger batch is answered in several, so that it does not keep others waiting."""

QUICK_S = 0.002
"""A compiled model whose answers take no longer than this may answer on the event loop."""


class Predictor:
    """A model version in memory. Nothing in it changes after it was made, so a reference is all a swap needs."""

    def __init__(self, manifest: ModelManifest, backend: Backend, version: int, bundle_sha256: str = "") -> None:
        """Take what computes, verified already; :meth:`load` does that."""
        self.manifest = manifest
        self.version = version
        self.bundle_sha256 = bundle_sha256
        self.schema = RequestSchema(manifest)
        self.backend = backend
        self.row_s = _seconds_a_row(manifest, backend)
        """Seconds of processor one answer took, when the probe rows were answered one by one."""

    @property
    def is_quick(self) -> bool:
        """Whether one answer takes less time than handing it to a thread and back."""
        return self.row_s <= QUICK_S and isinstance(self.backend, Compiled)

    @classmethod
    def load(cls, blobs: BlobStore, bundle_sha256: str, version: int, *, apart_s: float | None = None) -> Self:
        """Load and verify a bundle, its compiled form where it has one, else the fitted pipeline.

        With ``apart_s`` a fitted pipeline answers in a process of its own, which ends with the predictor, and is
        replaced when an answer takes more than so many seconds.
        The probe rows have been answered when this returns, so it is warm.

        Raises:
            BlobNotFound: bytes are missing.
            BlobCorrupt: bytes were altered.
            UnsafeModel: the file holds more than the types a model needs.
            BundleMismatch: the bundle has no probe rows.
            ParityFailed: the answers are not those recorded at training.
            ModelNotLoaded: the process of its own cannot load it.
        """
        subject = f"Version {version}"
        manifest = read_manifest(blobs, bundle_sha256)
        model = load_compiled(blobs, manifest, subject)
        if model is not None:
            return cls(manifest, Compiled(manifest, model), version, bundle_sha256)
        if apart_s is not None:
            return cls(manifest, _apart(blobs, manifest, version, apart_s), version, bundle_sha256)
        verified = load_verified(blobs, bundle_sha256, subject)
        return cls(manifest, Fitted(manifest, verified.pipeline), version, bundle_sha256)

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
        until: float | None = None,
    ) -> list[Answer]:
        """Answer records that were checked; ids that are left out are made, ``batch`` has problems name the row.

        Raises:
            InvalidRequest: a record has no finite answer.
            AnswerTooSlow: ``until``, a moment of the monotonic clock, has passed.
        """
        if not checked:
            return []
        found = self._compute(checked, until)
        return answering.made(self.manifest, self.version, found, prediction_ids, batch=batch)

    def _compute(self, checked: Sequence[JsonObject], until: float | None) -> Answers:
        """Answer in slices, between which the requests of others get their turn."""
        slices = [checked[start : start + ROWS_AT_ONCE] for start in range(0, len(checked), ROWS_AT_ONCE)]
        try:
            parts = [self._answer_in_time(rows, until) for rows in slices]
        except (ValueError, OverflowError) as error:
            raise InvalidRequest(problem=f"the model cannot compute an answer ({error})") from error
        if len(parts) == 1:
            return parts[0]
        shares = [row for part in parts for row in part.shares or ()]
        return Answers([one for part in parts for one in part.predictions], shares or None)

    def _answer_in_time(self, rows: Sequence[JsonObject], until: float | None) -> Answers:
        if until is not None and time.monotonic() > until:
            raise AnswerTooSlow(seconds=0)  # whoever asked was told so already
        return self.backend.answer(rows)


def _apart(blobs: BlobStore, manifest: ModelManifest, version: int, seconds: float) -> Backend:
    subject = f"Version {version}"
    if not manifest.probe:
        raise BundleMismatch(subject=subject, problem="the bundle has no probe rows")
    backend = Apart(manifest, blobs.read(manifest.model_sha256), version, seconds)
    require_parity(manifest, backend.answer([row.features for row in manifest.probe]), subject)
    return backend


def _seconds_a_row(manifest: ModelManifest, backend: Backend) -> float:
    """Answer the probe rows of a compiled model one by one; a fitted pipeline is never quick."""
    if not isinstance(backend, Compiled) or not manifest.probe:
        return math.inf
    begun = time.thread_time()
    for row in manifest.probe:
        backend.answer([row.features])
    return max((time.thread_time() - begun) / len(manifest.probe), 1e-6)


def confidence(manifest: ModelManifest, answer: Answer) -> float | None:
    """Return the one score worth logging: P(positive), or that of the answered class; None for regression."""
    if answer.probabilities is None:
        return None
    return answer.probabilities.get(str(answer.prediction) if manifest.positive is None else manifest.positive)


class PredictorCache:
    """The few predictors used last, by bundle; loading one blocks other loads, never answers."""

    def __init__(self, blobs: BlobStore, size: int = 4, apart_s: float | None = None) -> None:
        """``size`` is how many stay in memory; ``apart_s`` is that of :meth:`Predictor.load`."""
        self._blobs = blobs
        self._apart_s = apart_s
        self._size = size
        self._lock = threading.Lock()
        self._kept: OrderedDict[tuple[str, int], Predictor] = OrderedDict()

    def get(self, bundle_sha256: str, version: int) -> Predictor:
        """Return the predictor of a bundle, loaded on first use; errors are those of :meth:`Predictor.load`."""
        key = (bundle_sha256, version)
        with self._lock:
            if key not in self._kept:
                self._kept[key] = Predictor.load(self._blobs, bundle_sha256, version, apart_s=self._apart_s)
            self._kept.move_to_end(key)
            while len(self._kept) > self._size:
                self._kept.popitem(last=False)
            return self._kept[key]
