"""Which rows are held out: at random, or the latest by time."""

from typing import Any

import numpy as np
import pandas as pd

from core.errors import InvalidSpec
from core.records.training import Split, SplitKind
from core.training.target import Target

Rows = np.ndarray[Any, Any]


def split(target: Target, spec: Split, seed: int, times: "pd.Series[Any] | None") -> tuple[Rows, Rows]:
    """Return (training, test) positions within the rows of ``target``, each in ascending order.

    ``times`` is the time column for those rows; the rows of one moment never part. The same arguments always give
    the same rows.

    Raises:
        InvalidSpec: the rows cannot be parted so that there is something to learn and something to test.
    """
    if spec.kind is SplitKind.TIME:
        train, test = _by_time(times, spec)
    else:
        train, test = _at_random(target, spec, seed)
    if target.classes:
        _require_all_classes(target, train)
    return train, test


def _at_random(target: Target, spec: Split, seed: int) -> tuple[Rows, Rows]:
    from sklearn.model_selection import train_test_split

    rows = np.arange(len(target.values))
    tests = int(np.ceil(spec.test_size * len(rows)))
    least = max(len(target.classes), 1)
    if tests < least or len(rows) - tests < least:
        raise InvalidSpec(
            problem=f"{len(rows)} rows with an answer are too few: holding out {tests} of them must leave at least "
            f"{least} on each side. Add rows or change the test size."
        )
    stratify = target.values if target.classes else None
    train, test = train_test_split(rows, test_size=tests, random_state=seed, stratify=stratify)
    return np.sort(train), np.sort(test)


def _by_time(times: "pd.Series[Any] | None", spec: Split) -> tuple[Rows, Rows]:
    if times is None:
        raise InvalidSpec(problem="a split by time needs a time column.")
    name = times.name
    if not (pd.api.types.is_datetime64_any_dtype(times) or pd.api.types.is_numeric_dtype(times)):
        raise InvalidSpec(problem=f"the time column {name!r} is text; upload it as dates or numbers.")
    missing = int(times.isna().sum())
    if missing:
        raise InvalidSpec(
            problem=f"the time column {name!r} is empty in {missing} rows, so they have no place in time."
        )
    moments = times.to_numpy()
    earliest = np.sort(moments, kind="stable")
    cut = earliest[min(int(np.floor((1 - spec.test_size) * len(moments))), len(moments) - 1)]
    train, test = np.flatnonzero(moments < cut), np.flatnonzero(moments >= cut)
    if not len(train):
        raise InvalidSpec(problem=f"too few different moments in {name!r} to hold out the latest rows.")
    return train, test


def _require_all_classes(target: Target, train: Rows) -> None:
    present = set(np.unique(target.values[train]).tolist())
    absent = [repr(value) for value in target.classes if value not in present]
    if absent:
        raise InvalidSpec(
            problem=f"the class {', '.join(absent)} occurs only in the held-out rows, so it cannot be learned. "
            "Hold out fewer rows or split at random."
        )
