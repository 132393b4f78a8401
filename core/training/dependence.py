"""What the answers do when one feature changes and the others stay (partial dependence, Friedman 2001)."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from core.records.dataset import Column, ColumnKind
from core.records.evaluation import Dependence
from core.training.fitted import Fitted
from core.training.measures import Array

FEATURES, ROWS, VALUES, NAMES = 5, 60, 12, 5


def dependence(fitted: Fitted, frame: pd.DataFrame, features: Sequence[str], seed: int) -> tuple[Dependence, ...]:
    """Return the mean answers over at most 60 seeded held-out rows, for the first five of ``features``.

    Numbers take up to 12 of their quantiles from 5 % to 95 %, texts their most frequent values.
    """
    rng = np.random.default_rng(seed)
    rows = frame.iloc[np.sort(rng.choice(len(frame), size=min(ROWS, len(frame)), replace=False))]
    columns = {column.name: column for column in fitted.columns}
    values = {name: _values(columns[name], frame[name]) for name in features[:FEATURES] if name in columns}
    asked = [(name, value) for name, found in values.items() for value in found]
    if not asked:
        return ()
    together = pd.concat([rows.assign(**{name: _filled(rows, name, value)}) for name, value in asked])
    means = _answers(fitted, together).reshape(len(asked), len(rows), -1).mean(axis=1)
    names = _names(fitted)
    places = {name: [at for at, (other, _) in enumerate(asked) if other == name] for name in values}
    return tuple(
        Dependence(
            feature=name,
            values=tuple(str(v) if isinstance(v, bool | str) else float(v) for v in values[name]),
            names=names,
            lines=tuple(tuple(means[places[name], line].tolist()) for line in range(len(names))),
        )
        for name in values
        if len(values[name]) > 1
    )


def _filled(rows: pd.DataFrame, name: str, value: Any) -> "pd.Series[Any]":
    return pd.Series([value] * len(rows), index=rows.index, dtype=rows[name].dtype)


def _values(column: Column, values: "pd.Series[Any]") -> list[Any]:
    known = values.dropna()
    if column.kind is ColumnKind.TEXT:
        counts = sorted(known.value_counts().items(), key=lambda item: (-item[1], str(item[0])))
        return [value for value, _ in counts[:VALUES]]
    if column.kind is ColumnKind.BOOLEAN or known.nunique() <= VALUES:
        return sorted(known.unique().tolist())
    return list(dict.fromkeys(known.quantile(np.linspace(0.05, 0.95, VALUES)).tolist()))


def _answers(fitted: Fitted, frame: pd.DataFrame) -> Array:
    """Return one column a line: the positive class, each of the first classes, or the number."""
    outcome = fitted.outcome(fitted.prepare(frame), np.zeros(len(frame), dtype=np.int64))
    if not fitted.classes:
        return outcome.answered
    return outcome.score if fitted.positive is not None else outcome.scores[:, :NAMES]


def _names(fitted: Fitted) -> tuple[str, ...]:
    if not fitted.classes:
        return ("",)
    if fitted.positive is not None:
        return (str(fitted.classes[fitted.positive]),)
    return tuple(str(value) for value in fitted.classes[:NAMES])
