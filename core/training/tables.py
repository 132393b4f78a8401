"""Records and rows of datasets as the tables a fitted pipeline takes, and its answers to them."""

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from core.records.model import ModelManifest
from core.records.prediction import Scalar
from core.training.answers import Answers, decide, numbers, probabilities
from core.training.preprocessing import model_frame

if TYPE_CHECKING:
    from sklearn.pipeline import Pipeline

_ONE_AT_A_TIME = threading.Lock()


@dataclass(frozen=True)
class Scores:
    """Answers of a model: ``predictions`` as JSON values, ``scores`` as probabilities (rows by classes, None for
    regression)."""

    predictions: list[Scalar]
    scores: np.ndarray[Any, Any] | None


def to_frame(manifest: ModelManifest, records: Sequence[Mapping[str, Any]]) -> pd.DataFrame:
    """Return records as the table the model takes; fields that are absent or None are missing, others ignored.

    Values must be of the kind of their column (see ``manifest.features``).
    """
    names = [feature.column.name for feature in manifest.features]
    table = pd.DataFrame({name: pd.Series([record.get(name) for record in records], dtype=object) for name in names})
    return align(manifest, table)


def align(manifest: ModelManifest, table: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of a dataset as the model takes them: its columns, in its order and types."""
    return model_frame(table, [feature.column for feature in manifest.features])


def score(manifest: ModelManifest, pipeline: Any, frame: pd.DataFrame) -> Scores:
    """Answer the rows of ``frame``, as :func:`to_frame` or :func:`align` made it.

    Binary answers follow the threshold of the version; classes come back as the values they were in the data.
    """
    if not manifest.classes:
        return Scores([float(value) for value in numbers(pipeline, frame)], None)
    scores = probabilities(pipeline, frame)
    chosen = decide(scores, manifest.positive_index, manifest.threshold)
    return Scores([manifest.classes[index] for index in chosen], scores)


def answer(manifest: ModelManifest, pipeline: "Pipeline", records: Sequence[Mapping[str, Any]]) -> Answers:
    """Answer records with the fitted pipeline, one call at a time in this process.

    scikit-learn and pandas swap the process-wide warning filters around many steps; threads that do so at once can
    leave them empty for good, and every later call then warns.
    """
    with _ONE_AT_A_TIME, np.errstate(all="ignore"):
        found = score(manifest, pipeline, to_frame(manifest, records))
    return Answers(found.predictions, None if found.scores is None else found.scores.tolist())
