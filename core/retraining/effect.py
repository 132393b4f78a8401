"""What retraining gained on what was really asked: each week's labelled requests, answered by the version that served
and again by the one that served before any retraining."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from itertools import groupby
from typing import TYPE_CHECKING

from core.errors import AppError
from core.ports.prediction_log import PredictionLog
from core.ports.unit_of_work import Store
from core.records.access import Actor
from core.records.plan import EffectCurve, EffectPoint
from core.records.prediction import Answer, LoggedPrediction, Scalar
from core.records.project import Project
from core.serving.service import ServingService

if TYPE_CHECKING:
    from core.training.measures import Outcome

NEWEST = 20_000
"""Answers looked at, the newest."""

MOST = 4_000
"""Labelled ones of them that are answered anew, evenly spaced when there are more."""

FEWEST = 5
"""Labelled answers below which a week has no figure."""

Pair = tuple[LoggedPrediction, Scalar]


class EffectService:
    """Answers old requests anew; nothing of it is logged."""

    def __init__(self, store: Store, log: PredictionLog, serving: ServingService) -> None:
        self._store = store
        self._log = log
        self._serving = serving

    def curve(self, actor: Actor, name: str) -> EffectCurve:
        """Return the primary metric week by week, with and without retraining.

        Raises:
            Denied: the actor may not ask for predictions.
            ProjectNotFound: there is no such project.
        """
        records = self._log.read(name, limit=NEWEST)
        with self._store.read() as work:
            project = work.projects.get(name)
            labels = work.labels.latest(name, [record.prediction_id for record in records])
        known = [(one, labels[one.prediction_id].label) for one in records if one.prediction_id in labels]
        first = records[0].version if records else None
        empty = EffectCurve(version=first, metric=project.metric)
        if first is None or {one.version for one, _ in known} <= {first}:
            return empty.model_copy(update={"note": "every labelled answer was given by the same version"})
        asked = known[:: len(known) // MOST + 1]
        try:
            points = self._points(actor, project, asked, first)
        except AppError as error:
            return empty.model_copy(update={"note": f"version {first} cannot be asked any more: {error}"})
        return empty.model_copy(update={"points": tuple(points), "rows": len(asked)})

    def _points(self, actor: Actor, project: Project, asked: Sequence[Pair], first: int) -> list[EffectPoint]:
        without = self._answers(actor, project, asked, dict.fromkeys((one.prediction_id for one, _ in asked), first))
        given = {one.prediction_id: one.version for one, _ in asked}
        served = self._answers(actor, project, asked, given)
        points = []
        for week, pairs in groupby(asked, key=lambda pair: _week(pair[0].at)):
            part = list(pairs)
            if len(part) < FEWEST:
                continue
            sides = [_value(project, part, answers) for answers in (served, without)]
            points.append(EffectPoint(at=week, rows=len(part), value=sides[0], without=sides[1]))
        return points

    def _answers(
        self, actor: Actor, project: Project, asked: Sequence[Pair], versions: Mapping[str, int]
    ) -> dict[str, Answer]:
        """Return by prediction id what each request's version answers to it now."""
        found: dict[str, Answer] = {}
        for version in sorted(set(versions.values())):
            rows = [one for one, _ in asked if versions[one.prediction_id] == version]
            answers = self._serving.predict(actor, project.name, [row.features for row in rows], version=version)
            found |= {row.prediction_id: answer for row, answer in zip(rows, answers, strict=True)}
        return found


def _week(at: datetime) -> datetime:
    day = at.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    return day - timedelta(days=day.weekday())


def _value(project: Project, asked: Sequence[Pair], answers: Mapping[str, Answer]) -> float | None:
    import numpy as np

    from core.training.measures import measure_one

    pairs = [(answers[one.prediction_id], label) for one, label in asked]
    value = measure_one(_outcome(project, pairs), project.metric)
    return value if np.isfinite(value) else None


def _outcome(project: Project, pairs: Sequence[tuple[Answer, Scalar]]) -> "Outcome":
    """Return truth and answers side by side; labels the version could not have answered are left out."""
    import numpy as np

    from core.training.measures import Outcome

    if not project.task.is_classification:
        actual = np.asarray([float(label) for _, label in pairs])
        answered = np.asarray([float(answer.prediction) for answer, _ in pairs])
        return Outcome(project.task, actual, answered, np.empty((len(actual), 0)), None)
    classes = sorted({name for answer, _ in pairs for name in answer.probabilities or {}})
    known = [(answer, label) for answer, label in pairs if str(label) in classes]
    actual = np.asarray([classes.index(str(label)) for _, label in known], dtype=np.int64)
    answered = np.asarray([classes.index(str(answer.prediction)) for answer, _ in known], dtype=np.int64)
    scores = np.asarray([[(answer.probabilities or {}).get(name, 0.0) for name in classes] for answer, _ in known])
    positive = classes.index(project.positive) if project.positive in classes else None
    return Outcome(project.task, actual, answered, scores, positive)
