"""Small real models in a blob store, for tests of what serves them."""

from functools import cache

import numpy as np
import pandas as pd

from core.clock import Clock
from core.ports.blobs import BlobStore
from core.ports.tracking import Tracking
from core.ports.unit_of_work import Store
from core.records.dataset import Column, ColumnKind
from core.records.model import ModelVersion
from core.records.project import Task
from core.records.training import RunStatus, TrainingSpec
from core.training import bundle, registration
from core.training.bundle import Packed
from core.training.trainer import Trained, train
from tests.builders import START, dataset_version, training_spec

FEATURES = (
    Column(name="tenure", kind=ColumnKind.INTEGER, nullable=False),
    Column(name="monthly charges", kind=ColumnKind.NUMBER, nullable=True),
    Column(name="plan", kind=ColumnKind.TEXT, nullable=False),
)

RECORD = {"tenure": 3, "monthly charges": 70.5, "plan": "basic"}
"""A customer that version 'leaves early' expects to leave and version 'flipped' expects to stay."""


def customers() -> pd.DataFrame:
    """Sixty customers; those who came lately leave."""
    rows = np.arange(60)
    charges = 20.0 + rows % 7
    charges[::10] = np.nan
    plan = np.where(rows % 3 == 0, "gold", "basic").astype(object)
    churn = np.where(rows < 30, "Yes", "No").astype(object)
    return pd.DataFrame({"tenure": rows, "monthly charges": charges, "plan": plan, "churn": churn, "value": rows * 2.5})


def spec(**changes: object) -> TrainingSpec:
    return training_spec(**{"features": tuple(column.name for column in FEATURES), **changes})


REGRESSION = {"task": Task.REGRESSION, "target": "value", "positive": None, "estimator": "ridge", "metric": "rmse"}


@cache
def _trained(text: str, flipped: bool) -> Trained:
    table = customers()
    if flipped:
        table["churn"] = table["churn"].map({"Yes": "No", "No": "Yes"})
    return train(table, FEATURES, TrainingSpec.model_validate_json(text))


def stored(blobs: BlobStore, run_id: str = "run1", *, flipped: bool = False, **changes: object) -> Packed:
    """Train (once a process) and store a model; ``flipped`` learns the opposite."""
    wanted = spec(**changes)
    return bundle.pack(
        blobs,
        _trained(wanted.model_dump_json(), flipped),
        spec=wanted,
        version=dataset_version(),
        run_id=run_id,
        packages={"scikit-learn": "1"},
        now=START,
    )


def tracked(blobs: BlobStore, tracking: Tracking, *, flipped: bool = False, **changes: object) -> str:
    """Train and store a model as a finished run; return the run's id."""
    wanted = spec(**changes)
    run_id = tracking.start_run(wanted, "run", {})
    packed = stored(blobs, run_id, flipped=flipped, **changes)
    trained = _trained(wanted.model_dump_json(), flipped)
    tags = {
        "pilothouse.bundle_sha256": packed.sha256,
        "pilothouse.model_sha256": packed.manifest.model_sha256,
        "pilothouse.dataset": str(wanted.dataset),
        "pilothouse.estimator": wanted.estimator,
    }
    example = trained.test.head(3)
    answers = trained.fitted.pipeline.predict(example)
    tracking.log_model(run_id, packed.model, example, answers, ["scikit-learn==1.9.1"], ["x"], tags)
    tracking.log_metrics(run_id, trained.evaluation.metrics)
    tracking.set_tags(run_id, tags)
    tracking.finish_run(run_id, RunStatus.FINISHED)
    return run_id


def registered(
    store: Store, blobs: BlobStore, tracking: Tracking, clock: Clock, *, flipped: bool = False, **changes: object
) -> ModelVersion:
    """Train, store and register a model, as a train job does."""
    run_id = tracked(blobs, tracking, flipped=flipped, **changes)
    return registration.register(store, tracking, clock, "ann", spec(**changes).project, run_id, None)
