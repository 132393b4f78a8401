"""What all steps share."""

from typing import Any, Self

import pandas as pd
from sklearn.base import BaseEstimator, TransformerMixin


class Step(TransformerMixin, BaseEstimator):  # type: ignore[misc]
    """From a table to a table; the given one is never changed, and each row is computed alone.

    Steps that learn nothing are fitted by being made.
    """

    def fit(self, frame: pd.DataFrame, y: Any = None) -> Self:  # noqa: ARG002
        """Learn from training rows; ``y`` are their answers."""
        return self

    def __sklearn_is_fitted__(self) -> bool:
        """Tell scikit-learn that there is nothing more to wait for."""
        return True


def replaced(frame: pd.DataFrame, columns: dict[str, Any]) -> pd.DataFrame:
    """Return ``frame`` with these columns set, new ones at the end; the others are shared, not copied."""
    changed = frame.copy(deep=False)
    for name, values in columns.items():
        changed[name] = values
    return changed
