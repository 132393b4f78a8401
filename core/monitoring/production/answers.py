"""Served answers beside their labels, as columns."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
import pandas as pd

from core.records.label import Label
from core.records.prediction import CHAMPION
from core.records.project import Project, Task
from core.training.measures import Array, Outcome

FEATURE = "features."


@dataclass(frozen=True)
class Answers:
    """Answers, oldest first; ``label`` is None where there is none, ``lag`` in hours NaN then.

    ``frame`` holds the inputs that were logged.
    """

    ids: Array
    at: Array
    version: Array
    prediction: Array
    score: Array
    latency_ms: Array
    label: Array
    lag: Array
    frame: pd.DataFrame

    def __len__(self) -> int:
        return len(self.at)

    def between(self, first: int, last: int) -> "Answers":
        """Return the answers at the places from ``first`` to before ``last``."""
        part = slice(first, last)
        columns = ("ids", "at", "version", "prediction", "score", "latency_ms", "label", "lag")
        return Answers(**{name: getattr(self, name)[part] for name in columns}, frame=self.frame.iloc[part])


def joined(table: Any, labels: Mapping[str, Label]) -> Answers:
    """Put the answers of the champion in a frame of the prediction log beside the labels that count."""
    logged = table.to_pandas()
    logged = logged[logged["cohort"] == CHAMPION].sort_values("at", kind="stable").reset_index(drop=True)
    given = [labels.get(one) for one in logged["prediction_id"]]
    at = pd.to_datetime(logged["at"], utc=True)
    observed = pd.to_datetime(pd.Series([one.observed_at if one else None for one in given], dtype=object), utc=True)
    names = [name for name in logged.columns if name.startswith(FEATURE)]
    return Answers(
        ids=logged["prediction_id"].to_numpy(),
        at=at.to_numpy(),
        version=logged["version"].to_numpy(),
        prediction=logged["prediction"].to_numpy(dtype=object),
        score=logged["score"].to_numpy(dtype=np.float64),
        latency_ms=logged["latency_ms"].to_numpy(dtype=np.float64),
        label=np.array([one.label if one else None for one in given], dtype=object),
        lag=(observed - at).dt.total_seconds().to_numpy() / 3600,
        frame=logged[names].rename(columns=lambda name: str(name).removeprefix(FEATURE)),
    )


def moments(answers: Answers) -> list[datetime]:
    """Return when each was given."""
    return [stamp.to_pydatetime() for stamp in pd.DatetimeIndex(answers.at, tz="UTC")]


@dataclass(frozen=True)
class Labelled:
    """The answers with a label the model could have given, as an outcome; ``places`` tell which they are, and
    ``foreign`` how many labels it could not have given."""

    outcome: Outcome
    places: Array
    foreign: int


def labelled(project: Project, classes: Sequence[str], positive: int | None, answers: Answers) -> Labelled:
    """Return the labelled answers.

    Only the probability of the positive class, or of the answered one, is logged: with more than two classes the
    outcome has no scores to rank by.
    """
    has_label = np.array([value is not None for value in answers.label], dtype=bool)
    if project.task is Task.REGRESSION:
        places = np.flatnonzero(has_label)
        numbers = [answers.label[places].astype(np.float64), answers.prediction[places].astype(np.float64)]
        return Labelled(Outcome(project.task, numbers[0], numbers[1], np.empty((len(places), 0)), None), places, 0)
    codes = {name: place for place, name in enumerate(classes)}
    truth, said = (
        np.array([codes.get(text(value), -1) for value in side]) for side in (answers.label, answers.prediction)
    )
    places = np.flatnonzero(has_label & (truth >= 0) & (said >= 0))
    foreign = int((has_label & (truth < 0)).sum())
    scores = _scores(answers.score[places], len(classes), positive)
    return Labelled(Outcome(project.task, truth[places], said[places], scores, positive), places, foreign)


def _scores(score: Array, classes: int, positive: int | None) -> Array:
    if positive is None or classes != 2:
        return np.full((len(score), classes), 1 / max(classes, 1))
    both = np.column_stack([1 - score, score])
    return both if positive == 1 else both[:, ::-1]


def text(value: object) -> str:
    """Return a class as text; a whole number reads the same whether it came as 1 or as 1.0."""
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)
