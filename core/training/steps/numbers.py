"""Steps that work on numbers: filling what is missing, bins, scales."""

import itertools
from typing import Any, Self

import numpy as np
import pandas as pd

from core.training.steps.base import Step, replaced

MOST_QUANTILES = 1_000
"""Points a quantile scale learns at most."""


class FillMissing(Step):
    """Puts ``values_[i]`` where column ``columns[i]`` is missing.

    The values are learned on training rows by ``strategy`` (``median``, ``mean``, ``most_frequent``: the least of
    equally frequent ones) or are ``value`` (``constant``). A column empty in training is filled with 0, or "" for
    ``texts``. With ``indicator`` the column ``<name>_missing`` is 1 where the value was missing, else 0.
    """

    def __init__(
        self, columns: list[str], texts: list[str], strategy: str, value: float | str | None, *, indicator: bool
    ) -> None:
        self.columns = columns
        self.texts = texts
        self.strategy = strategy
        self.value = value
        self.indicator = indicator

    def fit(self, frame: pd.DataFrame, y: Any = None) -> Self:  # noqa: ARG002
        """Learn what stands in for missing values."""
        self.values_ = [self._stand_in(name, frame[name].dropna()) for name in self.columns]
        return self

    def _stand_in(self, name: str, known: "pd.Series[Any]") -> float | str:
        if self.strategy == "constant" and self.value is not None:
            return self.value
        if known.empty:
            return "" if name in self.texts else 0.0
        if self.strategy == "most_frequent":
            return known.mode().iloc[0] if name in self.texts else float(known.mode().iloc[0])
        return float(known.median() if self.strategy == "median" else known.mean())

    def transform(self, frame: pd.DataFrame) -> pd.DataFrame:
        """Return the table without gaps in the columns."""
        changed = {}
        for name, value in zip(self.columns, self.values_, strict=True):
            gone = frame[name].isna()
            changed[name] = np.where(gone, value, frame[name]) if name in self.texts else frame[name].fillna(value)
            if self.indicator:
                changed[f"{name}_missing"] = gone.astype(np.float64)
        return replaced(frame, changed)


class BinNumbers(Step):
    """Replaces ``columns[i]`` by the number of its bin: how many of the rising edges ``edges_[i]`` are not above it.

    The edges are ``edges``, or learned on training rows: ``count`` bins of equally many rows (``quantile``) or of one
    width (``uniform``); equal edges are one. A missing number stays missing. With ``labels`` the result is the text
    ``labels_[i][bin]`` instead; with ``keep`` it stands beside the column, as ``<name>_bin``.
    """

    def __init__(
        self, columns: list[str], method: str, edges: list[float], count: int, *, labels: bool, keep: bool
    ) -> None:
        self.columns = columns
        self.method = method
        self.edges = edges
        self.count = count
        self.labels = labels
        self.keep = keep

    def fit(self, frame: pd.DataFrame, y: Any = None) -> Self:  # noqa: ARG002
        """Learn the edges."""
        self.edges_ = [self._learned(frame[name].to_numpy(dtype=np.float64)) for name in self.columns]
        self.labels_ = [_labels(edges) for edges in self.edges_] if self.labels else []
        return self

    def _learned(self, values: np.ndarray[Any, Any]) -> list[float]:
        if self.method == "edges":
            return [float(edge) for edge in self.edges]
        known = values[np.isfinite(values)]
        if known.size == 0:
            return []
        if self.method == "uniform":
            inner = np.linspace(known.min(), known.max(), self.count + 1)[1:-1]
        else:
            inner = np.quantile(known, np.linspace(0, 1, self.count + 1)[1:-1])
        return [float(edge) for edge in np.unique(inner)]

    def transform(self, frame: pd.DataFrame) -> pd.DataFrame:
        """Return the table with bins."""
        changed = {}
        for place, (name, edges) in enumerate(zip(self.columns, self.edges_, strict=True)):
            values = frame[name].to_numpy(dtype=np.float64)
            found = np.searchsorted(np.asarray(edges, dtype=np.float64), values, side="right")
            changed[f"{name}_bin" if self.keep else name] = self._named(place, found, np.isnan(values))
        return replaced(frame, changed)

    def _named(self, place: int, bins: np.ndarray[Any, Any], gone: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
        if not self.labels:
            return np.where(gone, np.nan, bins.astype(np.float64))
        named: np.ndarray[Any, Any] = np.asarray(self.labels_[place], dtype=object)[bins]
        named[gone] = np.nan
        return named


def _labels(edges: list[float]) -> list[str]:
    """Return one text a bin, such as ``below 10``, ``10 to 20``, ``20 and above``."""
    short = [f"{edge:.6g}" for edge in edges]
    words = short if len(set(short)) == len(short) else [repr(edge) for edge in edges]
    if not words:
        return ["any"]
    between = [f"{low} to {high}" for low, high in itertools.pairwise(words)]
    return [f"below {words[0]}", *between, f"{words[-1]} and above"]


class ScaleNumbers(Step):
    """Replaces ``columns[i]`` by ``(x - centers_[i]) / spans_[i]``; a missing number stays missing.

    Learned on training rows: mean and standard deviation (``standard``), median and interquartile range (``robust``),
    least value and range (``min_max``, which leaves 0 to 1 for values beyond those seen). A span of 0 counts as 1.
    """

    def __init__(self, columns: list[str], method: str) -> None:
        self.columns = columns
        self.method = method

    def fit(self, frame: pd.DataFrame, y: Any = None) -> Self:  # noqa: ARG002
        """Learn centers and spans."""
        learned = [self._learned(frame[name].dropna().to_numpy(dtype=np.float64)) for name in self.columns]
        self.centers_ = [float(center) for center, _ in learned]
        self.spans_ = [float(span) if span > 0 and np.isfinite(span) else 1.0 for _, span in learned]
        return self

    def _learned(self, values: np.ndarray[Any, Any]) -> tuple[float, float]:
        if values.size == 0:
            return 0.0, 1.0
        if self.method == "standard":
            return float(values.mean()), float(values.std())
        if self.method == "min_max":
            return float(values.min()), float(values.max() - values.min())
        low, middle, high = np.quantile(values, [0.25, 0.5, 0.75])
        return float(middle), float(high - low)

    def transform(self, frame: pd.DataFrame) -> pd.DataFrame:
        """Return the table with the columns scaled."""
        parts = zip(self.columns, self.centers_, self.spans_, strict=True)
        return replaced(
            frame, {name: (frame[name].to_numpy(dtype=np.float64) - center) / span for name, center, span in parts}
        )


class ScaleByLog(Step):
    """Replaces ``columns`` by ``sign(x) * log(1 + |x|)``; a missing number stays missing."""

    def __init__(self, columns: list[str]) -> None:
        self.columns = columns

    def transform(self, frame: pd.DataFrame) -> pd.DataFrame:
        """Return the table with the columns on a logarithmic scale."""
        values = {name: frame[name].to_numpy(dtype=np.float64) for name in self.columns}
        return replaced(frame, {name: np.sign(x) * np.log1p(np.abs(x)) for name, x in values.items()})


class ScaleByQuantile(Step):
    """Replaces ``columns[i]`` by the share of training values below it, from 0 to 1.

    ``quantiles_[i]`` are the values at the shares 0, 1/(n-1), ..., 1 of the training rows, n at most 1,000; between
    them it is linear, and the middle of the shares where quantiles are equal; as scikit-learn's QuantileTransformer
    with a uniform output. A missing number stays missing.
    """

    def __init__(self, columns: list[str]) -> None:
        self.columns = columns

    def fit(self, frame: pd.DataFrame, y: Any = None) -> Self:  # noqa: ARG002
        """Learn the quantiles."""
        self.quantiles_ = [_quantiles(frame[name].dropna().to_numpy(dtype=np.float64)) for name in self.columns]
        return self

    def transform(self, frame: pd.DataFrame) -> pd.DataFrame:
        """Return the table with the columns as shares."""
        parts = zip(self.columns, self.quantiles_, strict=True)
        return replaced(frame, {name: _shares(frame[name].to_numpy(dtype=np.float64), known) for name, known in parts})


def _quantiles(values: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    if values.size == 0:
        return np.zeros(1)
    points = np.linspace(0, 1, min(MOST_QUANTILES, values.size))
    return np.maximum.accumulate(np.quantile(values, points))


def _shares(values: np.ndarray[Any, Any], known: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    points = np.linspace(0, 1, len(known))
    found = 0.5 * (np.interp(values, known, points) - np.interp(-values, -known[::-1], -points[::-1]))
    found = np.where(values == known[-1], 1.0, np.where(values == known[0], 0.0, found))
    return np.where(np.isnan(values), np.nan, found)
