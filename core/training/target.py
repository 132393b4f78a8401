"""The target column: which rows have an answer, what the classes are, and whether there is anything to learn."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from core.datasets.fit import meant, names_class
from core.errors import InvalidSpec
from core.records.prediction import Scalar
from core.records.project import Task

MAX_CLASSES = 200


@dataclass(frozen=True)
class Target:
    """The answers of the rows that have one.

    ``values`` are the answers of the kept rows in a plain NumPy type; ``classes`` all of them, sorted, as JSON values
    (empty for regression); ``positive`` is the index of the positive class, for binary tasks; ``rows`` the positions
    of the kept rows; ``dropped`` counts the rows without an answer.
    """

    values: np.ndarray[Any, Any]
    classes: tuple[Scalar, ...]
    positive: int | None
    rows: np.ndarray[Any, Any]
    dropped: int


def read_target(column: "pd.Series[Any]", task: Task, positive: str | None) -> Target:
    """Take the answers out of the target column.

    Raises:
        InvalidSpec: there is nothing to learn from it, or it does not fit the task; the sentence says why.
    """
    name = str(column.name)
    kept = column.notna().to_numpy()
    values = column[kept]
    if values.empty:
        raise InvalidSpec(problem=f"the target {name!r} is empty in every row.")
    rows, dropped = np.flatnonzero(kept), int((~kept).sum())
    if task is Task.REGRESSION:
        return Target(_numbers(values, name), (), None, rows, dropped)
    labels = _labels(values, name)
    classes, counts = np.unique(labels, return_counts=True)
    _require_classes(name, task, classes.tolist(), counts.tolist())
    index = _positive(classes.tolist(), positive, name) if task is Task.BINARY else None
    return Target(labels, tuple(classes.tolist()), index, rows, dropped)


def _numbers(values: "pd.Series[Any]", name: str) -> np.ndarray[Any, Any]:
    if not pd.api.types.is_numeric_dtype(values) or pd.api.types.is_bool_dtype(values):
        raise InvalidSpec(problem=f"the target {name!r} is not a number, but the project is a regression.")
    numbers = values.to_numpy(dtype=np.float64)
    infinite = int(np.isinf(numbers).sum())
    if infinite:
        raise InvalidSpec(problem=f"the target {name!r} is infinite in {infinite} rows. Correct or remove them.")
    if numbers.min() == numbers.max():
        raise InvalidSpec(problem=f"the target {name!r} is constant ({numbers[0]:g}); there is nothing to learn.")
    return numbers


def _labels(values: "pd.Series[Any]", name: str) -> np.ndarray[Any, Any]:
    if pd.api.types.is_datetime64_any_dtype(values):
        raise InvalidSpec(problem=f"the target {name!r} is a date, which is no class.")
    if pd.api.types.is_float_dtype(values):
        return _whole(values.to_numpy(dtype=np.float64), name)
    if pd.api.types.is_integer_dtype(values):
        return values.to_numpy(dtype=np.int64)
    if values.map(lambda value: isinstance(value, bool | np.bool_)).all():
        return values.to_numpy(dtype=bool)
    return np.array([str(value) for value in values])


def _whole(numbers: np.ndarray[Any, Any], name: str) -> np.ndarray[Any, Any]:
    if np.isinf(numbers).any():
        raise InvalidSpec(problem=f"the target {name!r} is infinite in some rows. Correct or remove them.")
    if (numbers != np.floor(numbers)).any():
        raise InvalidSpec(
            problem=f"the target {name!r} holds fractions, which are no classes. Use a regression project for it."
        )
    return numbers.astype(np.int64)


def _require_classes(name: str, task: Task, classes: list[Scalar], counts: list[int]) -> None:
    if len(classes) == 1:
        raise InvalidSpec(problem=f"the target {name!r} is constant ({classes[0]!r}); there is nothing to learn.")
    if task is Task.BINARY and len(classes) != 2:
        shown = ", ".join(repr(value) for value in classes[:5])
        raise InvalidSpec(
            problem=f"the target {name!r} has {len(classes)} classes ({shown}, ...), but the project is binary."
        )
    if task is Task.MULTICLASS and len(classes) == 2:
        raise InvalidSpec(problem=f"the target {name!r} has two classes only; use a binary project for it.")
    if len(classes) > MAX_CLASSES:
        raise InvalidSpec(
            problem=f"the target {name!r} has {len(classes)} classes; at most {MAX_CLASSES} can be told apart."
        )
    lonely = [repr(value) for value, count in zip(classes, counts, strict=True) if count == 1]
    if lonely:
        raise InvalidSpec(
            problem=f"the class {', '.join(lonely[:5])} of the target {name!r} has one row only, so it cannot be both "
            "learned and tested. Remove that row or merge the class with another."
        )


def _positive(classes: Sequence[Scalar], positive: str | None, name: str) -> int:
    """Return the index of the positive class; without one named, the last in sorted order (1, True, 'yes')."""
    if positive is None:
        return len(classes) - 1
    for index, value in enumerate(classes):
        if names_class(positive, value):
            return index
    shown = " and ".join(repr(value) for value in classes)
    raise InvalidSpec(
        problem=f"the positive class {positive!r} is not in the target {name!r}, whose classes are {shown}."
        + meant(positive, map(str, classes))
    )
