"""One training from spec to version: what the process of a train job does."""

import logging
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from typing import TYPE_CHECKING

from core.clock import Clock
from core.datasets.contracts.service import ContractService
from core.datasets.service import DatasetService
from core.errors import JobCancelled, LeaseLost, TrackingUnavailable
from core.jobs.context import JobContext
from core.ports.blobs import BlobStore
from core.ports.tracking import Tracking
from core.ports.unit_of_work import Store
from core.records.dataset import DatasetVersion
from core.records.reproduction import EnvironmentLock
from core.records.training import RunStatus, TrainingResult, TrainingSpec
from core.training import environment, estimators, registration
from core.training.checking import feature_columns, needed_columns
from core.training.own_recipes import code
from core.training.trusted_types import TRUSTED

if TYPE_CHECKING:
    import pandas as pd

    from core.records.evaluation import Evaluation
    from core.training.bundle import Described, Packed
    from core.training.trainer import Learned, Trained

EVALUATION, ENVIRONMENT, RECIPE = "evaluation.json", "environment.json", "recipe.json"
"""Names of the documents stored with a run."""

EXAMPLE_ROWS = 200
FRACTIONS = {"read": 0.02, "split": 0.1, "fit": 0.15, "evaluate": 0.7, "record": 0.85, "register": 0.95}
"""How far a job is when it enters each stage."""

logger = logging.getLogger(__name__)


class Execution:
    """Carries out specs; keeps nothing of its own between two of them."""

    def __init__(
        self, store: Store, blobs: BlobStore, tracking: Tracking, datasets: DatasetService, clock: Clock
    ) -> None:
        self._store = store
        self._blobs = blobs
        self._tracking = tracking
        self._datasets = datasets
        self._clock = clock
        self._contracts = ContractService(store, blobs, clock)

    def carry_out(self, spec: TrainingSpec, context: JobContext) -> TrainingResult:
        """Train, judge, record and register ``spec``; see :meth:`TrainingService.execute`."""
        context.progress("read", FRACTIONS["read"], f"reading {spec.dataset}")
        done = self._done_before(spec, context.job.id) if context.job.is_repeated else None
        if done is not None:
            return done
        code.prepare(self._store, self._blobs, spec)
        version = self._datasets.get(spec.project, spec.dataset)
        standing = self._contracts.require_trainable(version, spec.override, look=True)
        name, tags = f"{spec.estimator} on {spec.dataset}", _run_tags(spec, version, context, standing)
        with ThreadPoolExecutor(1) as pool:
            starting = pool.submit(self._tracking.start_run, spec, name, tags)
            try:
                return self._go(spec, version, starting, context)
            except BaseException as error:
                self._give_up(starting, error)
                raise

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
        """Close the run of a training that ended by ``error``, if there is one; ``error`` is what people must see."""
        if starting.exception() is not None:
            return
        run_id = starting.result()
        is_stopped = isinstance(error, JobCancelled | LeaseLost | SystemExit)
        reason = "The job was stopped." if isinstance(error, SystemExit) else str(error)
        try:
            self._tracking.set_tags(run_id, {"pilothouse.error": reason[:500]})
            self._tracking.finish_run(run_id, RunStatus.KILLED if is_stopped else RunStatus.FAILED)
        except TrackingUnavailable as lost:
            logger.warning("Run %s could not be closed: %s", run_id, lost)

    def _go(
        self, spec: TrainingSpec, version: DatasetVersion, starting: "Future[str]", context: JobContext
    ) -> TrainingResult:
        """Train while the run is being opened, then judge, record and register.

        The model is compiled and compared in a process beside this one, which judges and writes: both are mostly
        Python.
        """
        from core.training import bundle
        from core.training.beside import Beside
        from core.training.trainer import judge

        def tell(stage: str) -> None:
            context.check()
            context.progress(stage, FRACTIONS[stage])
            if starting.done():
                starting.result()

        learned = self._learn(spec, version, tell)
        run_id = starting.result()
        tell("evaluate")
        with Beside(self._describing(spec, version, run_id, learned)) as describing:
            trained = judge(learned, spec)
            context.tell(trained.evaluation.metrics)
            tell("record")
            self._log(spec, version, run_id, trained.evaluation, environment.lock())
            rows = self._keep_rows(spec, version, trained)
            stored = bundle.store(self._blobs, trained.fitted.pipeline)
            packed = bundle.seal(self._blobs, describing.result(), stored, rows)
        self._log_model(spec, run_id, trained, packed)
        tell("register")
        number = self._register(spec, run_id, context) if spec.register_version else None
        self._tracking.finish_run(run_id, RunStatus.FINISHED)
        return TrainingResult(run_id=run_id, version=number, metrics=trained.evaluation.metrics)

    def _learn(self, spec: TrainingSpec, version: DatasetVersion, tell: Callable[[str], None]) -> "Learned":
        from core.training.trainer import learn

        table = self._datasets.frame(version, needed_columns(version, spec))
        return learn(table, feature_columns(version, spec), spec, tell)

    def _describing(
        self, spec: TrainingSpec, version: DatasetVersion, run_id: str, learned: "Learned"
    ) -> "Callable[[], Described]":
        from core.training import bundle

        return partial(
            bundle.describe,
            learned.fitted,
            learned.parted.train,
            learned.parted.test,
            spec=spec,
            version=version,
            run_id=run_id,
            packages=environment.packages(),
            now=self._clock.now(),
        )

    def _keep_rows(self, spec: TrainingSpec, version: DatasetVersion, trained: "Trained") -> dict[str, str]:
        """Store which rows were learned from and held out, and the answers to the latter; return the addresses."""
        from core.training import holdout

        with self._store.read() as work:
            id_column = work.projects.get(spec.project).id_column
        known = version.column(id_column) if id_column else None
        columns = version.columns if known is None else (known,)
        hashes = holdout.row_hashes(self._datasets.frame(version, [column.name for column in columns]), columns)
        names = tuple(sorted(column.name for column in columns))
        split = holdout.RowSplit(names, hashes[trained.train_rows], hashes[trained.test_rows])
        answers = holdout.Holdout(split.test, trained.outcome)
        documents = (holdout.pack_split(split), holdout.pack_holdout(answers))
        return dict(zip(holdout.TAGS, map(self._blobs.put_bytes, documents), strict=True))

    def _log(
        self,
        spec: TrainingSpec,
        version: DatasetVersion,
        run_id: str,
        evaluation: "Evaluation",
        surroundings: EnvironmentLock,
    ) -> None:
        learned = {f"train_{name}": value for name, value in evaluation.train_metrics.items()}
        source = f"{spec.project}/{spec.dataset} sha256:{version.sha256}"
        kinds = {column.name: column.kind.value for column in version.columns}
        tracking = self._tracking
        tracking.log_metrics(run_id, {**evaluation.metrics, **learned})
        tracking.log_document(run_id, EVALUATION, evaluation.model_dump(mode="json"))
        tracking.log_document(run_id, ENVIRONMENT, surroundings.model_dump(mode="json"))
        if spec.recipe_sha256:
            text = code.source(self._blobs, spec.recipe_sha256)
            tracking.log_document(run_id, RECIPE, {"sha256": spec.recipe_sha256, "source": text})
        tracking.log_dataset(run_id, str(spec.dataset), version.sha256, source, kinds)

    def _log_model(self, spec: TrainingSpec, run_id: str, trained: "Trained", packed: "Packed") -> None:
        example = _example(trained.train)
        manifest = packed.manifest
        hashes = {
            "bundle_sha256": packed.sha256,
            "model_sha256": manifest.model_sha256,
            "split_sha256": manifest.split_sha256 or "",
            "holdout_sha256": manifest.holdout_sha256 or "",
        }
        tags = {f"pilothouse.{name}": value for name, value in hashes.items()}
        self._tracking.log_model(
            run_id,
            packed.model,
            example,
            trained.fitted.pipeline.classes_ if spec.task.is_classification else trained.outcome.answered,
            list(environment.requirements(estimators.family(spec.estimator).package)),
            sorted(TRUSTED),
            tags,
        )
        self._tracking.set_tags(run_id, tags)

    def _register(self, spec: TrainingSpec, run_id: str, context: JobContext) -> int:
        job = context.job
        version = registration.register(
            self._store,
            self._tracking,
            self._clock,
            job.created_by,
            spec.project,
            run_id,
            job.id,
            fence=context.fence,
        )
        return version.version


def _example(frame: "pd.DataFrame") -> "pd.DataFrame":
    """Return some rows in which each column that has missing values has one, so that the signature allows it."""
    gaps = frame.isna().to_numpy()
    first = {int(column.argmax()) for column in gaps.T if column.any()}
    return frame.iloc[sorted(first | set(range(min(EXAMPLE_ROWS, len(frame)))))]


def _run_tags(spec: TrainingSpec, version: DatasetVersion, context: JobContext, standing: str) -> dict[str, str]:
    job = context.job
    facts = {
        "job_id": job.id,
        "attempt": str(job.attempt),
        "dataset": str(spec.dataset),
        "dataset_sha256": version.sha256,
        "estimator": spec.estimator,
        "author": job.created_by,
        **({"recipe_sha256": spec.recipe_sha256} if spec.recipe_sha256 else {}),
        "contract": standing,
        "contract_override": spec.override if standing.startswith("fails") else "",
    }
    if job.cause is not None and job.cause.kind == "study":
        facts["study"] = job.cause.id
    return {f"pilothouse.{name}": value for name, value in facts.items() if value}


def _held_out(metrics: Mapping[str, float]) -> dict[str, float]:
    return {name: value for name, value in metrics.items() if not name.startswith("train_")}
