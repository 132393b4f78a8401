"""Recency: learning from the newest rows only, or from newer rows with more weight."""

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from core.errors import InvalidSpec
from core.records.training import TrainingSpec
from core.training.splitting import gap_of
from core.training.target import Target, read_target

if TYPE_CHECKING:
    import pandas as pd

Array = np.ndarray[Any, Any]


def answered(table: "pd.DataFrame", spec: TrainingSpec) -> tuple[Target, "pd.DataFrame"]:
    """Return the answers a training goes by and their rows of ``table``: all, or those of the newest stretch of time.

    Raises:
        InvalidSpec: there is nothing to learn from them, or the rows have no place in time.
    """
    places = _newest(table, spec)
    seen = table if places is None else table.iloc[places]
    target = read_target(seen[spec.target], spec.task, spec.positive)
    kept = seen.iloc[target.rows]
    return (target if places is None else replace(target, rows=places[target.rows])), kept


def weights(kept: "pd.DataFrame", spec: TrainingSpec) -> Array | None:
    """Return how much each row counts: half as much for each half-life before the newest; None when all count alike.

    Raises:
        InvalidSpec: the rows have no place in time.
    """
    if spec.recency is None or not spec.recency.half_life:
        return None
    moments = _moments(kept, spec)
    age = (moments.max() - moments) / _length(spec.recency.half_life, moments)
    return np.asarray(np.power(0.5, age.astype(np.float64)))


def _newest(table: "pd.DataFrame", spec: TrainingSpec) -> Array | None:
    if spec.recency is None or not spec.recency.window:
        return None
    moments = _moments(table, spec)
    return np.flatnonzero(moments > moments.max() - _length(spec.recency.window, moments))


def _moments(table: "pd.DataFrame", spec: TrainingSpec) -> Array:
    import pandas as pd

    assert spec.recency is not None  # noqa: S101 - asked by the callers
    times = table[spec.recency.column]
    if not (pd.api.types.is_datetime64_any_dtype(times) or pd.api.types.is_numeric_dtype(times)):
        raise InvalidSpec(problem=f"the column {times.name!r} is text, so no rows are the newest; upload it as dates.")
    if times.isna().any():
        raise InvalidSpec(problem=f"the column {times.name!r} is empty in some rows, so they have no place in time.")
    return np.asarray(times.to_numpy())


def _length(text: str, moments: Array) -> Any:
    length = gap_of(text, moments.dtype)
    if not length > (np.timedelta64(0, "ns") if np.issubdtype(moments.dtype, np.datetime64) else 0):
        raise InvalidSpec(problem=f"the length {text!r} must be above zero.")
    return length
