"""Reproduce and prove: the same inputs computed again, and a stored answer on whether the result is the same."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from core import audit
from core.clock import Clock
from core.datasets.service import DatasetService
from core.errors import AppError, BlobCorrupt, BlobNotFound, DatasetNotFound, InvalidInput, JobNotFound
from core.jobs.context import JobContext
from core.ports.blobs import BlobStore
from core.ports.tracking import Tracking
from core.ports.unit_of_work import Store
from core.records.job import JobKind
from core.records.reproduction import EnvironmentLock, InputDifference, Reproduction, ReproductionOutcome
from core.records.training import Run, RunStatus, TrainingSpec
from core.training import differences, environment
from core.training.checking import feature_columns, needed_columns
from core.training.differences import Gap
from core.training.execution import ENVIRONMENT, EVALUATION
from core.training.manifests import read_manifest
from core.training.own_recipes import code
from core.training_errors import NotReproducible

if TYPE_CHECKING:
    from core.training.trainer import Trained

ACTION = "run.reproduce"


@dataclass(frozen=True)
class Comparison:
    """What a rerun showed: figures and rows compared, and the largest gap."""

    metrics: int
    rows: int
    gap: Gap


class Reproducer:
    """Computes runs again; keeps nothing of its own between two of them."""

    def __init__(
        self, store: Store, blobs: BlobStore, tracking: Tracking, datasets: DatasetService, clock: Clock
    ) -> None:
        self._store = store
        self._blobs = blobs
        self._tracking = tracking
        self._datasets = datasets
        self._clock = clock

    def carry_out(self, project: str, run_id: str, context: JobContext) -> Reproduction:
        """Compare the inputs, compute again, and store the answer once, whatever happens to earlier attempts.

        Raises:
            RunNotFound: the run is gone.
            NotReproducible: the run has no recipe or did not finish.
            LeaseLost: another worker has the job now; nothing was stored.
            JobCancelled: someone asked to cancel.
        """
        context.progress("inputs", 0.02, "comparing the inputs")
        run = self._tracking.run(project, run_id)
        spec = recipe(run)
        found = self._inputs(run, spec)
        try:
            trained = self._again(spec, context)
            context.check()
            context.progress("compare", 0.9, "comparing the results")
            answer = _judged(found, self._compare(run, trained))
        except (DatasetNotFound, BlobNotFound, BlobCorrupt) as error:
            gone = InputDifference(name="data", before=_data(run, spec), now="gone or altered")
            answer = _impossible((*(one for one in found if one.name != "data"), gone), error)
        except InvalidInput as error:
            answer = _impossible(found, error)
        return self._keep(answer | {"project": project, "run_id": run_id}, context)

    def _inputs(self, run: Run, spec: TrainingSpec) -> tuple[InputDifference, ...]:
        return (*self._data(run, spec), *self._asked(run, spec), *self._surroundings(run))

    def _data(self, run: Run, spec: TrainingSpec) -> tuple[InputDifference, ...]:
        try:
            now = self._datasets.get(spec.project, spec.dataset).sha256
        except DatasetNotFound:
            now = "gone"
        before = run.tags.get("pilothouse.dataset_sha256", differences.UNKNOWN)
        if now == before:
            return ()
        return (InputDifference(name="data", before=f"{spec.dataset} {before[:12]}", now=f"{spec.dataset} {now[:12]}"),)

    def _asked(self, run: Run, spec: TrainingSpec) -> tuple[InputDifference, ...]:
        """Compare the recipe MLflow holds with the one the job was given, kept in another store."""
        if run.job_id is None:
            return ()
        with self._store.read() as work:
            try:
                job = work.jobs.get(run.job_id)
            except JobNotFound:
                return ()
        if job.kind is not JobKind.TRAIN:
            return ()
        return differences.specs(TrainingSpec.model_validate(job.payload), spec)

    def _surroundings(self, run: Run) -> tuple[InputDifference, ...]:
        document = self._tracking.document(run.run_id, ENVIRONMENT)
        try:
            before = EnvironmentLock.model_validate(document)
        except ValidationError:
            return (InputDifference(name="environment lock", before=differences.UNKNOWN, now="recorded"),)
        return differences.environments(before, environment.lock())

    def _again(self, spec: TrainingSpec, context: JobContext) -> "Trained":
        from core.training.trainer import train

        code.prepare(self._store, self._blobs, spec)
        version = self._datasets.get(spec.project, spec.dataset)
        columns = feature_columns(version, spec)
        context.progress("read", 0.05, f"reading {spec.dataset}")
        table = self._datasets.frame(version, needed_columns(version, spec))
        stages = {"split": 0.1, "fit": 0.15, "evaluate": 0.6}

        def tell(stage: str) -> None:
            context.check()
            context.progress(stage, stages.get(stage, 0.6), "computing again")

        return train(table, columns, spec, tell)

    def _compare(self, run: Run, trained: "Trained") -> Comparison:
        document = self._tracking.document(run.run_id, EVALUATION) or {}
        evaluation = trained.evaluation.model_dump(mode="json")
        metrics, gap = differences.figures(_figures(document), _figures(evaluation))
        apart = self._answers_apart(run, trained)
        return Comparison(metrics, len(trained.test), gap.or_larger(apart.size, apart.where))

    def _answers_apart(self, run: Run, trained: "Trained") -> Gap:
        """Compare the answers to the held-out rows, those stored with the run and those of the new model.

        Runs from before answers were stored have their model asked again.
        """
        from core.training import answers, bundle, holdout

        classifies = trained.fitted.task.is_classification
        kept = run.tags.get("pilothouse.holdout_sha256")
        if kept:
            before, now = holdout.read_holdout(self._blobs.read(kept)).outcome, trained.outcome
            pair = (before.scores, now.scores) if classifies else (before.answered, now.answered)
            return differences.answers(*pair)
        if run.bundle_sha256 is None:
            return Gap(float("inf"), "the stored model, which is missing")
        stored = bundle.load_pipeline(self._blobs, read_manifest(self._blobs, run.bundle_sha256))
        ask = answers.probabilities if classifies else answers.numbers
        return differences.answers(ask(stored, trained.test), ask(trained.fitted.pipeline, trained.test))

    def _keep(self, answer: dict[str, Any], context: JobContext) -> Reproduction:
        job, now = context.job, self._clock.now()
        found = Reproduction(id=job.id, actor=job.created_by, created_at=now, **answer)
        with self._store.write() as work:
            context.fence(work)
            work.reproductions.add(found)
            details = {"outcome": found.outcome.value, "summary": found.summary, "job_id": job.id}
            audit.record(work, now, job.created_by, ACTION, found.project, f"run {found.run_id}", details)
            work.commit()
        return found


def recipe(run: Run) -> TrainingSpec:
    """Return the spec a finished run was made by.

    Raises:
        NotReproducible: there is none, or the run has no result to compare with.
    """
    if run.spec is None:
        raise NotReproducible(run_id=run.run_id, problem="it was not made by Pilothouse, so its recipe is not known.")
    if run.status is not RunStatus.FINISHED:
        raise NotReproducible(run_id=run.run_id, problem=f"it is {run.status.value}, so there is no result to repeat.")
    return run.spec


def _figures(evaluation: dict[str, Any]) -> dict[str, float]:
    """Return the figures on held-out and on training rows under different names."""
    held_out = evaluation.get("metrics") or {}
    learned = {f"train_{name}": value for name, value in (evaluation.get("train_metrics") or {}).items()}
    return {name: value for name, value in {**held_out, **learned}.items() if value is not None}


def _judged(found: tuple[InputDifference, ...], compared: Comparison) -> dict[str, Any]:
    gap = compared.gap
    result = differences.outcome(gap)
    return {
        "outcome": result,
        "differences": found,
        "largest": gap.size if gap.size < float("inf") else None,
        "where": gap.where,
        "metrics": compared.metrics,
        "rows": compared.rows,
        "summary": differences.in_words(result, found, gap, compared.metrics, compared.rows),
    }


def _impossible(found: tuple[InputDifference, ...], error: AppError) -> dict[str, Any]:
    summary = differences.missing(found, error.message)
    return {"outcome": ReproductionOutcome.DIFFERENT, "differences": found, "summary": summary}


def _data(run: Run, spec: TrainingSpec) -> str:
    return f"{spec.dataset} {run.tags.get('pilothouse.dataset_sha256', differences.UNKNOWN)[:12]}"
