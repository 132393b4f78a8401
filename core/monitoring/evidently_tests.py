"""The bridge to Evidently: one test on one pair of samples, with everything said explicitly."""

import warnings
from functools import lru_cache
from typing import Any

import numpy as np
import pandas as pd

from core.monitoring.methods import Method
from core.monitoring.samples import NumberSample, Sample

COLUMN = "value"
"""The only column name Evidently sees: real names can hold anything."""


def statistic(method: Method, reference: "pd.Series[Any]", current: "pd.Series[Any]") -> float:
    """Return the statistic of ``method`` for two samples without missing values: float64, or text.

    Raises:
        ValueError: the test gave no finite number.
    """
    evidently = _evidently()
    metrics = _metrics()
    definition = _definition(evidently, reference)
    report = evidently.Report([metrics.ValueDrift(column=COLUMN, method=method.evidently, threshold=method.effect)])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # numpy's about empty bins and constant columns: the number is checked below
        snapshot = report.run(*(_dataset(evidently, definition, side) for side in (current, reference)))
    value = float(snapshot.dict()["metrics"][0]["value"])
    if not np.isfinite(value):
        raise ValueError(f"{method.title} gave {value}")
    return value


def values(side: Sample) -> "pd.Series[Any]":
    """Return a sample as the column that Evidently reads."""
    if isinstance(side, NumberSample):
        return pd.Series(side.values, dtype="float64")
    return pd.Series(np.repeat(list(side.counts), list(side.counts.values())), dtype=object)


def ks_distance(
    reference: "pd.Series[Any]",
    current: "pd.Series[Any]",
    feature_type: Any,  # noqa: ARG001
    threshold: float,
) -> tuple[float, bool]:
    """Return the two-sample Kolmogorov-Smirnov distance and whether it reaches ``threshold``, as Evidently asks it.

    Evidently's own "ks" gives the p-value only, which at many thousand rows calls any difference drift.
    """
    from scipy.stats import ks_2samp

    distance = float(ks_2samp(reference, current, method="asymp").statistic)
    return distance, distance >= threshold


def _dataset(evidently: Any, definition: Any, side: "pd.Series[Any]") -> Any:
    return evidently.Dataset.from_pandas(pd.DataFrame({COLUMN: side.to_numpy()}), data_definition=definition)


def _definition(evidently: Any, side: "pd.Series[Any]") -> Any:
    if pd.api.types.is_numeric_dtype(side):
        return evidently.DataDefinition(numerical_columns=[COLUMN])
    return evidently.DataDefinition(categorical_columns=[COLUMN])


def _metrics() -> Any:
    import evidently.metrics

    return evidently.metrics


@lru_cache(maxsize=1)
def _evidently() -> Any:
    """Import Evidently and make our distance known to it, once; it takes seconds."""
    import evidently
    from evidently.legacy.calculations.stattests import StatTest, register_stattest
    from evidently.legacy.core import ColumnType

    test = StatTest(
        name="ks_distance",
        display_name="Kolmogorov-Smirnov distance",
        allowed_feature_types=[ColumnType.Numerical],
        default_threshold=0.1,
    )
    register_stattest(test, ks_distance)
    return evidently
