"""MLflow's entities as records, and records as MLflow's parameters and tags."""

import json
import math
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from core.records.model import Alias, ModelVersion
from core.records.training import Run, RunStatus, TrainingSpec

PREFIX = "pilothouse."
SPEC_TAG = f"{PREFIX}spec"
SPEC_FILE = "spec.json"
MODEL_FILE = "model.skops"
PARENT_TAG = "mlflow.parentRunId"
NOTE_TAG = "mlflow.note.content"
STATUSES = {"SCHEDULED": RunStatus.RUNNING}
"""States of MLflow that we do not know, as those we do."""


def params_of(spec: TrainingSpec) -> dict[str, str]:
    """Return what a runs table shows of a spec: the hyperparameters by name, and the choices around them."""
    around = {
        "estimator": spec.estimator,
        "features": str(len(spec.features)),
        "split": spec.split.kind.value,
        "test_size": f"{spec.split.test_size:g}",
        "seed": str(spec.seed),
        "metric": spec.metric,
    }
    if spec.preprocessing.steps:
        number = spec.preprocessing.preparation
        around["preparation"] = f"version {number}" if number else f"{len(spec.preprocessing.steps)} steps of its own"
    return {**around, **{name: str(value) for name, value in spec.params.items()}}


def finite(metrics: Mapping[str, float]) -> dict[str, float]:
    """Return the metrics that are numbers."""
    return {name: float(value) for name, value in metrics.items() if math.isfinite(value)}


def run_record(project: str, found: Any) -> Run:
    """Return an MLflow run as a record; its spec is None when it is not among the tags."""
    info, tags = found.info, found.data.tags
    version = tags.get(f"{PREFIX}version")
    text = tags.get(SPEC_TAG)
    status = STATUSES.get(info.status) or RunStatus(info.status)
    is_over = info.end_time and status is not RunStatus.RUNNING
    return Run(
        run_id=info.run_id,
        project=project,
        name=info.run_name or info.run_id[:8],
        status=status,
        started_at=_moment(info.start_time),
        finished_at=_moment(info.end_time) if is_over else None,
        estimator=tags.get(f"{PREFIX}estimator"),
        dataset=tags.get(f"{PREFIX}dataset"),
        params=dict(found.data.params),
        metrics=finite(found.data.metrics),
        tags={name: value for name, value in tags.items() if not name.startswith("mlflow.") and name != SPEC_TAG},
        spec=TrainingSpec.model_validate_json(text) if text else None,
        job_id=tags.get(f"{PREFIX}job_id"),
        bundle_sha256=tags.get(f"{PREFIX}bundle_sha256"),
        version=int(version) if version else None,
        parent_id=tags.get(PARENT_TAG),
        note=tags.get(NOTE_TAG, ""),
    )


def version_record(found: Any, aliases: Iterable[str]) -> ModelVersion:
    """Return an MLflow model version as a record."""
    tags = found.tags
    known = {alias.value: alias for alias in Alias}
    return ModelVersion(
        project=found.name,
        version=int(found.version),
        run_id=found.run_id or "",
        aliases=tuple(sorted(known[name] for name in aliases if name in known)),
        bundle_sha256=tags.get(f"{PREFIX}bundle_sha256", ""),
        model_sha256=tags.get(f"{PREFIX}model_sha256", ""),
        dataset=tags.get(f"{PREFIX}dataset", ""),
        estimator=tags.get(f"{PREFIX}estimator", ""),
        job_id=tags.get(f"{PREFIX}job_id"),
        created_at=_moment(found.creation_timestamp),
    )


def _moment(since_epoch: int) -> datetime:
    return datetime.fromtimestamp(since_epoch / 1000, UTC)


def milliseconds(moment: datetime) -> int:
    """Return a moment as MLflow counts time."""
    return round(moment.timestamp() * 1000)


def dataset_input(name: str, digest: str, source: str, columns: Mapping[str, str]) -> Any:
    """Return the MLflow input that says which dataset version a run was trained on."""
    from mlflow.entities import Dataset, DatasetInput, InputTag

    schema = [{"name": column, "type": kind, "required": False} for column, kind in columns.items()]
    dataset = Dataset(
        name=name,
        digest=digest[:36],
        source_type="pilothouse",
        source=json.dumps({"uri": source, "sha256": digest}),
        schema=json.dumps({"mlflow_colspec": schema}),
    )
    return DatasetInput(dataset, [InputTag("mlflow.data.context", "training")])
