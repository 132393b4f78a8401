"""How a model treats the groups of a column: who is selected, who is missed, who is selected in vain."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd

from core.records.evaluation import GroupFigures
from core.records.project import Task
from core.training.measures import Array, Outcome
from core.training.slices import parts

FIGURES = {
    "selection_rate": "Selected",
    "true_positive_rate": "True positive rate",
    "false_positive_rate": "False positive rate",
    "precision": "Precision",
    "accuracy": "Accuracy",
    "mae": "Mean abs. error",
    "bias": "Mean predicted minus actual",
}
"""Titles of the figures, in the order screens show them."""


def groups(frame: pd.DataFrame, outcome: Outcome) -> tuple[GroupFigures, ...]:
    """Return the figures of each group of each column of ``frame`` on the held-out rows; no group is left out."""
    judge = _JUDGES[outcome.task]
    return tuple(
        GroupFigures(
            column=str(name),
            group=label,
            rows=int(mask.sum()),
            figures={key: value for key, value in judge(outcome, mask).items() if np.isfinite(value)},
        )
        for name in frame
        for label, mask in parts(frame[name])
        if mask.any()
    )


def differences(found: tuple[GroupFigures, ...], column: str, least: int = 30) -> dict[str, float]:
    """Return the largest difference of each figure between two groups of ``column`` with at least ``least`` rows."""
    large = [one.figures for one in found if one.column == column and one.rows >= least]
    names = [name for name in FIGURES if large and all(name in one for one in large)]
    return {name: max(one[name] for one in large) - min(one[name] for one in large) for name in names}


def _share(part: Array, whole: Array) -> float:
    return float(part.sum() / whole.sum()) if whole.any() else float("nan")


def _binary(outcome: Outcome, mask: Array) -> dict[str, float]:
    true, said = outcome.is_positive[mask], outcome.said_positive[mask]
    return {
        "selection_rate": float(said.mean()),
        "true_positive_rate": _share(true & said, true),
        "false_positive_rate": _share(~true & said, ~true),
        "precision": _share(true & said, said),
        "accuracy": float((true == said).mean()),
    }


def _multiclass(outcome: Outcome, mask: Array) -> dict[str, float]:
    return {"accuracy": float((outcome.actual[mask] == outcome.answered[mask]).mean())}


def _regression(outcome: Outcome, mask: Array) -> dict[str, float]:
    error = outcome.answered[mask] - outcome.actual[mask]
    return {"mae": float(np.abs(error).mean()), "bias": float(error.mean())}


_JUDGES: dict[Task, Callable[[Outcome, Any], dict[str, float]]] = {
    Task.BINARY: _binary,
    Task.MULTICLASS: _multiclass,
    Task.REGRESSION: _regression,
}
_OF_TASK: dict[Task, tuple[str, ...]] = {
    Task.BINARY: ("selection_rate", "true_positive_rate", "false_positive_rate", "precision", "accuracy"),
    Task.MULTICLASS: ("accuracy",),
    Task.REGRESSION: ("mae", "bias"),
}


def figures_of(task: Task) -> tuple[str, ...]:
    """Return the figures that groups of a task have."""
    return _OF_TASK[task]
