"""A fitted pipeline with what its answers mean."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from core.records.dataset import Column
from core.records.prediction import Scalar
from core.records.project import Task
from core.training import forests
from core.training.answers import decide
from core.training.measures import Array, Outcome
from core.training.preprocessing import WORDS, column_transformer

PREPARE, MODEL = "prepare", "model"
"""Names of the two steps of every pipeline."""

MANY_ROWS = 1000
"""Fewer rows are not worth a second thread."""


@dataclass(frozen=True)
class Side:
    """Prepared rows with their truth: class indices or numbers."""

    matrix: Array
    actual: Array


@dataclass(frozen=True)
class Fitted:
    """A pipeline of preprocessing and model, the columns it takes, and its classes in the order of the scores.

    ``positive`` is the index of the positive class of a binary task. Many rows are answered on ``threads`` threads,
    each row exactly as it would be alone.
    """

    pipeline: Any
    task: Task
    columns: tuple[Column, ...]
    classes: tuple[Scalar, ...]
    positive: int | None
    threshold: float
    threads: int = 1

    def prepare(self, frame: pd.DataFrame) -> Array:
        """Return the matrix the model sees."""
        return np.asarray(self.pipeline.named_steps[PREPARE].transform(frame), dtype=np.float64)

    def outcome(self, matrix: Array, actual: Array) -> Outcome:
        """Answer a prepared matrix and set the truth beside it."""
        model = self.pipeline.named_steps[MODEL]
        answered = self._answer(forests.predictor(model, classifies=self.task.is_classification), matrix)
        if self.task.is_classification:
            return self.outcome_of(answered, actual)
        return Outcome(self.task, actual, answered, np.empty((len(answered), 0)), None)

    def _answer(self, predict: Callable[[Array], Any], matrix: Array) -> Array:
        if self.threads == 1 or len(matrix) < MANY_ROWS:
            return np.asarray(predict(matrix), dtype=np.float64)
        with ThreadPoolExecutor(self.threads) as pool:
            parts = list(pool.map(predict, np.array_split(matrix, self.threads)))
        return np.concatenate(parts).astype(np.float64)

    def outcome_of(self, scores: Array, actual: Array) -> Outcome:
        """Set the truth beside class probabilities."""
        return Outcome(self.task, actual, decide(scores, self.positive, self.threshold), scores, self.positive)

    def blocks(self) -> dict[str, Array]:
        """Return for each column, as the steps of the preparation leave them, the positions it has in the matrix."""
        prepare = column_transformer(self.pipeline.named_steps[PREPARE])
        found: dict[str, Array] = {}
        for group, fitted, names in prepare.transformers_:
            if isinstance(fitted, str):
                continue
            start = prepare.output_indices_[group].start or 0
            widths = _widths(fitted) if group.startswith(WORDS) else [1] * len(names)
            ends = start + np.cumsum(widths)
            found |= {name: np.arange(end - width, end) for name, width, end in zip(names, widths, ends, strict=True)}
        return found


def _widths(words: Any) -> list[int]:
    """Return how many matrix columns each text column became."""
    encoder = words.named_steps["encode"]
    count = encoder.n_features_in_
    names = encoder.get_feature_names_out([str(index) for index in range(count)])
    owners = [int(name.partition("_")[0]) for name in names]
    return [int(width) for width in np.bincount(owners, minlength=count)]
