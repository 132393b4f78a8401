"""Trainings as people and other services see them: fill in a spec, check it, queue it, carry it out, look back."""

from collections.abc import Collection, Mapping, Sequence

from pydantic import ValidationError

from core import audit
from core.access.permissions import require
from core.clock import Clock
from core.datasets.contracts.service import ContractService
from core.datasets.service import DatasetService
from core.errors import InvalidSpec
from core.jobs.context import JobContext
from core.jobs.queue import JobQueue
from core.ports.blobs import BlobStore
from core.ports.tracking import Tracking
from core.ports.unit_of_work import Store, UnitOfWork
from core.records.access import Actor, Permission
from core.records.base import clipped
from core.records.dataset import DatasetVersion
from core.records.evaluation import Evaluation
from core.records.job import Cause, Job, JobKind
from core.records.project import Project, Task
from core.records.reproduction import EnvironmentLock, Reproduction
from core.records.training import (
    EstimatorCard,
    ParameterValue,
    Preprocessing,
    Run,
    Split,
    SplitKind,
    Threshold,
    ThresholdRule,
    TrainingResult,
    TrainingSpec,
)
from core.training import checking, estimators
from core.training.execution import ENVIRONMENT, EVALUATION, Execution
from core.training.own_recipes import shelf
from core.training.reproduction import Reproducer, recipe
from core.training_errors import NotReproducible

MOST_FOLDS, FOLDS, INNER = 20, 5, 3
VALUES = {ThresholdRule.TARGET_RECALL: 0.8, ThresholdRule.TARGET_PRECISION: 0.8}
"""What a rule wants to reach when nothing is said."""

LONGEST_REASON = 500

CHECKED_AT_ONCE = 200_000
"""Rows up to which a version that nobody checked against its contract is checked when a training is asked for; a
larger one is checked by the job."""

OVERRIDE = "training.override"
"""The audit event of a training on data that fails its contract."""


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
        self._tracking = tracking
        self._datasets = datasets
        self._clock = clock
        self._contracts = ContractService(store, blobs, clock)
        self._queue = queue
        self._execution = Execution(store, blobs, tracking, datasets, clock)
        self._reproducer = Reproducer(store, blobs, tracking, datasets, clock)

    def estimators(self, task: Task) -> tuple[EstimatorCard, ...]:
        """Return what can be trained for ``task``, with the hyperparameters of each."""
        self._look_at_recipes()
        return estimators.cards(task)

    def parse_params(self, task: Task, estimator: str, texts: Mapping[str, str]) -> dict[str, ParameterValue]:
        """Read hyperparameters given as text.

        Raises:
            UnknownEstimator: there is none of that name for ``task``.
            InvalidParameter: unknown, not of its kind, or out of range.
        """
        self._look_at_recipes()
        return estimators.parse(estimators.card(estimator, task), texts)

    def default_features(
        self, project: Project, version: DatasetVersion, preprocessing: Preprocessing | None = None
    ) -> tuple[str, ...]:
        """Return the columns worth learning from: not the target, ids, times, dates, constants or free text, unless a
        step of the preparation reads them."""
        return checking.default_features(project, version, preprocessing.steps if preprocessing else ())

    def split(
        self,
        project: Project,
        kind: SplitKind,
        test_size: float = 0.2,
        *,
        group: str | None = None,
        gap: str = "",
        folds: int | None = None,
        inner: int | None = None,
    ) -> Split:
        """Return a split for ``project``; by time it uses the project's time column. By default cv has five folds,
        and nested three more within each of them.

        Raises:
            InvalidSpec: the project has no time column, no group column is named, the test size is not between 0 and
                1, or something is asked that this kind of split does not have.
        """
        if kind is SplitKind.GROUP and not group:
            raise InvalidSpec(problem="a split by groups needs the name of the group column.")
        if group and kind is not SplitKind.GROUP:
            raise InvalidSpec(problem=f"a group column belongs to a split by groups, not to {kind.value}.")
        if gap and kind is not SplitKind.TIME:
            raise InvalidSpec(problem=f"a gap belongs to a split by time, not to {kind.value}.")
        if kind is SplitKind.TIME and project.time_column is None:
            raise InvalidSpec(problem=f"project {project.name!r} has no time column, so rows cannot be split by time.")
        if not 0 < test_size < 1:
            raise InvalidSpec(problem=f"the test size must be between 0 and 1, not {test_size:g}.")
        column = project.time_column if kind is SplitKind.TIME else None
        needed, within = kind in (SplitKind.CV, SplitKind.NESTED), kind is SplitKind.NESTED
        count, more = (FOLDS if needed else 0), (INNER if within else 0)
        count, more = count if folds is None else folds, more if inner is None else inner
        for number, is_needed in ((count, needed), (more, within)):
            if number == 1 or not 0 <= number <= MOST_FOLDS or (is_needed and not number):
                raise InvalidSpec(problem=f"the number of folds must be from 2 to {MOST_FOLDS}, not {number}.")
        if more and not count:
            raise InvalidSpec(problem="inner folds are made within folds; ask for folds, too.")
        found = {"kind": kind, "test_size": test_size, "time_column": column, "group_column": group, "gap": gap}
        return Split.model_validate({**found, "folds": count, "inner": more})

    def threshold(self, project: Project, rule: ThresholdRule, value: float | None = None) -> Threshold:
        """Return the threshold rule for ``project``; the best value takes the project's cost matrix.

        Raises:
            InvalidSpec: the value is not between 0 and 1.
        """
        wanted = VALUES.get(rule, 0.5) if value is None else value
        if not 0 < wanted < 1:
            raise InvalidSpec(problem=f"the threshold's value must be between 0 and 1, not {wanted:g}.")
        costs = project.cost_matrix if rule is ThresholdRule.MIN_COST else None
        return Threshold(rule=rule, value=wanted, costs=costs)

    def spec(
        self,
        project: Project,
        *,
        dataset: str | None,
        estimator: str,
        params: Mapping[str, ParameterValue] | None = None,
        features: Sequence[str] | None = None,
        split: Split | None = None,
        threshold: Threshold | None = None,
        fairness: Sequence[str] = (),
        seed: int = 0,
        metric: str | None = None,
        register_version: bool = True,
        preprocessing: Preprocessing | None = None,
        override: str = "",
    ) -> TrainingSpec:
        """Return a full spec: dataset resolved, every hyperparameter set, features and split by default.

        A project with a time column is split by time.

        Raises:
            DatasetNotFound: there is no such dataset version.
            UnknownEstimator: there is none of that name for the project's task.
            InvalidParameter: unknown, not of its kind, or out of range.
            InvalidSpec: the seed is not usable.
        """
        self._look_at_recipes()
        version = self._datasets.resolve(project.name, dataset)
        by_default = SplitKind.HOLDOUT if project.time_column is None else SplitKind.TIME
        chosen = self.default_features(project, version, preprocessing) if features is None else features
        try:
            return TrainingSpec(
                project=project.name,
                task=project.task,
                dataset=version.ref,
                target=project.target,
                positive=project.positive,
                features=tuple(chosen),
                estimator=estimator,
                params=estimators.check(estimators.card(estimator, project.task), params or {}),
                split=split or self.split(project, by_default),
                threshold=threshold or Threshold(),
                fairness=tuple(dict.fromkeys(fairness)),
                seed=seed,
                metric=metric or project.metric,
                register_version=register_version,
                preprocessing=preprocessing or Preprocessing(),
                recipe_sha256=_pinned(estimator),
                override=clipped(override, LONGEST_REASON),
            )
        except ValidationError as error:
            first = error.errors()[0]
            raise InvalidSpec(problem=f"{first['loc'][0]}: {first['msg']}.") from error

    def check(self, spec: TrainingSpec) -> None:
        """Return when the training can start; reads the target column and those it splits by only.

        Raises:
            ProjectNotFound: the project is gone.
            DatasetNotFound: the dataset version is gone.
            UnknownEstimator: there is none of that name for the task.
            InvalidParameter: a hyperparameter is unknown or out of range.
            InvalidSpec: columns, target, metric or split do not fit; the sentence says why.
            ContractFails: the version fails its contract, and the spec gives no reason to train on it all the same.
        """
        from core.training import preprocessing

        self._look_at_recipes()
        with self._store.read() as work:
            project = work.projects.get(spec.project)
        checking.require_current(project, spec)
        estimators.check(estimators.card(spec.estimator, spec.task), spec.params)
        checking.require_metric(spec)
        checking.require_threshold(spec)
        version = self._datasets.get(spec.project, spec.dataset)
        self._contracts.require_trainable(version, spec.override, look=version.rows <= CHECKED_AT_ONCE)
        preprocessing.prepared_columns(checking.feature_columns(version, spec), spec.preprocessing, spec.task)
        checking.fairness_columns(version, spec)
        by = [
            *checking.time_columns(version, spec),
            *checking.group_columns(version, spec),
            *checking.recency_columns(version, spec),
        ]
        checking.rehearse(self._datasets.frame(version, list(dict.fromkeys([spec.target, *by]))), spec)

    def submit(self, actor: Actor, spec: TrainingSpec, *, key: str | None = None, cause: Cause | None = None) -> Job:
        """Check ``spec`` and queue the training; the same ``key`` never makes a second job.

        Raises:
            Denied: the actor may not train.
            InvalidInput: see :meth:`check`.
        """
        require(actor, Permission.TRAIN)
        self.check(spec)
        with self._store.write() as work:
            job = self._queue.enqueue(
                work,
                kind=JobKind.TRAIN,
                project=spec.project,
                title=f"Train {estimators.family(spec.estimator).title} on {spec.dataset}",
                payload=spec.model_dump(mode="json"),
                created_by=actor.name,
                key=key,
                cause=cause,
            )
            if spec.override and not _is_told(work, spec.project, job):
                details = {"dataset": str(spec.dataset), "reason": spec.override}
                now = self._clock.now()
                audit.record(work, now, actor.name, OVERRIDE, spec.project, job.id, details)
            work.commit()
        return job

    def execute(self, spec: TrainingSpec, context: JobContext) -> TrainingResult:
        """Carry out ``spec`` as part of the job of ``context``, and record it in MLflow.

        Repeating it after a crash closes what the former attempt left running, and makes no second version.

        Raises:
            InvalidInput: see :meth:`check`.
            LeaseLost: another worker has the job now; nothing was registered.
            JobCancelled: someone asked to cancel.
            TrackingUnavailable: MLflow cannot be reached.
        """
        return self._execution.carry_out(spec, context)

    def clone_spec(
        self,
        project: str,
        run_id: str,
        changes: Mapping[str, ParameterValue] | None = None,
        *,
        seed: int | None = None,
    ) -> TrainingSpec:
        """Return the spec of a run, hyperparameters and seed changed as told: what a form begins with to try again.

        Raises:
            RunNotFound: the project has no such run.
            NotReproducible: the run was not made by Pilothouse.
            InvalidParameter: a change is unknown, not of its kind, or out of range.
        """
        spec = self._tracking.run(project, run_id).spec
        if spec is None:
            raise NotReproducible(run_id=run_id, problem="it was not made by Pilothouse, so its recipe is not known.")
        self._look_at_recipes()
        params = estimators.check(estimators.card(spec.estimator, spec.task), {**spec.params, **(changes or {})})
        changed = {
            "params": params,
            "seed": spec.seed if seed is None else seed,
            "recipe_sha256": _pinned(spec.estimator),
        }
        return TrainingSpec.model_validate({**spec.model_dump(), **changed})

    def _look_at_recipes(self) -> None:
        """Let this process know of the recipes on offer now, whoever added or removed one."""
        with self._store.read() as work:
            shelf.replace(work.recipes.offered())

    def reproduce(self, actor: Actor, project: str, run_id: str) -> Job:
        """Queue the proof that a run gives the same result again.

        Raises:
            Denied: the actor may not train.
            RunNotFound: the project has no such run.
            NotReproducible: the run has no recipe or did not finish.
        """
        spec = recipe(self._tracking.run(project, run_id))
        return self._queue.submit(
            actor,
            kind=JobKind.REPRODUCE,
            project=project,
            title=f"Reproduce {spec.estimator.replace('_', ' ')} on {spec.dataset}",
            payload={"run_id": run_id},
            cause=Cause(kind="run", id=run_id, note="to be proved"),
        )

    def execute_reproduction(self, project: str, run_id: str, context: JobContext) -> Reproduction:
        """Carry out a proof as part of the job of ``context``; see :meth:`Reproducer.carry_out`."""
        return self._reproducer.carry_out(project, run_id, context)

    def reproductions(self, project: str, run_id: str | None = None) -> list[Reproduction]:
        """Return the stored answers of reruns, newest first."""
        with self._store.read() as work:
            return work.reproductions.find(project, run_id)

    def environment(self, run: Run) -> EnvironmentLock | None:
        """Return what the run was computed with, or None when that was not recorded."""
        document = self._tracking.document(run.run_id, ENVIRONMENT)
        return EnvironmentLock.model_validate(document) if document and "code" in document else None

    def runs(self, project: str, limit: int = 100) -> list[Run]:
        """Return runs, newest first."""
        return self._tracking.runs(project, limit)

    def nested_runs(self, project: str, run_id: str) -> list[Run]:
        """Return the runs nested in a run, newest first: the trials of a study."""
        return self._tracking.nested_runs(project, run_id)

    def run(self, project: str, run_id: str) -> Run:
        """Return a run.

        Raises:
            RunNotFound: the project has none with that id.
        """
        return self._tracking.run(project, run_id)

    def history(self, run_id: str, metric: str) -> list[tuple[int, float]]:
        """Return every logged value of a metric of a run, as (step, value)."""
        return self._tracking.history(run_id, metric)

    def evaluations(self, project: str, run_ids: Collection[str]) -> dict[str, Evaluation]:
        """Return what several runs of a project found, by run; those that stored nothing are left out."""
        found = self._tracking.documents(project, run_ids, EVALUATION)
        return {run_id: Evaluation.model_validate(document) for run_id, document in found.items()}

    def evaluation(self, run: Run) -> Evaluation | None:
        """Return what the run found, or None when it has not (yet) stored it."""
        document = self._tracking.document(run.run_id, EVALUATION)
        return None if document is None else Evaluation.model_validate(document)


def _pinned(estimator: str) -> str | None:
    """Return the hash of an own recipe's present code, None for the catalogue's estimators."""
    recipe = shelf.known(estimator)
    return None if recipe is None else recipe.sha256


def _is_told(work: UnitOfWork, project: str, job: Job) -> bool:
    """Tell whether the trail has the override of this job already: the same key asks for the same job again."""
    return any(event.action == OVERRIDE and event.subject == job.id for event in work.events.find(project))
