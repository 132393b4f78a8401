"""A model version at rest and in use: the model's bytes, and beside them all a server must know to answer."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

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
from core.training.fitted import Fitted
from core.training.tables import score, to_frame
from core.training.trainer import Trained

PROBE_ROWS = 8
UNSEEN = "a value never seen before"
MOST_CATEGORIES = 100


@dataclass(frozen=True)
class Stored:
    """A model file and its address in the blob store."""

    model: bytes
    sha256: str


@dataclass(frozen=True)
class Described:
    """A manifest that lacks the addresses of what is stored yet, and the compiled form, if there is one."""

    manifest: ModelManifest
    compiled: bytes | None


@dataclass(frozen=True)
class Packed:
    """A bundle in the blob store: its manifest, the address of that, and the model's bytes."""

    manifest: ModelManifest
    sha256: str
    model: bytes


def pack(
    blobs: BlobStore,
    trained: Trained,
    *,
    spec: TrainingSpec,
    version: DatasetVersion,
    run_id: str,
    packages: Mapping[str, str],
    now: datetime,
    rows: Mapping[str, str] | None = None,
    probe: Sequence[JsonObject] | None = None,
) -> Packed:
    """Describe a model and store both; see :func:`store`, :func:`describe` and :func:`seal`."""
    stored = store(blobs, trained.fitted.pipeline)
    described = describe(
        trained.fitted,
        trained.train,
        trained.test,
        spec=spec,
        version=version,
        run_id=run_id,
        packages=packages,
        now=now,
        probe=probe,
    )
    return seal(blobs, described, stored, rows)


def store(blobs: BlobStore, pipeline: Any) -> Stored:
    """Store the file of a fitted pipeline.

    Raises:
        UnsafeModel: it holds types that are not on our list.
    """
    model = model_file.dump(pipeline)
    return Stored(model, blobs.put_bytes(model))


def describe(
    fitted: Fitted,
    train: pd.DataFrame,
    test: pd.DataFrame,
    *,
    spec: TrainingSpec,
    version: DatasetVersion,
    run_id: str,
    packages: Mapping[str, str],
    now: datetime,
    probe: Sequence[JsonObject] | None = None,
) -> Described:
    """Say all a server must know of a fitted model; ``train`` and ``test`` are rows as it takes them.

    ``probe`` are the records to know the model by, where :func:`probe_records` are not such as it answers. They are
    answered by the same functions that answer later; the model is compiled too, for when it then answers alike.
    """
    bare = ModelManifest(
        project=spec.project,
        run_id=run_id,
        task=spec.task,
        target=spec.target,
        positive=None if fitted.positive is None else str(fitted.classes[fitted.positive]),
        classes=fitted.classes,
        threshold=fitted.threshold,
        features=tuple(_input(column, train[column.name]) for column in fitted.columns),
        probe=(),
        model_sha256="",
        dataset=version.ref,
        dataset_sha256=version.sha256,
        estimator=spec.estimator,
        packages=dict(packages),
        created_at=now,
    )
    form, compiled = registering.compiled(bare, fitted.pipeline, test)
    records = probe_records(fitted.columns, test) if probe is None else probe
    return Described(
        bare.model_copy(update={"probe": _probe(bare, fitted.pipeline, records), "compiled": form}), compiled
    )


def seal(blobs: BlobStore, described: Described, stored: Stored, rows: Mapping[str, str] | None = None) -> Packed:
    """Store what describes a stored model, the manifest last; ``rows`` are the addresses of
    :mod:`core.training.holdout`."""
    if described.compiled is not None:
        blobs.put_bytes(described.compiled)
    manifest = described.manifest.model_copy(update={"model_sha256": stored.sha256, **(rows or {})})
    return Packed(manifest, blobs.put_bytes(manifest.model_dump_json().encode()), stored.model)


def load_pipeline(blobs: BlobStore, manifest: ModelManifest) -> Any:
    """Return the fitted pipeline of ``manifest``, after its hash and all its types were checked.

    Raises:
        BlobNotFound: the model is not in the store.
        BlobCorrupt: its bytes are not those that were stored.
        UnsafeModel: the file holds something that is not trusted.
    """
    return model_file.load(blobs.read(manifest.model_sha256))


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
