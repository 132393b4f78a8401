"""A model version at rest and in use: the model's bytes, and beside them all a server must know to answer."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from core.ports.blobs import BlobStore
from core.records.base import JsonObject
from core.records.dataset import Column, ColumnKind, DatasetVersion
from core.records.model import FeatureInput, ModelManifest, ProbeRow
from core.records.prediction import Scalar
from core.records.training import TrainingSpec
from core.training import model_file
from core.training.compiled import registering
from core.training.tables import score, to_frame
from core.training.trainer import Trained

if TYPE_CHECKING:
    from core.training.compiled.engine import Model

PROBE_ROWS = 8
UNSEEN = "a value never seen before"
MOST_CATEGORIES = 100


@dataclass(frozen=True)
class Stored:
    """A model file and its address in the blob store."""

    model: bytes
    sha256: str


@dataclass(frozen=True)
class Packed:
    """A bundle in the blob store: its manifest, the address of that, and the model's bytes.

    ``compiled`` is the compiled form, where there is one, loaded from the bytes that are in the store.
    """

    manifest: ModelManifest
    sha256: str
    model: bytes
    compiled: "Model | None"


def store(blobs: BlobStore, pipeline: Any) -> Stored:
    """Store the file of a fitted pipeline."""
    model = model_file.dump(pipeline)
    return Stored(model, blobs.put_bytes(model))


def pack(
    blobs: BlobStore,
    trained: Trained,
    stored: Stored | None = None,
    *,
    spec: TrainingSpec,
    version: DatasetVersion,
    run_id: str,
    packages: Mapping[str, str],
    now: datetime,
    rows: Mapping[str, str] | None = None,
    probe: Sequence[JsonObject] | None = None,
) -> Packed:
    """Store the model and its manifest, bytes first, and return where they are.

    ``stored`` is the model file, when it was stored already; ``rows`` are the addresses of
    :mod:`core.training.holdout`, ``probe`` the records to know the model by, where :func:`probe_records` are not such
    as it answers. They are answered by the same functions that answer later; the model is compiled too, and stored so
    when it then answers alike.
    """
    fitted = trained.fitted
    stored = stored or store(blobs, fitted.pipeline)
    bare = ModelManifest(
        project=spec.project,
        run_id=run_id,
        task=spec.task,
        target=spec.target,
        positive=None if fitted.positive is None else str(fitted.classes[fitted.positive]),
        classes=fitted.classes,
        threshold=fitted.threshold,
        features=tuple(_input(column, trained.train[column.name]) for column in fitted.columns),
        probe=(),
        model_sha256=stored.sha256,
        dataset=version.ref,
        dataset_sha256=version.sha256,
        estimator=spec.estimator,
        packages=dict(packages),
        created_at=now,
        **(rows or {}),
    )
    form, compiled = registering.compiled(blobs, bare, fitted.pipeline, trained.test)
    records = probe_records(fitted.columns, trained.test) if probe is None else probe
    manifest = bare.model_copy(update={"probe": _probe(bare, fitted.pipeline, records), "compiled": form})
    return Packed(manifest, blobs.put_bytes(manifest.model_dump_json().encode()), stored.model, compiled)


def load_pipeline(blobs: BlobStore, manifest: ModelManifest) -> Any:
    """Return the fitted pipeline of ``manifest``, after its hash and all its types were checked.

    Raises:
        BlobNotFound: the model is not in the store.
        BlobCorrupt: its bytes are not those that were stored.
        UnsafeModel: the file holds something that is not trusted.
    """
    return load_model(blobs, manifest.model_sha256)


def load_model(blobs: BlobStore, sha256: str) -> Any:
    """Return the fitted pipeline in the blob ``sha256``; errors are those of :func:`load_pipeline`."""
    return model_file.load(blobs.read(sha256))


def _input(column: Column, values: "pd.Series[Any]") -> FeatureInput:
    known = values.dropna()
    if known.empty:
        return FeatureInput(column=column, example=None)
    if column.kind is ColumnKind.TEXT:
        counts = sorted(known.value_counts().items(), key=lambda item: (-item[1], str(item[0])))
        categories = tuple(str(value) for value, _ in counts[:MOST_CATEGORIES])
        return FeatureInput(column=column, example=categories[0], categories=categories)
    if column.kind is ColumnKind.BOOLEAN:
        return FeatureInput(column=column, example=bool(known.mean() >= 0.5))
    if column.kind is ColumnKind.DATETIME:
        return FeatureInput(column=column, example=_plain(column.kind, known.sort_values().iloc[len(known) // 2]))
    middle = float(known.quantile(0.5, interpolation="lower"))
    return FeatureInput(column=column, example=middle, minimum=float(known.min()), maximum=float(known.max()))


def _probe(manifest: ModelManifest, pipeline: Any, records: Sequence[JsonObject]) -> tuple[ProbeRow, ...]:
    answers = score(manifest, pipeline, to_frame(manifest, records))
    scores = [()] * len(records) if answers.scores is None else [tuple(row) for row in answers.scores.tolist()]
    return tuple(
        ProbeRow(features=record, prediction=prediction, scores=row)
        for record, prediction, row in zip(records, answers.predictions, scores, strict=True)
    )


def probe_records(columns: Sequence[Column], test: pd.DataFrame) -> list[JsonObject]:
    """Return about eight real rows, those with missing values first, one with a category never seen, one empty."""
    gaps = test.isna().any(axis=1).to_numpy()
    order = np.argsort(~gaps, kind="stable")
    few = np.concatenate([order[: PROBE_ROWS // 2], order[PROBE_ROWS // 2 :][:: max(1, len(order) // PROBE_ROWS)]])
    records = [_record(columns, test.iloc[row]) for row in few[: PROBE_ROWS - 1]]
    text = next((column.name for column in columns if column.kind is ColumnKind.TEXT), None)
    if text is not None:
        records[-1] = {**records[-1], text: UNSEEN}
    return [*records, dict.fromkeys((column.name for column in columns), None)]


def _record(columns: Sequence[Column], row: "pd.Series[Any]") -> JsonObject:
    return {column.name: _plain(column.kind, row[column.name]) for column in columns}


def _plain(kind: ColumnKind, value: Any) -> Scalar | None:
    if pd.isna(value):
        return None
    if kind is ColumnKind.BOOLEAN:
        return bool(value)
    if kind is ColumnKind.TEXT:
        return str(value)
    if kind is ColumnKind.DATETIME:
        return str(pd.Timestamp(value).isoformat())
    number = float(value)
    return int(number) if kind is ColumnKind.INTEGER and number.is_integer() else number
