"""Small real models in a blob store, for tests of what serves them."""

from functools import cache

import numpy as np
import pandas as pd

from core.ports.blobs import BlobStore
from core.records.dataset import Column, ColumnKind
from core.records.project import Task
from core.records.training import TrainingSpec
from core.training import bundle
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
