"""What a notebook does: fit with scikit-learn, log with MLflow's own functions to the MLflow of the installation."""

import io
from typing import Any

import mlflow
import numpy as np
import pandas as pd
from sklearn.compose import make_column_transformer
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import train_test_split
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from skops.io import dumps, get_untrusted_types

from core.platform import Platform
from tests.core.training.test_service import csv

NUMBERS, WORDS = ["tenure", "charges"], ["contract"]
FEATURES = [*NUMBERS, *WORDS]
SEED = 3


def table() -> tuple[pd.DataFrame, "pd.Series[Any]"]:
    """The customers as pandas reads their file."""
    found = pd.read_csv(io.BytesIO(csv()))
    return found[FEATURES], found["churn"]


def split() -> tuple[pd.DataFrame, pd.DataFrame, "pd.Series[Any]", "pd.Series[Any]"]:
    rows, churn = table()
    return tuple(train_test_split(rows, churn, test_size=0.25, random_state=SEED, stratify=churn))


def pipeline(model: Any = None) -> Pipeline:
    """A common preparation, without the names and shapes that trainings here give it."""
    numbers = make_pipeline(SimpleImputer(strategy="mean"), StandardScaler())
    words = OneHotEncoder(handle_unknown="ignore")
    prepare = make_column_transformer((numbers, NUMBERS), (words, WORDS))
    return make_pipeline(prepare, LogisticRegression(max_iter=500) if model is None else model)


def fitted(model: Any = None, answers: Any = None) -> Pipeline:
    rows, _, churn, _ = split()
    return pipeline(model).fit(rows, churn if answers is None else answers(churn))


def log(platform: Platform, model: Any, *, metrics: dict[str, float] | None = None, **options: Any) -> str:
    """Log ``model`` as a run of the project and return its id."""
    mlflow.set_tracking_uri(platform.settings.mlflow_tracking_uri)
    mlflow.set_experiment("churn")
    wanted = {"serialization_format": "skops", "pip_requirements": ["scikit-learn"], **options}
    if wanted["serialization_format"] == "skops":
        wanted.setdefault("skops_trusted_types", get_untrusted_types(data=dumps(model)))
    with mlflow.start_run(run_name="my notebook") as run:
        mlflow.log_metrics(metrics or {})
        mlflow.sklearn.log_model(model, name="model", **wanted)
    return str(run.info.run_id)


def shares(model: Pipeline, rows: pd.DataFrame) -> list[list[float]]:
    found: list[list[float]] = np.asarray(model.predict_proba(rows)).tolist()
    return found
