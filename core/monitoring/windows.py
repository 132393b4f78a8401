"""Windows: the two sides of a check, brought to the same columns."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from core.monitoring.drift import EXTRA, Pair
from core.records.dataset import ColumnKind, DatasetVersion
from core.records.prediction import LoggedPrediction


@dataclass(frozen=True)
class Window:
    """One side of a check: what it is called, its rows, and the kind of every column it has.

    ``frame`` holds the columns that are compared; ``kinds`` knows the others, too.
    """

    label: str
    frame: pd.DataFrame
    kinds: Mapping[str, ColumnKind]

    def column(self, name: str) -> "pd.Series[Any] | None":
        """Return the values of a column, or None when this side does not have it."""
        return self.frame[name] if name in self.frame.columns else None


def of_dataset(version: DatasetVersion, frame: pd.DataFrame) -> Window:
    """Return the window of a dataset version, of which ``frame`` holds the columns to compare."""
    return Window(str(version.ref), frame, {column.name: column.kind for column in version.columns})


def of_predictions(predictions: Sequence[LoggedPrediction], kinds: Mapping[str, ColumnKind]) -> Window:
    """Return the inputs of logged predictions, at least one, with the columns that ``kinds`` names."""
    present = set().union(*(prediction.features for prediction in predictions))
    names = [name for name in kinds if name in present]
    columns = {name: pd.Series([p.features.get(name) for p in predictions], dtype=object) for name in names}
    frame = pd.DataFrame(columns, index=range(len(predictions)))
    first, last = predictions[0].at, predictions[-1].at
    label = f"logged predictions, {first:%Y-%m-%d %H:%M} to {last:%Y-%m-%d %H:%M} UTC"
    return Window(label, frame, {name: kinds[name] for name in names})


def pair(name: str, role: str, reference: Window, current: Window, *, as_category: bool = False) -> Pair:
    """Put a column of both sides together; a change of its type becomes the reason it is not tested."""
    kinds = reference.kinds.get(name), current.kinds.get(name)
    kind = kinds[0] or kinds[1] or ColumnKind.TEXT
    reason = ""
    if kinds[0] and kinds[1] and kinds[0] is not kinds[1] and not (kinds[0].is_numeric and kinds[1].is_numeric):
        reason = f"the type changed from {kinds[0].value} to {kinds[1].value}"
    tested_as = ColumnKind.TEXT if as_category else kind
    return Pair(name, role, tested_as, reference.column(name), current.column(name), reason)


def extras(reference: Window, current: Window) -> list[Pair]:
    """Return a finding for each column only the current side has."""
    new = [name for name in current.kinds if name not in reference.kinds]
    return [Pair(name, EXTRA, current.kinds[name], None, None, "the reference has no such column") for name in new]
