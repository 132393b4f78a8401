"""Imported once by the process that forks jobs, so that a job starts without waiting for libraries.

Nothing here opens a database, talks to MLflow or computes: connections and thread pools do not survive a fork.
"""

import gc
from importlib import import_module

from core.settings import silence_telemetry

LIBRARIES = (
    "psutil",
    "pandas",
    "pyarrow.parquet",
    "sklearn.compose",
    "sklearn.ensemble",
    "sklearn.inspection",
    "sklearn.linear_model",
    "sklearn.metrics",
    "sklearn.model_selection",
    "sklearn.pipeline",
    "sklearn.preprocessing",
    "skops.io",
    "mlflow.sklearn",
    "mlflow.store.tracking.sqlalchemy_store",
    "evidently",
    "evidently.presets",
    "core.handlers",
    "core.bootstrap",
)

silence_telemetry()
for library in LIBRARIES:
    import_module(library)
gc.collect()
gc.freeze()
