"""Small tables to learn from, and what the trainer wants to know of them."""

from typing import Any

import numpy as np
import pandas as pd

from core.records.dataset import Column, ColumnKind
from core.records.project import Task
from core.records.training import TrainingSpec
from tests.builders import training_spec

BINARY = {"task": Task.BINARY, "target": "churn", "positive": "Yes", "metric": "roc_auc"}
MULTICLASS = {"task": Task.MULTICLASS, "target": "tier", "positive": None, "metric": "accuracy"}
REGRESSION = {"task": Task.REGRESSION, "target": "spend", "positive": None, "metric": "rmse"}
FEATURES = ("tenure", "charges", "contract", "senior")

SMALL: dict[str, dict[str, int | str]] = {
    "random_forest": {"n_estimators": 3},
    "extra_trees": {"n_estimators": 3},
    "hist_gradient_boosting": {"max_iter": 3},
    "lightgbm": {"n_estimators": 3},
    "xgboost": {"n_estimators": 3},
    "mlp": {"max_iter": 5, "hidden_layer_sizes": "4"},
}
"""Hyperparameters that make each estimator quick."""

COLUMNS = (
    Column(name="tenure", kind=ColumnKind.INTEGER, nullable=False),
    Column(name="charges", kind=ColumnKind.NUMBER, nullable=True),
    Column(name="contract", kind=ColumnKind.TEXT, nullable=True),
    Column(name="senior", kind=ColumnKind.BOOLEAN, nullable=True),
)


def customers(rows: int = 240) -> pd.DataFrame:
    """Customers of whom the newer ones with dear contracts leave; some values are missing, as in life."""
    rng = np.random.default_rng(7)
    tenure = rng.integers(0, 72, rows)
    charges = rng.uniform(20, 120, rows)
    contract = rng.choice(["monthly", "yearly", "long"], rows).astype(object)
    senior = rng.choice([True, False], rows).astype(object)
    risk = charges / 40 - tenure / 18 + (contract == "monthly") + rng.normal(0, 0.5, rows)
    tier = np.where(risk > 1.5, "gold", np.where(risk > 0, "silver", "basic")).astype(object)
    charges[::17], contract[::23], senior[::19] = np.nan, None, None
    day = pd.Timestamp("2026-01-01") + pd.to_timedelta(np.arange(rows) // 4, unit="D")
    return pd.DataFrame(
        {
            "tenure": tenure,
            "charges": charges,
            "contract": contract,
            "senior": senior,
            "churn": np.where(risk > 0.4, "Yes", "No").astype(object),
            "tier": tier,
            "spend": 10 * risk + 200,
            "day": day,
        }
    )


def spec(**changes: Any) -> TrainingSpec:
    return training_spec(**{"features": FEATURES, **BINARY, **changes})
