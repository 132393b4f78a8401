"""Steps that work on text: rare categories, and numbers in the place of words."""

from collections.abc import Iterable
from typing import Any, Self

import numpy as np
import pandas as pd

from core.training.steps.base import Step, replaced

FOLDS = 5
"""Parts of the training rows in a target encoding: each is encoded by what the others say."""


class GroupRareCategories(Step):
    """Replaces every text in ``columns[i]`` that is not among ``kept_[i]`` by ``into``; a missing one stays missing.

    Kept are the categories with at least ``least_share`` of the training rows that have one.
    """

    def __init__(self, columns: list[str], least_share: float, into: str) -> None:
        self.columns = columns
        self.least_share = least_share
        self.into = into

    def fit(self, frame: pd.DataFrame, y: Any = None) -> Self:  # noqa: ARG002
        """Learn which categories are frequent."""
        self.kept_ = [self._frequent(frame[name].dropna()) for name in self.columns]
        return self

    def _frequent(self, values: "pd.Series[Any]") -> list[str]:
        shares = values.value_counts(normalize=True)
        return sorted(str(name) for name, share in shares.items() if share >= self.least_share)

    def transform(self, frame: pd.DataFrame) -> pd.DataFrame:
        """Return the table with the rare categories in one."""
        changed = {}
        for name, kept in zip(self.columns, self.kept_, strict=True):
            stays = frame[name].isin(kept) | frame[name].isna()
            changed[name] = np.where(stays, frame[name], self.into)
        return replaced(frame, changed)


class EncodeByTable(Step):
    """Replaces the text ``categories_[i][j]`` in ``columns[i]`` by the number ``numbers_[i][j]``.

    A text not in the table becomes ``unknown_[i]``, a missing one ``missing_[i]``; both may be NaN. What the table says
    is learned by ``method`` on training rows:

    * ``ordinal``: 0, 1, ... in the given ``order``, or sorted as text; unknown and missing stay missing
    * ``frequency``: the share of rows with that category among all; unknown is 0, missing its own share
    """

    def __init__(self, columns: list[str], method: str, order: list[str]) -> None:
        self.columns = columns
        self.method = method
        self.order = order

    def fit(self, frame: pd.DataFrame, y: Any = None) -> Self:  # noqa: ARG002
        """Learn the table."""
        tables = [self._learned(frame[name]) for name in self.columns]
        self.categories_ = [list(table) for table, _, _ in tables]
        self.numbers_ = [list(table.values()) for table, _, _ in tables]
        self.unknown_ = [unknown for _, unknown, _ in tables]
        self.missing_ = [missing for _, _, missing in tables]
        return self

    def _learned(self, values: "pd.Series[Any]") -> tuple[dict[str, float], float, float]:
        if self.method == "ordinal":
            order = self.order or sorted(str(value) for value in values.dropna().unique())
            return {name: float(place) for place, name in enumerate(order)}, np.nan, np.nan
        counts, rows = values.value_counts(), max(len(values), 1)
        shares = {str(name): count / rows for name, count in counts.items()}
        return dict(sorted(shares.items())), 0.0, float(values.isna().sum() / rows)

    def transform(self, frame: pd.DataFrame) -> pd.DataFrame:
        """Return the table with numbers in the place of texts."""
        tables = zip(self.categories_, self.numbers_, self.unknown_, self.missing_, strict=True)
        return _looked_up(frame, self.columns, tables)


class EncodeByTarget(Step):
    """Replaces the text ``categories_[i][j]`` in ``columns[i]`` by ``numbers_[i][j]``: the mean answer of its rows.

    The answer is the number of a regression, or 1 for the second class (in sorted order) of a binary task. The mean is
    drawn towards that of all rows, the more the fewer rows a category has: by ``smooth`` rows, or as much as the
    variances suggest (scikit-learn's TargetEncoder). Unknown categories, and missing ones if training had none, become
    the mean of all rows. Training rows are encoded by what five parts of the others say, drawn with ``seed``, so that
    no row sees its own answer; ``transform`` uses all of them.
    """

    def __init__(self, columns: list[str], target_type: str, smooth: float | None, seed: int) -> None:
        self.columns = columns
        self.target_type = target_type
        self.smooth = smooth
        self.seed = seed

    def fit(self, frame: pd.DataFrame, y: Any = None) -> Self:
        """Learn the mean answers."""
        self.fit_transform(frame, y)
        return self

    def fit_transform(self, frame: pd.DataFrame, y: Any = None) -> pd.DataFrame:
        """Learn the mean answers and return the training rows, cross-fitted."""
        from sklearn.model_selection import KFold, StratifiedKFold
        from sklearn.preprocessing import TargetEncoder

        parts = KFold if self.target_type == "continuous" else StratifiedKFold
        encoder = TargetEncoder(
            target_type=self.target_type,
            smooth="auto" if self.smooth is None else self.smooth,
            cv=parts(FOLDS, shuffle=True, random_state=self.seed),
        )
        encoded = encoder.fit_transform(frame[self.columns].astype(object), y)
        self._keep(encoder)
        return replaced(frame, {name: encoded[:, place] for place, name in enumerate(self.columns)})

    def _keep(self, encoder: Any) -> None:
        overall = float(encoder.target_mean_)
        self.categories_, self.numbers_, self.missing_ = [], [], []
        for names, numbers in zip(encoder.categories_, encoder.encodings_, strict=True):
            table = {name: float(number) for name, number in zip(names, numbers, strict=True) if isinstance(name, str)}
            gone = [float(number) for name, number in zip(names, numbers, strict=True) if not isinstance(name, str)]
            self.categories_.append(list(table))
            self.numbers_.append(list(table.values()))
            self.missing_.append(gone[0] if gone else overall)
        self.unknown_ = [overall] * len(self.columns)

    def transform(self, frame: pd.DataFrame) -> pd.DataFrame:
        """Return the table with mean answers in the place of texts."""
        tables = zip(self.categories_, self.numbers_, self.unknown_, self.missing_, strict=True)
        return _looked_up(frame, self.columns, tables)


_Table = tuple[list[str], list[float], float, float]
"""Categories, their numbers, the number of unknown ones and that of missing ones."""


def _looked_up(frame: pd.DataFrame, columns: list[str], tables: Iterable[_Table]) -> pd.DataFrame:
    return replaced(frame, {name: _numbers(frame[name], *table) for name, table in zip(columns, tables, strict=True)})


def _numbers(
    values: "pd.Series[Any]", categories: list[str], numbers: list[float], unknown: float, missing: float
) -> np.ndarray[Any, Any]:
    table = dict(zip(categories, numbers, strict=True))
    gone = values.isna().to_numpy()
    found = np.fromiter((table.get(value, unknown) for value in values), dtype=np.float64, count=len(values))
    return np.where(gone, missing, found)
