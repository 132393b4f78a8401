"""Adopting a run: looked at in words first, then read, judged, proved and registered by a job."""

import hashlib
from typing import TYPE_CHECKING

from core.clock import Clock
from core.datasets.service import DatasetService
from core.errors import InvalidSpec, RunHasNoModel
from core.jobs.context import JobContext
from core.jobs.queue import JobQueue
from core.ports.blobs import BlobStore
from core.ports.tracking import Tracking
from core.ports.unit_of_work import Store
from core.records.access import Actor
from core.records.adoption import Adoption, AdoptionRequest, AdoptionResult, HeldOut, LoggedModel
from core.records.dataset import DatasetVersion
from core.records.job import Cause, Job, JobKind
from core.records.metric import METRICS
from core.records.project import Project
from core.records.training import Run, RunStatus
from core.training import environment, registration, verification
from core.training.adoption.description import DESCRIPTION, Unadoptable, read
from core.training.execution import ENVIRONMENT, EVALUATION
from core.training.model_file import MAX_BYTES
from core.training_errors import NotAdoptable

if TYPE_CHECKING:
    from core.training.adoption.material import Material

ADOPTION = "adoption.json"
"""Name of the document stored with a run that was adopted."""

DESCRIPTION_BYTES = 1 << 20


class AdoptionService:
    """Runs that other programs logged to the same MLflow, on their way to model versions."""

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

    def look(self, project: str, run_id: str) -> LoggedModel:
        """Return what MLflow says of the run's model, when it is one that may be adopted; the model is not read.

        Raises:
            RunNotFound: the project has no such run.
            NotAdoptable: it was made here, is not over, or has no model that can be read safely.
        """
        run = self._tracking.run(project, run_id)
        try:
            return self._logged(run)
        except Unadoptable as error:
            raise NotAdoptable(run_id=run_id, problem=str(error)) from error

    def hindrance(self, project: str, run_id: str) -> str | None:
        """Return why a run cannot be adopted, in a sentence; None when it can.

        Raises:
            RunNotFound: the project has no such run.
        """
        try:
            self.look(project, run_id)
        except NotAdoptable as error:
            return error.message
        return None

    def submit(self, actor: Actor, request: AdoptionRequest) -> Job:
        """Queue the adoption of a run.

        Raises:
            Denied: the actor may not train.
            RunNotFound: the project has no such run.
            DatasetNotFound: there is no such dataset version.
            NotAdoptable: see :meth:`look`.
        """
        self._datasets.get(request.project, request.dataset)
        self.look(request.project, request.run_id)
        return self._queue.submit(
            actor,
            kind=JobKind.ADOPT,
            project=request.project,
            title=f"Adopt run {request.run_id[:8]}",
            payload=request.model_dump(mode="json"),
            cause=Cause(kind="run", id=request.run_id, note="logged by another program"),
        )

    def request(
        self, project: Project, run_id: str, dataset: str | None, **said: HeldOut | float | int | tuple[str, ...]
    ) -> AdoptionRequest:
        """Return a request on a dataset version, by default the newest one.

        Raises:
            DatasetNotFound: there is no such version, or none at all.
        """
        ref = self._datasets.resolve(project.name, dataset).ref
        return AdoptionRequest.model_validate({"project": project.name, "run_id": run_id, "dataset": ref, **said})

    def execute(self, request: AdoptionRequest, context: JobContext) -> AdoptionResult:
        """Carry out an adoption as part of the job of ``context``; repeating it changes nothing more.

        Raises:
            NotAdoptable: the model cannot be read safely, does not fit the data, or does not answer it.
            InvalidSpec: the target or the rows do not fit.
            LeaseLost: another worker has the job now; nothing was registered.
            JobCancelled: someone asked to cancel.
        """
        run = self._tracking.run(request.project, request.run_id)
        try:
            return self._adopt(run, request, context)
        except (Unadoptable, InvalidSpec) as error:
            problem = error.facts["problem"] if isinstance(error, InvalidSpec) else error
            raise NotAdoptable(run_id=run.run_id, problem=str(problem).removesuffix(".")) from error

    def _logged(self, run: Run) -> LoggedModel:
        if not run.is_outside:
            raise Unadoptable("it was made by Pilothouse. Register it instead")
        if run.status is RunStatus.RUNNING:
            raise Unadoptable("it is still running")
        text = self._file(run, DESCRIPTION, DESCRIPTION_BYTES)
        if text is None:
            raise Unadoptable("no model was logged with it")
        return read(text.decode("utf-8", "replace"))

    def _file(self, run: Run, name: str, most: int = MAX_BYTES) -> bytes | None:
        try:
            return self._tracking.model_file(run.run_id, name, most)
        except RunHasNoModel as error:
            raise Unadoptable(str(error.facts["problem"]).removesuffix(".")) from error

    def _adopt(self, run: Run, request: AdoptionRequest, context: JobContext) -> AdoptionResult:
        from core.training.adoption import material, model

        context.progress("read", 0.05, "reading the model that was logged")
        logged = self._logged(run)
        content = self._file(run, logged.file)
        if content is None:
            raise Unadoptable(f"its model file {logged.file} is missing")
        foreign = model.read(content, logged)
        version, project = self._datasets.get(request.project, request.dataset), self._project(request.project)
        columns = model.columns(foreign, logged, version)
        table = self._datasets.frame(version, [*(column.name for column in columns), project.target])
        context.check()
        context.progress("evaluate", 0.3, f"answering {request.dataset}")
        shown = model.example(self._file(run, logged.example)) if logged.example else None
        found = material.judged(foreign, project, request, columns, table, shown)
        context.tell(found.trained.evaluation.metrics)
        context.check()
        context.progress("record", 0.7)
        adoption = Adoption(
            request=request,
            estimator=foreign.estimator,
            original_sha256=hashlib.sha256(content).hexdigest(),
            claimed={name: value for name, value in run.metrics.items() if name in METRICS},
            author=context.job.created_by,
        )
        self._record(run, version, found, adoption)
        context.check()
        context.progress("register", 0.95)
        number = self._register(run, adoption, context)
        return AdoptionResult(run_id=run.run_id, version=number, metrics=found.trained.evaluation.metrics)

    def _project(self, name: str) -> Project:
        with self._store.read() as work:
            return work.projects.get(name)

    def _record(self, run: Run, version: DatasetVersion, found: "Material", adoption: Adoption) -> None:
        """Store the bundle, proved, and beside the run what was found; the bundle's tag comes last."""
        from core.training import bundle

        packed = bundle.pack(
            self._blobs,
            found.trained,
            spec=found.spec,
            version=version,
            run_id=run.run_id,
            packages=environment.packages(),
            now=self._clock.now(),
            rows=self._keep_rows(version, found),
            probe=found.probe,
        )
        verification.prove(self._store, self._blobs, self._clock, packed.sha256, f"The model of run {run.run_id}")
        evaluation, tracking, manifest = found.trained.evaluation, self._tracking, packed.manifest
        if evaluation.metrics:
            tracking.log_metrics(run.run_id, evaluation.metrics)
        tracking.log_document(run.run_id, EVALUATION, evaluation.model_dump(mode="json"))
        tracking.log_document(run.run_id, ENVIRONMENT, environment.lock().model_dump(mode="json"))
        first = self._tracking.document(run.run_id, ADOPTION) or adoption.model_dump(mode="json")
        tracking.log_document(run.run_id, ADOPTION, first | {"request": adoption.request.model_dump(mode="json")})
        facts = {
            "model_sha256": manifest.model_sha256,
            "split_sha256": manifest.split_sha256 or "",
            "holdout_sha256": manifest.holdout_sha256 or "",
            "dataset": str(version.ref),
            "dataset_sha256": version.sha256,
            "estimator": adoption.estimator,
            "adopted_by": adoption.author,
            "bundle_sha256": packed.sha256,
        }
        tracking.set_tags(run.run_id, {f"pilothouse.{name}": value for name, value in facts.items() if value})

    def _keep_rows(self, version: DatasetVersion, found: "Material") -> dict[str, str]:
        """Store which rows were held out and the answers to them; nothing when none is known to be."""
        from core.training import holdout

        if not len(found.trained.test_rows):
            return {}
        id_column = self._project(version.project).id_column
        known = version.column(id_column) if id_column else None
        columns = version.columns if known is None else (known,)
        hashes = holdout.row_hashes(self._datasets.frame(version, [column.name for column in columns]), columns)
        names = tuple(sorted(column.name for column in columns))
        split = holdout.RowSplit(names, hashes[found.trained.train_rows], hashes[found.trained.test_rows])
        answers = holdout.Holdout(split.test, found.trained.outcome)
        documents = (holdout.pack_split(split), holdout.pack_holdout(answers))
        return dict(zip(holdout.TAGS, map(self._blobs.put_bytes, documents), strict=True))

    def _register(self, run: Run, adoption: Adoption, context: JobContext) -> int:
        job = context.job
        origin = {
            "adopted": adoption.estimator,
            "dataset": str(adoption.request.dataset),
            "held_out": adoption.request.held_out.value,
            "original_sha256": adoption.original_sha256,
        }
        version = registration.register(
            self._store,
            self._tracking,
            self._clock,
            job.created_by,
            run.project,
            run.run_id,
            job.id,
            fence=context.fence,
            origin=origin,
        )
        return version.version
