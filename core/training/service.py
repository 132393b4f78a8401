"""Trainings as people and other services see them: fill in a spec, check it, queue it, carry it out, look back."""

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from functools import cache
from importlib.metadata import version as installed
from platform import python_version
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from core.clock import Clock
from core.datasets.service import DatasetService
from core.errors import InvalidSpec, JobCancelled, LeaseLost
from core.jobs.context import JobContext
from core.jobs.queue import JobQueue
from core.ports.blobs import BlobStore
from core.ports.tracking import Tracking
from core.ports.unit_of_work import Store
from core.records.access import Actor
from core.records.dataset import Column, ColumnKind, DatasetVersion
from core.records.job import Cause, Job, JobKind
from core.records.metric import METRICS, metrics_of
from core.records.project import Project, Task
from core.records.training import (
    EstimatorCard,
    Evaluation,
    ParameterValue,
    Run,
    RunStatus,
    Split,
    SplitKind,
    TrainingResult,
    TrainingSpec,
)
from core.training import estimators, model_file, registration

if TYPE_CHECKING:
    from core.training.trainer import Trained

EVALUATION, ENVIRONMENT = "evaluation.json", "environment.json"
EXAMPLE_ROWS = 200
REQUIREMENTS = ("scikit-learn", "skops", "numpy", "scipy", "pandas")
PACKAGES = (*REQUIREMENTS, "joblib", "threadpoolctl", "pyarrow", "mlflow")
FRACTIONS = {"split": 0.1, "fit": 0.15, "evaluate": 0.7, "record": 0.85, "register": 0.95}
"""How far a job is when it enters each stage."""


class TrainingService:
    """Everything about trainings and runs."""

    def __init__(
        self,
        store: Store,
        blobs: BlobStore,
        tracking: Tracking,
        datasets: DatasetService,
        queue: JobQueue,
        clock: Clock,
    ) -> None:
        self._store = store
        self._blobs = blobs
        self._tracking = tracking
        self._datasets = datasets
        self._queue = queue
        self._clock = clock

    def estimators(self, task: Task) -> tuple[EstimatorCard, ...]:
        """Return what can be trained for ``task``, with the hyperparameters of each."""
        return estimators.cards(task)

    def parse_params(self, task: Task, estimator: str, texts: Mapping[str, str]) -> dict[str, ParameterValue]:
        """Read hyperparameters given as text.

        Raises:
            UnknownEstimator: there is none of that name for ``task``.
            InvalidParameter: unknown, not of its kind, or out of range.
        """
        return estimators.parse(estimators.card(estimator, task), texts)

    def default_features(self, project: Project, version: DatasetVersion) -> tuple[str, ...]:
        """Return the columns worth learning from: not the target, ids, times, dates, constants or free text."""
        special = {project.target, project.id_column, project.time_column}
        profiles = {column.name: column for column in version.profile.columns}
        return tuple(
            column.name
            for column in version.columns
            if column.name not in special
            and column.kind is not ColumnKind.DATETIME
            and profiles[column.name].distinct > 1
            and not _is_free_text(column, profiles[column.name].distinct, version.rows - profiles[column.name].nulls)
        )

    def split(self, project: Project, kind: SplitKind, test_size: float = 0.2) -> Split:
        """Return a split for ``project``; by time it uses the project's time column.

        Raises:
            InvalidSpec: the project has no time column, or the test size is not between 0 and 1.
        """
        if kind is SplitKind.TIME and project.time_column is None:
            raise InvalidSpec(problem=f"project {project.name!r} has no time column, so rows cannot be split by time.")
        if not 0 < test_size < 1:
            raise InvalidSpec(problem=f"the test size must be between 0 and 1, not {test_size:g}.")
        column = project.time_column if kind is SplitKind.TIME else None
        return Split(kind=kind, test_size=test_size, time_column=column)

    def spec(
        self,
        project: Project,
        *,
        dataset: str | None,
        estimator: str,
        params: Mapping[str, ParameterValue] | None = None,
        features: Sequence[str] | None = None,
        split: Split | None = None,
        seed: int = 0,
        metric: str | None = None,
        register_version: bool = True,
    ) -> TrainingSpec:
        """Return a full spec: dataset resolved, every hyperparameter set, features and split by default.

        A project with a time column is split by time.

        Raises:
            DatasetNotFound: there is no such dataset version.
            UnknownEstimator: there is none of that name for the project's task.
            InvalidParameter: unknown, not of its kind, or out of range.
            InvalidSpec: the seed is not usable.
        """
        version = self._datasets.resolve(project.name, dataset)
        by_default = SplitKind.HOLDOUT if project.time_column is None else SplitKind.TIME
        try:
            return TrainingSpec(
                project=project.name,
                task=project.task,
                dataset=version.ref,
                target=project.target,
                positive=project.positive,
                features=tuple(self.default_features(project, version) if features is None else features),
                estimator=estimator,
                params=estimators.check(estimators.card(estimator, project.task), params or {}),
                split=split or self.split(project, by_default),
                seed=seed,
                metric=metric or project.metric,
                register_version=register_version,
            )
        except ValidationError as error:
            first = error.errors()[0]
            raise InvalidSpec(problem=f"{first['loc'][0]}: {first['msg']}.") from error

    def check(self, spec: TrainingSpec) -> None:
        """Return when the training can start; reads the target column only.

        Raises:
            ProjectNotFound: the project is gone.
            DatasetNotFound: the dataset version is gone.
            UnknownEstimator: there is none of that name for the task.
            InvalidParameter: a hyperparameter is unknown or out of range.
            InvalidSpec: columns, target, metric or split do not fit; the sentence says why.
        """
        from core.training import preprocessing, splitting, target

        with self._store.read() as work:
            project = work.projects.get(spec.project)
        if project.task is not spec.task:
            raise InvalidSpec(problem=f"it is made for a {spec.task} project, but {spec.project!r} is {project.task}.")
        estimators.check(estimators.card(spec.estimator, spec.task), spec.params)
        _check_metric(spec)
        version = self._datasets.get(spec.project, spec.dataset)
        preprocessing.require_usable(_columns(version, spec))
        needed = [spec.target, *_time_columns(version, spec)]
        table = self._datasets.frame(version, list(dict.fromkeys(needed)))
        answers = target.read_target(table[spec.target], spec.task, spec.positive)
        times = table[needed[-1]].iloc[answers.rows] if len(needed) > 1 else None
        splitting.split(answers, spec.split, spec.seed, times)

    def submit(self, actor: Actor, spec: TrainingSpec, *, key: str | None = None, cause: Cause | None = None) -> Job:
        """Check ``spec`` and queue the training; the same ``key`` never makes a second job.

        Raises:
            Denied: the actor may not train.
            InvalidInput: see :meth:`check`.
        """
        self.check(spec)
        title = f"Train {estimators.family(spec.estimator).title} on {spec.dataset}"
        return self._queue.submit(
            actor,
            kind=JobKind.TRAIN,
            project=spec.project,
            title=title,
            payload=spec.model_dump(mode="json"),
            key=key,
            cause=cause,
        )

    def execute(self, spec: TrainingSpec, context: JobContext) -> TrainingResult:
        """Carry out ``spec`` as part of the job of ``context``, and record it in MLflow.

        Repeating it after a crash closes what the former attempt left running, and makes no second version.

        Raises:
            InvalidInput: see :meth:`check`.
            LeaseLost: another worker has the job now; nothing was registered.
            JobCancelled: someone asked to cancel.
            TrackingUnavailable: MLflow cannot be reached.
        """
        context.progress("read", 0.02, f"reading {spec.dataset}")
        done = self._done_before(spec, context.job.id) if context.job.attempt > 1 else None
        if done is not None:
            return done
        version = self._datasets.get(spec.project, spec.dataset)
        name, tags = f"{spec.estimator} on {spec.dataset}", _run_tags(spec, version, context)
        with ThreadPoolExecutor(1) as pool:
            starting = pool.submit(self._tracking.start_run, spec, name, tags)
            try:
                return self._carry_out(spec, version, starting, context)
            except BaseException as error:
                self._give_up(starting, error)
                raise

    def runs(self, project: str, limit: int = 100) -> list[Run]:
        """Return runs, newest first."""
        return self._tracking.runs(project, limit)

    def run(self, project: str, run_id: str) -> Run:
        """Return a run.

        Raises:
            RunNotFound: the project has none with that id.
        """
        return self._tracking.run(project, run_id)

    def evaluation(self, run: Run) -> Evaluation | None:
        """Return what the run found, or None when it has not (yet) stored it."""
        document = self._tracking.document(run.run_id, EVALUATION)
        return None if document is None else Evaluation.model_validate(document)

    def _done_before(self, spec: TrainingSpec, job_id: str) -> TrainingResult | None:
        """Return what an earlier attempt of the job finished, and close the runs it left open."""
        done = None
        for run in self._tracking.runs_of_job(spec.project, job_id):
            is_whole = run.spec == spec and (run.version is not None or run.status is RunStatus.FINISHED)
            if run.status is RunStatus.RUNNING:
                self._tracking.finish_run(run.run_id, RunStatus.FINISHED if is_whole else RunStatus.KILLED)
            if is_whole and done is None:
                done = TrainingResult(run_id=run.run_id, version=run.version, metrics=_held_out(run.metrics))
        return done

    def _give_up(self, starting: "Future[str]", error: BaseException) -> None:
        """Close the run of a training that ended by ``error``, if there is one to close."""
        if starting.exception() is not None:
            return
        run_id = starting.result()
        is_stopped = isinstance(error, JobCancelled | LeaseLost)
        self._tracking.set_tags(run_id, {"pilothouse.error": str(error)[:500]})
        self._tracking.finish_run(run_id, RunStatus.KILLED if is_stopped else RunStatus.FAILED)

    def _carry_out(
        self, spec: TrainingSpec, version: DatasetVersion, starting: "Future[str]", context: JobContext
    ) -> TrainingResult:
        """Train while the run is being opened, then record and register."""

        def tell(stage: str) -> None:
            context.check()
            context.progress(stage, FRACTIONS[stage])
            if starting.done():
                starting.result()

        trained, model = self._train(spec, version, tell)
        run_id = starting.result()
        tell("record")
        self._record(spec, version, run_id, trained, model)
        tell("register")
        number = self._register(spec, run_id, context) if spec.register_version else None
        self._tracking.finish_run(run_id, RunStatus.FINISHED)
        return TrainingResult(run_id=run_id, version=number, metrics=trained.evaluation.metrics)

    def _train(
        self, spec: TrainingSpec, version: DatasetVersion, tell: Callable[[str], None]
    ) -> "tuple[Trained, bytes]":
        """Fit, then judge the model while its file is made."""
        from core.training.trainer import judge, learn

        columns = _columns(version, spec)
        needed = [*spec.features, spec.target, *_time_columns(version, spec)]
        table = self._datasets.frame(version, list(dict.fromkeys(needed)))
        learned = learn(table, columns, spec, tell)
        tell("evaluate")
        with ThreadPoolExecutor(1) as pool:
            model = pool.submit(model_file.dump, learned.fitted.pipeline)
            return judge(learned, spec), model.result()

    def _record(
        self, spec: TrainingSpec, version: DatasetVersion, run_id: str, trained: "Trained", model: bytes
    ) -> None:
        from core.training import bundle

        now = self._clock.now()
        packed = bundle.pack(
            self._blobs, trained, model, spec=spec, version=version, run_id=run_id, packages=_packages(), now=now
        )
        evaluation = trained.evaluation
        learned = {f"train_{name}": value for name, value in evaluation.train_metrics.items()}
        source = f"{spec.project}/{spec.dataset} sha256:{version.sha256}"
        kinds = {column.name: column.kind.value for column in version.columns}
        example = trained.test.head(EXAMPLE_ROWS)
        hashes = {"bundle_sha256": packed.sha256, "model_sha256": packed.manifest.model_sha256}
        tags = {f"pilothouse.{name}": value for name, value in hashes.items()}
        tracking = self._tracking
        tracking.log_metrics(run_id, {**evaluation.metrics, **learned})
        tracking.log_document(run_id, EVALUATION, evaluation.model_dump(mode="json"))
        tracking.log_document(run_id, ENVIRONMENT, _packages())
        tracking.log_dataset(run_id, str(spec.dataset), version.sha256, source, kinds)
        tracking.log_model(
            run_id,
            model,
            example,
            trained.fitted.pipeline.predict(example),
            [f"{name}=={installed(name)}" for name in REQUIREMENTS],
            sorted(model_file.TRUSTED),
            tags,
        )
        tracking.set_tags(run_id, tags)

    def _register(self, spec: TrainingSpec, run_id: str, context: JobContext) -> int:
        job = context.job
        version = registration.register(
            self._store, self._tracking, self._clock, job.created_by, spec.project, run_id, job.id
        )
        return version.version


def _is_free_text(column: Column, distinct: int, rows: int) -> bool:
    from core.training.suspicions import is_identifier

    return column.kind is ColumnKind.TEXT and is_identifier(column.kind, distinct, rows)


def _check_metric(spec: TrainingSpec) -> None:
    if spec.metric not in METRICS or spec.task not in METRICS[spec.metric].tasks:
        known = ", ".join(metric.name for metric in metrics_of(spec.task))
        raise InvalidSpec(problem=f"{spec.metric!r} is no metric of {spec.task} projects. Choose one of: {known}.")


def _columns(version: DatasetVersion, spec: TrainingSpec) -> tuple[Column, ...]:
    """Return the feature columns of the spec, after checking that every column it names exists once."""
    known = {column.name: column for column in version.columns}
    if spec.target not in known:
        raise InvalidSpec(problem=f"{spec.dataset} has no column {spec.target!r}, the target. {_having(version)}")
    unknown = [repr(name) for name in spec.features if name not in known]
    if unknown:
        raise InvalidSpec(problem=f"{spec.dataset} has no column {', '.join(unknown)}. {_having(version)}")
    if spec.target in spec.features:
        raise InvalidSpec(problem=f"the target {spec.target!r} is among the features; the model would only copy it.")
    if len(set(spec.features)) < len(spec.features):
        raise InvalidSpec(problem="a feature is named twice.")
    return tuple(known[name] for name in spec.features)


def _time_columns(version: DatasetVersion, spec: TrainingSpec) -> list[str]:
    if spec.split.kind is not SplitKind.TIME:
        return []
    name = spec.split.time_column
    if name is None or version.column(name) is None:
        raise InvalidSpec(problem=f"{spec.dataset} has no time column {name!r} to split by. {_having(version)}")
    return [name]


def _having(version: DatasetVersion) -> str:
    names = [column.name for column in version.columns]
    more = f" and {len(names) - 20} more" if len(names) > 20 else ""
    return f"It has: {', '.join(names[:20])}{more}."


def _run_tags(spec: TrainingSpec, version: DatasetVersion, context: JobContext) -> dict[str, str]:
    job = context.job
    facts = {
        "job_id": job.id,
        "attempt": str(job.attempt),
        "dataset": str(spec.dataset),
        "dataset_sha256": version.sha256,
        "estimator": spec.estimator,
        "author": job.created_by,
    }
    return {f"pilothouse.{name}": value for name, value in facts.items()}


def _held_out(metrics: Mapping[str, float]) -> dict[str, float]:
    return {name: value for name, value in metrics.items() if not name.startswith("train_")}


@cache
def _packages() -> dict[str, Any]:
    """Return the versions of everything that can change a figure."""
    return {"python": python_version(), **{name: installed(name) for name in PACKAGES}}
