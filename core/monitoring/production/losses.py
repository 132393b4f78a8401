"""Performance of numbers without labels: direct loss estimation (DLE).

Method: a second model learns on the held-out rows, which the first has not seen, how large its error is for which
inputs and answers; its mean over served answers estimates the error there (NannyML's *Direct Loss Estimation*, 2022).
It sees inputs of a kind on which the model errs more, never that the same inputs come to mean something else.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from core.monitoring.samples import text
from core.records.performance import Band
from core.training.measures import Array

FEWEST = 200
"""Held-out rows below which no error is learned."""

MOST = 20_000
FOLDS = 3
SETTINGS: Mapping[str, Any] = {"max_iter": 80, "learning_rate": 0.08, "min_samples_leaf": 25, "random_state": 0}


@dataclass(frozen=True)
class Fitted:
    """What is known of one power of the error: its model (None: the mean says as much), the mean, and how far single
    rows lie from what it says."""

    model: Any
    mean: float
    spread: float

    def of(self, inputs: Array) -> Array:
        """Return the expected value for each row."""
        if self.model is None:
            return np.full(len(inputs), self.mean)
        return np.asarray(np.maximum(self.model.predict(inputs), 0.0))


@dataclass(frozen=True)
class Losses:
    """What errors are expected of which inputs: the absolute and the squared one. ``codes`` are the categories of each
    input that is none, in the order of their mean error; ``words`` say what was done."""

    columns: tuple[str, ...]
    codes: Mapping[str, Mapping[str, int]]
    absolute: Fitted
    squared: Fitted
    words: str

    def estimate(self, frame: pd.DataFrame, answers: Array) -> dict[str, tuple[float, Band]]:
        """Return MAE and RMSE of answers to the inputs in ``frame``, each with the interval in which 95 % of measured
        values would lie if the errors are as expected."""
        inputs = _encoded(frame, self.columns, self.codes, answers)
        found, rows = {}, len(answers)
        value = float(self.absolute.of(inputs).mean())
        around = 1.96 * self.absolute.spread / np.sqrt(rows)
        found["mae"] = (value, (max(value - around, 0.0), value + around))
        square, around = float(self.squared.of(inputs).mean()), 1.96 * self.squared.spread / np.sqrt(rows)
        ends = [float(np.sqrt(max(square + side * around, 0.0))) for side in (-1, 1)]
        found["rmse"] = (float(np.sqrt(square)), (ends[0], ends[1]))
        return found


def learn(frame: pd.DataFrame, answers: Array, truth: Array) -> Losses | str:
    """Learn the errors of held-out rows; a sentence where there are too few."""
    if len(answers) < FEWEST:
        return f"{len(answers):,} held-out rows are too few to learn the error from; {FEWEST} are needed."
    if len(answers) > MOST:
        some = np.sort(np.random.default_rng(0).choice(len(answers), MOST, replace=False))
        frame, answers, truth = frame.iloc[some], answers[some], truth[some]
    error = np.abs(truth - answers)
    columns = tuple(str(name) for name in frame.columns)
    codes = {name: _codes(frame[name], error) for name in columns if not _is_number(frame[name])}
    inputs = _encoded(frame, columns, codes, answers)
    absolute, squared = _fitted(inputs, error), _fitted(inputs, error**2)
    how = "errors learned on" if absolute.model is not None else "the mean error of"
    return Losses(columns, codes, absolute, squared, f"{how} {len(answers):,} held-out rows")


def _fitted(inputs: Array, loss: Array) -> Fitted:
    """Fit a model of a loss where it says more than the mean on rows it did not see."""
    from sklearn.ensemble import HistGradientBoostingRegressor
    from sklearn.model_selection import KFold, cross_val_predict

    told = cross_val_predict(HistGradientBoostingRegressor(**SETTINGS), inputs, loss, cv=KFold(FOLDS))
    away, usual = loss - told, loss - loss.mean()
    if np.mean(away**2) >= np.mean(usual**2):
        return Fitted(None, float(loss.mean()), float(usual.std()))
    model = HistGradientBoostingRegressor(**SETTINGS).fit(inputs, loss)
    return Fitted(model, float(loss.mean()), float(away.std()))


def _is_number(column: "pd.Series[Any]") -> bool:
    return pd.api.types.is_numeric_dtype(column.dtype) and not pd.api.types.is_bool_dtype(column.dtype)


def _codes(column: "pd.Series[Any]", error: Array) -> dict[str, int]:
    means = pd.Series(error, index=column.index).groupby(column.map(text, na_action="ignore")).mean()
    return {str(name): place for place, name in enumerate(means.sort_values(kind="stable").index)}


def _encoded(
    frame: pd.DataFrame, columns: tuple[str, ...], codes: Mapping[str, Mapping[str, int]], answers: Array
) -> Array:
    """Return inputs and answer as numbers; what is missing, or new, is NaN."""
    sides = []
    for name in columns:
        if name not in frame:
            sides.append(np.full(len(answers), np.nan))
        elif name in codes:
            sides.append(frame[name].map(text, na_action="ignore").map(codes[name]).to_numpy(dtype=np.float64))
        else:
            sides.append(pd.to_numeric(frame[name], errors="coerce").to_numpy(dtype=np.float64, na_value=np.nan))
    return np.column_stack([*sides, np.asarray(answers, dtype=np.float64)])
