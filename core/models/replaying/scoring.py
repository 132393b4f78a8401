"""Many logged requests answered by a model as a server would, and those it would refuse."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from core.ports.blobs import BlobStore
from core.records.base import JsonObject
from core.records.dataset import ColumnKind
from core.records.model import FeatureInput, ModelManifest
from core.records.replay import ReplayFault
from core.training import tables, verification
from core.training.answers import decide
from core.training.measures import Array

if TYPE_CHECKING:
    import pandas as pd

    from core.training.compiled.engine import Model

CHUNK = 5_000
"""Rows answered between two words of progress."""

ABSENT = object()
"""Stands for an input that a request does not have."""

_TAKES: Mapping[ColumnKind, tuple[type, ...]] = {
    ColumnKind.INTEGER: (int, float),
    ColumnKind.NUMBER: (int, float),
    ColumnKind.BOOLEAN: (bool,),
    ColumnKind.TEXT: (str,),
    ColumnKind.DATETIME: (str,),
}


@dataclass(frozen=True)
class Scored:
    """Answers to rows: class indices or numbers, and probabilities (rows by classes; no columns for numbers)."""

    answered: Array
    scores: Array


class Scorer:
    """One model version, loaded and proved, answering by its compiled form where it has one."""

    def __init__(self, blobs: BlobStore, bundle_sha256: str, subject: str) -> None:
        """Load it; errors are those of :func:`core.training.verification.load_verified`."""
        model = verification.load_verified(blobs, bundle_sha256, subject)
        self.manifest: ModelManifest = model.manifest
        self._pipeline = model.pipeline
        self._compiled: Model | None = verification.load_compiled(blobs, self.manifest, subject)

    def score(self, records: Sequence[JsonObject], tell: Callable[[float], None]) -> Scored:
        """Answer records that fit the model's input; ``tell`` hears of the share that is done."""
        parts = []
        for start in range(0, len(records), CHUNK):
            parts.append(self._answered(records[start : start + CHUNK]))
            tell(min(1.0, (start + CHUNK) / len(records)))
        raw = np.concatenate(parts) if parts else np.empty((0, max(1, len(self.manifest.classes))))
        if not self.manifest.classes:
            return Scored(raw[:, 0], np.empty((len(raw), 0)))
        return Scored(decide(raw, self.manifest.positive_index, self.manifest.threshold), raw)

    def _answered(self, records: Sequence[JsonObject]) -> Array:
        if self._compiled is not None:
            try:
                with np.errstate(all="ignore"):
                    many = np.asarray(self._compiled.many(records), dtype=np.float64)
                return many.reshape(len(records), -1)
            except (ValueError, OverflowError):
                pass  # a value too extreme for the compiled form, which scikit-learn may take
        found = tables.score(self.manifest, self._pipeline, tables.to_frame(self.manifest, records))
        if found.scores is not None:
            return np.asarray(found.scores, dtype=np.float64)
        return np.asarray(found.predictions, dtype=np.float64)[:, np.newaxis]

    def one(self, record: JsonObject) -> None:
        """Answer one record, to measure how long that takes."""
        if self._compiled is not None:
            self._compiled.one(record)
        else:
            tables.answer(self.manifest, self._pipeline, [record])


def fitting(manifest: ModelManifest, records: Sequence[JsonObject]) -> tuple[Array, tuple[ReplayFault, ...]]:
    """Return which requests the scoring API would let through to a model, and what is wrong with the others."""
    fine = np.ones(len(records), dtype=bool)
    faults = []
    for feature in manifest.features:
        for problem, mask in _problems(feature, records):
            if mask.any():
                faults.append(ReplayFault(field=feature.column.name, problem=problem, rows=int(mask.sum())))
                fine &= ~mask
    return fine, tuple(sorted(faults, key=lambda fault: -fault.rows))


def _problems(feature: FeatureInput, records: Sequence[JsonObject]) -> list[tuple[str, Array]]:
    name, kind = feature.column.name, feature.column.kind
    held = [type(record.get(name, ABSENT)) for record in records]
    unlike = set(held) - set(_TAKES[kind]) - ({type(None)} if feature.column.nullable else set())
    words = {type(ABSENT): "is missing", type(None): "may not be null"}
    found: dict[str, Array] = {}
    for one in unlike:
        problem = words.get(one, f"is no {kind.value}")
        mask = np.array([given is one for given in held], dtype=bool)
        found[problem] = found.get(problem, mask) | mask
    return list(found.items())


def frame_of(manifest: ModelManifest, records: Sequence[JsonObject]) -> "pd.DataFrame":
    """Return requests as a table of the model's inputs."""
    return tables.to_frame(manifest, records)
