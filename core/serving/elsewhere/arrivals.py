"""Versions that other installations push here: looked through at the door, proved and registered by a job."""

from typing import IO

from core.access.permissions import require
from core.clock import Clock
from core.errors import JobNotFound, UnsafeModel
from core.jobs.context import JobContext
from core.jobs.queue import JobQueue
from core.ports.blobs import BlobStore
from core.ports.tracking import Tracking
from core.ports.unit_of_work import Store
from core.records.access import Actor, Permission
from core.records.base import JsonObject, clipped
from core.records.dataset import DatasetRef
from core.records.elsewhere import Arrival
from core.records.evaluation import Evaluation
from core.records.job import Cause, Job, JobKind, JobState
from core.records.model import ModelManifest, ModelVersion
from core.records.project import Project
from core.records.reproduction import EnvironmentLock
from core.records.training import RunStatus, TrainingSpec
from core.serving.elsewhere import archive
from core.serving.elsewhere.archive import Arrived
from core.serving.standalone import MODEL
from core.serving_errors import InvalidArchive
from core.training import environment, model_file, registration, verification
from core.training.answers import Answers
from core.training.execution import ENVIRONMENT, EVALUATION
from core.training.known_rows import require_parity
from core.training.manifests import read_manifest
from core.training.trusted_types import TRUSTED

PUSHED = "pilothouse.pushed_sha256"
"""Tag of a run that came by a push: the hash of the manifest it came with."""


class ArrivalService:
    """Takes exported versions in as challengers; whoever may start trainings may push."""

    def __init__(self, store: Store, blobs: BlobStore, tracking: Tracking, queue: JobQueue, clock: Clock) -> None:
        self._store = store
        self._blobs = blobs
        self._tracking = tracking
        self._queue = queue
        self._clock = clock

    def admit(self, actor: Actor, project: str) -> Project:
        """Return the project a version may be pushed to, before a byte of it is read.

        Raises:
            Denied: the actor may not start trainings.
            ProjectNotFound: there is no such project.
        """
        require(actor, Permission.TRAIN)
        with self._store.read() as work:
            return work.projects.get(project)

    def take(self, actor: Actor, project: str, file: IO[bytes], size: int, *, key: str = "", sender: str = "") -> Job:
        """Keep the version in an archive and queue what proves and registers it.

        ``key`` is the sender's: the same one never makes a second version.

        Raises:
            Denied, ProjectNotFound: as :meth:`admit`.
            InvalidArchive: it is no exported version, was altered, or predicts something else than the project.
            UnsafeModel: its model holds types that are not trusted.
        """
        wanted = self.admit(actor, project)
        arrived = archive.read(file, size)
        _need_fit(wanted, arrived)
        model_file.require_trusted(arrived.content(MODEL))
        payload = self._kept(arrived)
        return self._queue.submit(
            actor,
            kind=JobKind.RECEIVE,
            project=project,
            title=f"Take in version {arrived.version} of {clipped(arrived.manifest.project, 63)}",
            payload=payload,
            key=f"receive:{project}:{key}" if key else None,
            cause=Cause(kind="push", id=clipped(sender, 80) or "unknown", note=f"pushed by {actor.name}"),
        )

    def _kept(self, arrived: Arrived) -> JsonObject:
        """Store what arrived, and return the addresses of it."""
        kept = {
            name: self._blobs.put_bytes(arrived.content(name))
            for name in (MODEL, archive.SPLIT, archive.HOLDOUT)
            if name in arrived.names
        }
        documents = {
            archive.SPEC: arrived.spec,
            archive.EVALUATION: arrived.evaluation,
            archive.ENVIRONMENT: arrived.environment,
        }
        kept |= {
            name: self._blobs.put_bytes(record.model_dump_json().encode())
            for name, record in documents.items()
            if record is not None
        }
        manifest = self._blobs.put_bytes(arrived.manifest.model_dump_json().encode())
        return {"manifest": manifest, "pushed": arrived.manifest_sha256, "version": arrived.version, "kept": kept}

    def told(self, actor: Actor, project: str, job_id: str) -> Arrival:
        """Return how far a version that was pushed is.

        Raises:
            Denied: the actor may not start trainings.
            JobNotFound: nothing was pushed to the project under that id.
        """
        self.admit(actor, project)
        job = self._queue.get(job_id)
        if job.kind is not JobKind.RECEIVE or job.project != project:
            raise JobNotFound(id=job_id)
        result = job.result or {}
        problem = job.error or ("" if job.state is not JobState.CANCELLED else "It was cancelled there.")
        return Arrival(
            job_id=job.id,
            state=job.state.value,
            problem=problem,
            version=result.get("version"),
            answers=tuple(result.get("answers", ())),
        )

    def execute(self, project: str, payload: JsonObject, context: JobContext) -> JsonObject:
        """Prove a version that was taken, and make it a challenger; the body of its job.

        Raises:
            ParityFailed: its answers to its known rows are not those recorded at training.
            UnsafeModel: the model cannot be read.
            LeaseLost: another worker has the job now; nothing was registered.
            JobCancelled: someone asked to cancel.
        """
        from core.training import bundle, tables

        context.progress("prove", 0.1, "answering the known rows")
        manifest = read_manifest(self._blobs, payload["manifest"])
        pipeline = bundle.load_pipeline(self._blobs, manifest)
        answers = tables.answer(manifest, pipeline, [row.features for row in manifest.probe])
        require_parity(manifest, answers, "The version that was pushed")
        context.check()
        known = self._known(project, str(payload["pushed"]))
        if known is None:
            known = self._made(project, manifest, pipeline, payload, context)
        return {"version": known.version, "run_id": known.run_id, "answers": _documents(answers)}

    def _known(self, project: str, pushed: str) -> ModelVersion | None:
        """Return the version that an earlier push of the same bytes made, or None."""
        for version in self._tracking.versions(project):
            if self._tracking.run(project, version.run_id).tags.get(PUSHED) == pushed:
                return version
        return None

    def _made(
        self, project: str, manifest: ModelManifest, pipeline: object, payload: JsonObject, context: JobContext
    ) -> ModelVersion:
        """Record a run as a training would leave it, and register it; runs of earlier attempts are closed."""
        for left in self._tracking.runs_of_job(project, context.job.id):
            if left.status is RunStatus.RUNNING:
                self._tracking.finish_run(left.run_id, RunStatus.KILLED)
        found = self._own_data(project, manifest)
        spec = self._spec(project, found, payload)
        context.progress("record", 0.4)
        name = f"{manifest.estimator} from elsewhere"
        run_id = self._tracking.start_run(spec, name, self._tags(manifest, found, payload, context))
        try:
            self._record(run_id, project, manifest, found, pipeline, payload)
        except BaseException:
            self._tracking.finish_run(run_id, RunStatus.FAILED)
            raise
        context.check()
        context.progress("register", 0.9)
        job = context.job
        origin = {"pushed": payload["pushed"], "from": manifest.project, "its_version": payload["version"]}
        version = registration.register(
            self._store, self._tracking, self._clock, job.created_by, project, run_id, job.id, context.fence, origin
        )
        self._tracking.finish_run(run_id, RunStatus.FINISHED)
        return version

    def _own_data(self, project: str, manifest: ModelManifest) -> DatasetRef:
        """Return the version here with the very bytes the model was trained on, else a name that nothing here has."""
        with self._store.read() as work:
            versions = work.datasets.find(project)
        for version in versions:
            if version.sha256 == manifest.dataset_sha256:
                return version.ref
        name = f"{manifest.dataset.name[:54]}-{manifest.dataset_sha256[:8]}"
        return DatasetRef(name=name, number=manifest.dataset.number)

    def _spec(self, project: str, data: DatasetRef, payload: JsonObject) -> TrainingSpec:
        sha256 = payload["kept"][archive.SPEC]
        sent = TrainingSpec.model_validate_json(self._blobs.read(sha256))
        return sent.model_copy(update={"project": project, "dataset": data, "register_version": True})

    def _tags(
        self, manifest: ModelManifest, data: DatasetRef, payload: JsonObject, context: JobContext
    ) -> dict[str, str]:
        return {
            PUSHED: str(payload["pushed"]),
            "pilothouse.job_id": context.job.id,
            "pilothouse.attempt": str(context.job.attempt),
            "pilothouse.dataset": str(data),
            "pilothouse.dataset_sha256": manifest.dataset_sha256,
            "pilothouse.estimator": manifest.estimator,
            "pilothouse.author": context.job.created_by,
        }

    def _record(
        self,
        run_id: str,
        project: str,
        manifest: ModelManifest,
        data: DatasetRef,
        pipeline: object,
        payload: JsonObject,
    ) -> None:
        """Store the bundle of the run, proved, with the figures that came; the bundle's tag comes last."""
        from core.training import tables
        from core.training.compiled import registering

        own = manifest.model_copy(update={"project": project, "run_id": run_id, "dataset": data})
        records = [row.features for row in manifest.probe]
        frame = tables.to_frame(own, records)
        form, content = registering.compiled(own, pipeline, frame)
        if content is not None:
            self._blobs.put_bytes(content)
        if manifest.compiled is not None and form.sha256 and form.sha256 == manifest.compiled.sha256:
            form = manifest.compiled  # the very form that was compared on all held-out rows where it was trained
        own = own.model_copy(update={"compiled": form})
        bundle_sha256 = self._blobs.put_bytes(own.model_dump_json().encode())
        verification.prove(self._store, self._blobs, self._clock, bundle_sha256, "The version that was pushed")
        self._tell(run_id, payload)
        tags = {
            "bundle_sha256": bundle_sha256,
            "model_sha256": own.model_sha256,
            "split_sha256": own.split_sha256 or "",
            "holdout_sha256": own.holdout_sha256 or "",
        }
        named = {f"pilothouse.{name}": value for name, value in tags.items() if value}
        self._tracking.log_model(
            run_id,
            self._blobs.read(own.model_sha256),
            frame,
            [row.prediction for row in own.probe],
            list(environment.requirements()),
            sorted(TRUSTED),
            named,
        )
        self._tracking.set_tags(run_id, named)

    def _tell(self, run_id: str, payload: JsonObject) -> None:
        kept = payload["kept"]
        if archive.EVALUATION in kept:
            evaluation = Evaluation.model_validate_json(self._blobs.read(kept[archive.EVALUATION]))
            learned = {f"train_{name}": value for name, value in evaluation.train_metrics.items()}
            self._tracking.log_metrics(run_id, {**evaluation.metrics, **learned})
            self._tracking.log_document(run_id, EVALUATION, evaluation.model_dump(mode="json"))
        if archive.ENVIRONMENT in kept:
            surroundings = EnvironmentLock.model_validate_json(self._blobs.read(kept[archive.ENVIRONMENT]))
            self._tracking.log_document(run_id, ENVIRONMENT, surroundings.model_dump(mode="json"))


def _need_fit(project: Project, arrived: Arrived) -> None:
    """Refuse a version that predicts something else than the project, or whose making nobody can tell."""
    manifest = arrived.manifest
    its = (manifest.task, manifest.target, manifest.positive)
    wanted = (project.task, project.target, None if project.positive is None else str(project.positive))
    if its != wanted:
        raise InvalidArchive(
            problem=f"it predicts {_meant(*its)}, but the project {project.name} predicts {_meant(*wanted)}."
        )
    if not manifest.probe:
        raise InvalidArchive(problem="it has no known rows to prove it by.")
    if arrived.spec is None:
        raise InvalidArchive(
            problem="it has no training spec, since another program trained it. Adopt its run there instead."
        )
    here = environment.packages()["scikit-learn"]
    its_release = manifest.packages.get("scikit-learn", here)
    if its_release.split(".")[:2] != here.split(".")[:2]:
        raise UnsafeModel(problem=f"it was fitted with scikit-learn {its_release}, and {here} answers here.")


def _meant(task: str, target: str, positive: str | None) -> str:
    return f"{target} ({task}{f', positive {positive}' if positive else ''})"


def _documents(answers: Answers) -> list[JsonObject]:
    shares = answers.shares or [[] for _ in answers.predictions]
    return [
        {"prediction": prediction, "scores": row} for prediction, row in zip(answers.predictions, shares, strict=True)
    ]
