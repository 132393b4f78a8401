"""Answers and their log: what the scoring API, the playground and the command line share."""

import time
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from core.access.permissions import require
from core.clock import Clock
from core.errors import NoChampion
from core.ports.blobs import BlobStore
from core.ports.prediction_log import PredictionLog
from core.ports.tracking import Tracking
from core.ports.unit_of_work import Store
from core.records.access import Actor, Permission
from core.records.base import JsonObject
from core.records.model import Alias
from core.records.prediction import Answer, LoggedPrediction
from core.serving.contributions import Contributions, explain
from core.serving.predictor import Predictor, PredictorCache, confidence
from core.serving.privacy import Privacy
from core.serving.routing import Arm
from core.serving.rules import RuleBook

OVER_AFTER = timedelta(minutes=10)


class ServingService:
    """Answers records with a project's champion and logs every such answer before it leaves."""

    def __init__(
        self,
        store: Store,
        blobs: BlobStore,
        log: PredictionLog,
        clock: Clock,
        tracking: Tracking,
        shadows: PredictionLog,
        privacy: Privacy | None = None,
        answer_s: float | None = None,
    ) -> None:
        """Models are loaded on first use; ``tracking`` is asked only for versions that are not the champion.

        ``shadows`` keeps what candidates computed beside the champion, apart from what anybody was answered. A model
        that scikit-learn answers for has a process of its own, and ``answer_s`` for an answer; None answers here.
        """
        self._shadows = shadows
        self._privacy = privacy or Privacy()
        self._store = store
        self._log = log
        self._clock = clock
        self._tracking = tracking
        self._predictors = PredictorCache(blobs, apart_s=answer_s)
        self.rules = RuleBook(store)

    def predict(
        self,
        actor: Actor,
        project: str,
        records: Sequence[Mapping[str, Any]],
        *,
        prediction_ids: Sequence[str | None] | None = None,
        version: int | None = None,
    ) -> list[Answer]:
        """Answer records, in their order, with the champion (logged) or a version by number (not logged).

        Raises:
            InvalidRequest: a record does not fit the model's input; every field at fault is named.
            ProjectNotFound: there is no such project.
            NoChampion: nothing serves yet.
            VersionNotFound: there is no such version.
            BlobCorrupt: the model's bytes were altered; nothing was answered.
            ParityFailed: the model does not answer as it did at training.
        """
        require(actor, Permission.PREDICT)
        if version is not None:
            return self._named(project, version).answer(records, prediction_ids)
        self.rules.refresh()
        return self.answer(actor, Arm(project, self._champion(project)), records, prediction_ids)

    def answer(
        self,
        actor: Actor,
        arm: Arm,
        records: Sequence[Mapping[str, Any]],
        prediction_ids: Sequence[str | None] | None = None,
        *,
        batch: bool = True,
        until: float | None = None,
    ) -> list[Answer]:
        """Answer records with a loaded version; the log has the answers when this returns.

        Args:
            actor: who asks.
            arm: the loaded champion or candidate, and the cohort its answers are logged in.
            records: what to answer.
            prediction_ids: the caller's ids, one a record; None has ids made.
            batch: whether problems name the row.
            until: the moment of the monotonic clock after which nobody waits for the answers any more.

        Raises:
            InvalidRequest: a record does not fit the model's input; nothing was answered or logged.
            AnswerTooSlow: it is too late; nothing was logged.
        """
        require(actor, Permission.PREDICT)
        begun = time.perf_counter()
        checked = arm.predictor.schema.check(records, batch=batch)
        said = self.rules.judge(arm.project, arm.predictor.manifest, checked, batch=batch)
        answers = warned(arm.predictor.compute(checked, prediction_ids, batch=batch, until=until), said)
        latency_ms = (time.perf_counter() - begun) * 1000
        self.keep(arm, checked, answers, [(actor.name, latency_ms)] * len(answers))
        return answers

    def shadow(
        self,
        arm: Arm,
        records: Sequence[Mapping[str, Any]],
        prediction_ids: Sequence[str],
        clients: Sequence[str],
    ) -> None:
        """Compute records that were answered by the champion already, and log that apart, under the same ids.

        Raises:
            InvalidRequest: a record does not fit the candidate's input; nothing was logged.
        """
        begun = time.perf_counter()
        checked = arm.predictor.schema.check(records)
        answers = arm.predictor.compute(checked, prediction_ids)
        took_ms = (time.perf_counter() - begun) * 1000 / len(answers)
        self._shadows.append(arm.project, self._logged(arm, checked, answers, [(name, took_ms) for name in clients]))

    def keep(
        self,
        arm: Arm,
        records: Sequence[JsonObject],
        answers: Sequence[Answer],
        askings: Sequence[tuple[str, float]],
    ) -> None:
        """Log answers, in one write.

        Args:
            arm: what answered.
            records: the checked records that were answered.
            answers: the answers to them.
            askings: who asked for each, and after how many milliseconds the answer was there.

        Raises:
            Unavailable: the disk did not take them; none of them may leave.
        """
        logged = self._logged(arm, records, answers, askings)
        if logged:
            self._log.append(arm.project, logged)

    def _logged(
        self,
        arm: Arm,
        records: Sequence[JsonObject],
        answers: Sequence[Answer],
        askings: Sequence[tuple[str, float]],
    ) -> list[LoggedPrediction]:
        now, predictor = self._clock.now(), arm.predictor
        return [
            LoggedPrediction.model_construct(  # made of values that were checked
                prediction_id=answer.prediction_id,
                at=now,
                version=answer.model_version,
                features=self._privacy.kept(arm.project, record),
                prediction=answer.prediction,
                score=confidence(predictor.manifest, answer),
                latency_ms=round(latency_ms, 3),
                client=client,
                cohort=arm.cohort,
                warnings=(*predictor.schema.warnings(record), *answer.warnings),
            )
            for record, answer, (client, latency_ms) in zip(records, answers, askings, strict=True)
        ]

    def explain(
        self, actor: Actor, project: str, version: int, record: Mapping[str, Any], usual: Mapping[str, Any]
    ) -> Contributions:
        """Tell how much each input moved the answer of a version away from that to a usual record; nothing is logged.

        What is explained is the probability of the positive class, or of the answered one, or the answered number.

        Raises:
            InvalidRequest: a record does not fit the model's input.
            ProjectNotFound, VersionNotFound: there is no such thing.
        """
        require(actor, Permission.PREDICT)
        predictor = self._named(project, version)
        [answered] = predictor.answer([record])

        def score(records: Sequence[Mapping[str, Any]]) -> list[float]:
            return [_number(answer, answered, predictor) for answer in predictor.answer(records)]

        [checked, start] = predictor.schema.check([record, usual])
        return explain(checked, start, score)

    def predictions(self, project: str, limit: int = 100) -> list[LoggedPrediction]:
        """Return the newest logged answers, oldest of them first."""
        return self._log.read(project, limit=limit)

    def tidy_log(self, days: int) -> list[str]:
        """Archive the answers of days that are over and remove those older than ``days`` (0: none); say what was done.

        A day counts as over ten minutes after its end, when nothing that began in it is written any more.
        """
        today = (self._clock.now() - OVER_AFTER).date()
        with self._store.read() as work:
            names = [project.name for project in work.projects.all()]
        told: list[str] = []
        for name in names:
            logs = (self._log, self._shadows)
            archived = sum(log.compact(name, today) for log in logs)
            expired = sum(log.expire(name, today - timedelta(days=days)) for log in logs) if days else 0
            if archived or expired:
                told.append(f"The log of {name}: {archived:,} answers archived, {expired} days removed.")
        return told

    def _champion(self, project: str) -> Predictor:
        with self._store.read() as work:
            work.projects.get(project)
            live = work.deployments.current(project, Alias.CHAMPION)
        if live is None:
            raise NoChampion(project=project)
        return self._predictors.get(live.bundle_sha256, live.version)

    def _named(self, project: str, version: int) -> Predictor:
        with self._store.read() as work:
            work.projects.get(project)
        return self._predictors.get(self._tracking.version(project, version).bundle_sha256, version)


def _number(answer: Answer, answered: Answer, predictor: Predictor) -> float:
    if answer.probabilities is None:
        return float(answer.prediction)
    return answer.probabilities[predictor.manifest.positive or str(answered.prediction)]


def warned(answers: list[Answer], warnings: Sequence[tuple[str, ...]] | None) -> list[Answer]:
    """Return answers with what the contract says of their records."""
    if not warnings or not any(warnings):
        return answers
    pairs = zip(answers, warnings, strict=True)
    return [answer.model_copy(update={"warnings": said}) if said else answer for answer, said in pairs]
