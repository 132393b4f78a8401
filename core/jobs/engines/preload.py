"""Imported once by the process that forks jobs, so that a job starts without waiting for libraries.

Nothing here opens a database, talks to MLflow or computes: connections and thread pools do not survive a fork.
"""

import gc
from importlib import import_module

from core.settings import silence_telemetry

MODULES = (
    "alembic.command",
    "encodings.cp437",
    "multiprocessing.dummy",
    "psutil",
    "pandas",
    "pyarrow.pandas_compat",
    "pyarrow.parquet",
    "scipy.stats",
    "sklearn.compose",
    "sklearn.ensemble",
    "sklearn.impute",
    "sklearn.inspection",
    "sklearn.linear_model",
    "sklearn.metrics",
    "sklearn.model_selection",
    "sklearn.pipeline",
    "sklearn.preprocessing",
    "skops.io",
    "mlflow.models",
    "mlflow.pyfunc",
    "mlflow.sklearn",
    "mlflow.store.model_registry.sqlalchemy_workspace_store",
    "mlflow.store.tracking.sqlalchemy_workspace_store",
    "narwhals._pandas_like.namespace",
    "narwhals.stable.v2._namespace",
    "onnxruntime",
    "optuna",
    "evidently",
    "evidently.metrics",
    "core.handlers",
    "core.bootstrap",
    "core.cli.processes",
    "core.datasets.profile.table",
    "core.datasets.reading",
    "core.monitoring.drift",
    "core.monitoring.material",
    "core.monitoring.verdict",
    "core.training.bundle",
    "core.training.holdout",
    "core.training.registration",
    "core.training.reproduction",
    "core.training.trainer",
    "core.training.tuning.execution",
    "storage.mlflow_model",
)
"""What jobs import; the libraries are most of a job's seconds, our own modules the last tenths of one."""

silence_telemetry()
for module in MODULES:
    import_module(module)
gc.collect()
gc.freeze()
