"""Studies as people see them: propose a space, check, queue, watch, pause, resume, stop, and make the best a model."""

from collections.abc import Mapping, Sequence
from datetime import timedelta

from core.access.permissions import require
from core.audit import record
from core.clock import Clock
from core.datasets.service import DatasetService
from core.errors import JobNotFound, NothingToRefit, NoTrialFinished, StudyIs
from core.jobs.context import JobContext
from core.jobs.queue import JobQueue
from core.ports.blobs import BlobStore
from core.ports.tracking import Tracking
from core.ports.unit_of_work import Store, UnitOfWork
from core.records.access import Actor, Permission, Role
from core.records.base import JsonObject, new_id
from core.records.job import Cause, Job, JobKind, JobState
from core.records.project import Task
from core.records.study import (
    OVERTAKEN,
    Dimension,
    SamplerKind,
    SpaceOutline,
    Study,
    StudyRequest,
    StudySpec,
    StudyState,
    Trial,
    TrialState,
)
from core.records.training import EstimatorCard, ParameterValue
from core.training import checking, estimators
from core.training.service import TrainingService
from core.training.tuning import budget, combinations, space

MARGIN = timedelta(minutes=10)
LONGEST = timedelta(days=7)
"""How long a study without a time budget may work before its job is ended."""

ATTEMPTS = 20
"""Workers that may die under one study before it counts as failed."""


class TuningService:
    """Everything about studies."""

    def __init__(
        self,
        store: Store,
        blobs: BlobStore,
        tracking: Tracking,
        datasets: DatasetService,
        training: TrainingService,
        queue: JobQueue,
        clock: Clock,
    ) -> None:
        """Nothing is opened before its first use."""
        self._store = store
        self._blobs = blobs
        self._tracking = tracking
        self._datasets = datasets
        self._training = training
        self._queue = queue
        self._clock = clock

    def propose(self, task: Task, estimator: str) -> tuple[Dimension, ...]:
        """Return the space worth searching first.

        Raises:
            UnknownEstimator: there is none of that name for ``task``.
        """
        return combinations.proposed(self._card(task, estimator))

    def parse_space(self, task: Task, estimator: str, texts: Mapping[str, str]) -> tuple[Dimension, ...]:
        """Read a search space given as text; see :func:`core.training.tuning.space.parse`.

        Raises:
            UnknownEstimator: there is none of that name for ``task``.
            InvalidParameter: a name is unknown, or a value is not of its kind or out of range.
            InvalidStudy: a range is not one.
        """
        return space.parse(self._card(task, estimator), texts)

    def _card(self, task: Task, estimator: str) -> EstimatorCard:
        """Return a card, own recipes included.

        Raises:
            UnknownEstimator: there is none of that name for ``task``.
        """
        self._training.estimators(task)
        return estimators.card(estimator, task)

    def outline(
        self, task: Task, estimator: str, params: Mapping[str, ParameterValue], dimensions: Sequence[Dimension]
    ) -> SpaceOutline:
        """Return how large a search space is, or what is wrong with it.

        Raises:
            UnknownEstimator: there is none of that name for ``task``.
        """
        return combinations.outline(self._card(task, estimator), params, dimensions)

    def check(self, spec: StudySpec) -> None:
        """Return when the study can start; reads target and time column only.

        Raises:
            InvalidStudy: budget, space, folds or parallel trials make no sense; the sentence says why.
            InvalidParameter: a hyperparameter is unknown or out of its limits.
            InvalidInput: the base training could not start; see :meth:`TrainingService.check`.
        """
        budget.check(spec)
        card = self._card(spec.base.task, spec.base.estimator)
        space.check(card, spec.space)
        combinations.require_possible(card, spec.base.params, spec.space)
        if spec.sampler is SamplerKind.GRID:
            combinations.grid(card, spec.base.params, spec.space, spec.seed)
        self._training.check(spec.base)
        self._check_folds(spec)

    def _check_folds(self, spec: StudySpec) -> None:
        from core.training import recency, splitting
        from core.training.tuning import folds

        base = spec.base
        version = self._datasets.get(base.project, base.dataset)
        time, group = checking.time_columns(version, base), checking.group_columns(version, base)
        newer = checking.recency_columns(version, base)
        table = self._datasets.frame(version, list(dict.fromkeys([base.target, *time, *group, *newer])))
        answers, kept = recency.answered(table, base)
        by = [kept[names[0]] if names else None for names in (time, group)]
        train_rows, _ = splitting.split(answers, base.split, base.seed, *by)
        times, groups = (None if column is None else column.iloc[train_rows] for column in by)
        folds.plan(answers, train_rows, spec, times, groups)
        if spec.outer:
            folds.plan_outer(answers, train_rows, spec, times, groups)

    def submit(self, actor: Actor, spec: StudySpec, *, key: str | None = None) -> Study:
        """Check ``spec`` and queue the study; the same ``key`` never makes a second one.

        Raises:
            Denied: the actor may not train.
            InvalidInput: see :meth:`check`.
        """
        require(actor, Permission.TRAIN)
        self.check(spec)
        now = self._clock.now()
        study = Study(
            id=new_id(),
            project=spec.base.project,
            spec=spec,
            state=StudyState.QUEUED,
            created_at=now,
            created_by=actor.name,
        )
        with self._store.write() as work:
            job = self._enqueue(work, study, actor.name, key)
            if job.payload["study"] != study.id:
                return work.studies.get(job.payload["study"])
            study = study.model_copy(update={"job_id": job.id})
            work.studies.add(study)
            details = {"estimator": spec.base.estimator, "trials": spec.trials, "seconds": spec.seconds}
            record(work, now, actor.name, "study.submit", study.project, study.id, details)
            work.commit()
        return study

    def _enqueue(self, work: UnitOfWork, study: Study, created_by: str, key: str | None) -> Job:
        spec = study.spec
        longest = LONGEST if spec.seconds is None or spec.outer else timedelta(seconds=spec.seconds) + MARGIN
        return self._queue.enqueue(
            work,
            kind=JobKind.TUNE,
            project=study.project,
            title=f"Tune {estimators.family(spec.base.estimator).title} on {spec.base.dataset}",
            payload={"study": study.id, "estimator": spec.base.estimator, "dataset": str(spec.base.dataset)},
            created_by=created_by,
            key=key,
            max_attempts=ATTEMPTS,
            timeout_s=int(longest.total_seconds()),
        )

    def study(self, id: str) -> Study:
        """Return a study as it truly stands: one whose job is dead is not running.

        Raises:
            StudyNotFound: there is none with that id.
        """
        with self._store.read() as work:
            return _seen(work, work.studies.get(id))

    def studies(self, project: str | None = None, limit: int = 100) -> list[Study]:
        """Return studies, newest first."""
        with self._store.read() as work:
            return [_seen(work, study) for study in work.studies.find(project, limit)]

    def trials(self, id: str) -> list[Trial]:
        """Return the trials of a study by number.

        Raises:
            StudyNotFound: there is no such study.
        """
        with self._store.read() as work:
            return work.studies.trials(work.studies.get(id).id)

    def pause(self, actor: Actor, id: str) -> Study:
        """Let a study rest after the folds it is computing; its worker's slot is free then.

        Raises:
            Denied: the actor may not train.
            StudyIs: it is not running.
        """
        return self._ask(actor, id, StudyRequest.PAUSE)

    def stop(self, actor: Actor, id: str) -> Study:
        """End a study after the folds it is computing, and keep what is done; a paused one ends at once.

        Raises:
            Denied: the actor may not train.
            StudyIs: it is over already.
        """
        return self._ask(actor, id, StudyRequest.STOP)

    def _ask(self, actor: Actor, id: str, request: StudyRequest) -> Study:
        require(actor, Permission.TRAIN)
        now = self._clock.now()
        with self._store.write() as work:
            study = _seen(work, work.studies.get(id))
            if study.state.is_open:
                changed = study.model_copy(update={"request": request})
            elif request is StudyRequest.STOP and study.state is StudyState.PAUSED:
                changed = study.model_copy(update={"state": StudyState.STOPPED, "finished_at": now})
                work.studies.put_trials(_stopped(work.studies.trials(id), now))
            else:
                problem = f"only one that runs can be asked to {request.value}."
                raise StudyIs(id=id, state=study.state.value, problem=problem)
            if study.request is not request:
                work.studies.save(changed)
                record(work, now, actor.name, f"study.{request.value}", study.project, id, {})
            work.commit()
        return changed

    def resume(self, actor: Actor, id: str) -> Study:
        """Take a study up where it was left: no trial is lost, none is done twice.

        A trial that was under way when its job failed counts as failed, for it may be what the job failed of.

        Raises:
            Denied: the actor may not train.
            StudyIs: it runs, or it is over.
        """
        require(actor, Permission.TRAIN)
        now = self._clock.now()
        with self._store.write() as work:
            study = _seen(work, work.studies.get(id))
            if study.state.is_open and study.request is StudyRequest.PAUSE:
                resumed = study.model_copy(update={"request": None})
            elif study.state.may_resume:
                job = self._enqueue(work, study, actor.name, f"study:{id}:after:{study.job_id}")
                if study.state is StudyState.FAILED:
                    work.studies.put_trials(_failed(work.studies.trials(id), now, study.note))
                update = {
                    "state": StudyState.QUEUED,
                    "request": None,
                    "job_id": job.id,
                    "note": "",
                    "finished_at": None,
                }
                resumed = study.model_copy(update=update)
            else:
                raise StudyIs(id=id, state=study.state.value, problem="only one that rests can be resumed.")
            work.studies.save(resumed)
            record(work, now, actor.name, "study.resume", study.project, id, {})
            work.commit()
        return resumed

    def refit(self, actor: Actor, id: str, trial: int | None = None) -> Job:
        """Queue the training that makes a version of a trial, by default the best: on all training rows, as any other.

        Asking again gives the same job, unless that failed.

        Raises:
            Denied: the actor may not train.
            NothingToRefit: the study has no such finished trial.
            InvalidInput: the training cannot start any more, such as without its data.
        """
        from core.training.tuning.recorder import tried

        require(actor, Permission.TRAIN)
        study = self.study(id)
        chosen = self._chosen(study, study.best if trial is None else trial)
        self._card(study.spec.base.task, study.spec.base.estimator)
        spec = tried(study, chosen).model_copy(update={"register_version": True})
        cause = Cause(kind="study", id=id, note=f"trial {chosen.number}")
        job = self._training.submit(actor, spec, key=self._refit_key(study, chosen.number), cause=cause)
        with self._store.write() as work:
            now = work.studies.get(id)
            work.studies.save(now.model_copy(update={"refit_trial": chosen.number, "refit_job_id": job.id}))
            record(work, self._clock.now(), actor.name, "study.refit", study.project, id, {"trial": chosen.number})
            work.commit()
        return job

    def _chosen(self, study: Study, number: int | None) -> Trial:
        found = next((trial for trial in self.trials(study.id) if trial.number == number), None)
        if found is None:
            problem = "no trial is finished yet." if number is None else f"it has no trial {number}."
            raise NothingToRefit(id=study.id, problem=problem)
        if found.state is not TrialState.FINISHED:
            raise NothingToRefit(id=study.id, problem=f"trial {number} is {found.state.value}, not finished.")
        return found

    def _refit_key(self, study: Study, number: int) -> str:
        key = f"study:{study.id}:trial:{number}"
        if study.refit_job_id is None or study.refit_trial != number:
            return key
        with self._store.read() as work:
            try:
                former = work.jobs.get(study.refit_job_id)
            except JobNotFound:
                return key
        is_dead = former.state in (JobState.FAILED, JobState.CANCELLED)
        return f"{key}:after:{former.id}" if is_dead else (former.key or key)

    def execute(self, id: str, context: JobContext) -> JsonObject:
        """Carry a study on as part of the job of ``context``.

        Raises:
            InvalidInput: the base training cannot start any more.
            NoTrialFinished: every trial failed.
            StudyIs: another job works on it.
            LeaseLost: another worker has the job now.
            JobCancelled: someone asked to cancel.
        """
        from core.training.tuning.execution import StudyExecution

        execution = StudyExecution(self._store, self._blobs, self._tracking, self._datasets, self._clock)
        study = execution.carry_on(id, context)
        if study.state is StudyState.FAILED:
            raise NoTrialFinished(id=id, reason=study.note)
        is_over = study.state in (StudyState.FINISHED, StudyState.STOPPED)
        if is_over and study.spec.register_best and study.best is not None:
            job = self.refit(Actor(name=study.created_by, role=Role.ADMIN), id)
            return {**_result(study), "refit_job": job.id}
        return _result(study)


def _result(study: Study) -> JsonObject:
    return {
        "study": study.id,
        "outcome": study.state.value,
        "trials": study.done,
        "best_trial": study.best,
        f"cv_{study.metric}": study.value,
        **({} if study.nested_value is None else {f"nested_{study.metric}": study.nested_value}),
    }


def _seen(work: UnitOfWork, study: Study) -> Study:
    """Return the study with the state its job has left it in."""
    if not study.state.is_open or study.job_id is None:
        return study
    try:
        job = work.jobs.get(study.job_id)
    except JobNotFound:
        return study.model_copy(update={"state": StudyState.FAILED, "note": "Its job is gone."})
    state = OVERTAKEN.get(job.state)
    if state is None:
        return study
    return study.model_copy(update={"state": state, "note": job.error or "", "finished_at": job.finished_at})


def _stopped(trials: Sequence[Trial], now: object) -> list[Trial]:
    update = {"state": TrialState.STOPPED, "reason": "Someone stopped the study.", "finished_at": now}
    return [trial.model_copy(update=update) for trial in trials if trial.state is TrialState.RUNNING]


def _failed(trials: Sequence[Trial], now: object, why: str) -> list[Trial]:
    update = {"state": TrialState.FAILED, "reason": f"The job ended while it ran. {why}".strip(), "finished_at": now}
    return [trial.model_copy(update=update) for trial in trials if trial.state is TrialState.RUNNING]
