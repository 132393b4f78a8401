"""Gates as people and other services see them: set, look at, judge by, and read the ledger."""

import hashlib
from typing import Any

from core import audit
from core.access.permissions import require
from core.clock import Clock
from core.datasets.contracts.service import ContractService
from core.datasets.service import DatasetService
from core.errors import BlobCorrupt, BlobNotFound, BundleMismatch, DatasetNotFound, ParityFailed, UnsafeModel
from core.jobs.context import JobContext
from core.jobs.queue import JobQueue
from core.model_errors import CannotJudge, GatesChanged, NothingToJudge, TooFewToReplay
from core.models.gates import policy as policies
from core.models.gates.ledger import counts, in_force, outcome_of, policy_of, summed_up
from core.models.replaying.service import LEAST, ReplayService
from core.ports.blobs import BlobStore
from core.ports.tracking import Tracking
from core.ports.unit_of_work import Store
from core.records.access import Actor, Permission
from core.records.approval import Approval
from core.records.base import clipped
from core.records.contract import ContractResult
from core.records.gate import GateDraft, GatePolicy, GateResult, ReplayGate, Verdict
from core.records.job import Cause, Job, JobKind
from core.records.model import Alias, Deployment, ModelManifest, ModelVersion
from core.records.project import Project
from core.records.replay import ReplayRequest
from core.training.manifests import read_manifest

LONGEST_NOTE = 2_000
SET, JUDGED = "gates.set", "version.judge"


class GateService:
    """The gates of projects and the verdicts on their model versions."""

    def __init__(
        self,
        store: Store,
        blobs: BlobStore,
        tracking: Tracking,
        datasets: DatasetService,
        queue: JobQueue,
        replays: ReplayService,
        clock: Clock,
    ) -> None:
        """Nothing is opened before its first use."""
        self._store = store
        self._blobs = blobs
        self._tracking = tracking
        self._datasets = datasets
        self._contracts = ContractService(store, blobs, clock)
        self._queue = queue
        self._replays = replays
        self._clock = clock

    def policy(self, project: str) -> GatePolicy:
        """Return the policy in force; the one every project starts with, number 0, where none was set.

        Raises:
            ProjectNotFound: there is no such project.
        """
        with self._store.read() as work:
            return policy_of(work, project)

    def policies(self, project: str) -> list[GatePolicy]:
        """Return all versions of a project's policy, newest first, the one it started with last."""
        with self._store.read() as work:
            return [*work.gate_policies.history(project), policies.starting(work.projects.get(project))]

    def set(
        self, actor: Actor, project: str, draft: GateDraft, note: str = "", *, expected: int | None = None
    ) -> GatePolicy:
        """Keep ``draft`` as the next version of the project's policy; the one in force once more makes no new one.

        Args:
            actor: who decides.
            project: its name.
            draft: the gates.
            note: why, for those who read the history.
            expected: the number of the policy the actor saw; None takes what is in force at the call.

        Raises:
            Denied: the actor may not set gates.
            ProjectNotFound: there is no such project.
            InvalidGates: the gates make no sense for the project or its data.
            GatesChanged: somebody else set gates meanwhile.
        """
        require(actor, Permission.SET_GATES)
        now = self._clock.now()
        with self._store.write() as work:
            found = work.projects.get(project)
            policies.check(draft, found, work.datasets.find(project))
            current = policy_of(work, project)
            if expected is not None and current.number != expected:
                raise GatesChanged(author=current.author, number=current.number, project=project)
            if current.gates == draft.gates:
                return current
            made = GatePolicy(
                project=project,
                number=current.number + 1,
                gates=draft.gates,
                note=clipped(note, LONGEST_NOTE),
                author=actor.name,
                created_at=now,
            )
            work.gate_policies.add(made)
            details = {"policy": made.number, "gates": [gate.key for gate in made.gates], "note": made.note[:500]}
            audit.record(work, now, actor.name, SET, project, f"gate policy {made.number}", details)
            work.commit()
        return made

    def submit(
        self, actor: Actor, project: str, version: int, *, key: str | None = None, cause: Cause | None = None
    ) -> Job:
        """Queue a judgement of a version; the same ``key`` never makes a second job.

        Raises:
            Denied: the actor may not run checks.
            ProjectNotFound, VersionNotFound, NothingToJudge: there is nothing to judge.
        """
        require(actor, Permission.MONITOR)
        with self._store.read() as work:
            work.projects.get(project)
            serving = work.deployments.current(project, Alias.CHAMPION)
        if serving is not None and serving.version == version:
            raise NothingToJudge(version=version, project=project)
        self._tracking.version(project, version)
        return self._queue.submit(
            actor,
            kind=JobKind.JUDGE,
            project=project,
            title=f"Judge version {version}",
            payload={"version": version},
            key=key,
            cause=cause,
        )

    def follow(self, job: Job, version: int | None) -> Job | None:
        """Queue the judgement of a version that ``job`` registered, once, in the name of whoever asked for the job."""
        if version is None or job.project is None:
            return None
        with self._store.write() as work:
            judging = self._queue.enqueue(
                work,
                kind=JobKind.JUDGE,
                project=job.project,
                title=f"Judge version {version}",
                payload={"version": version},
                created_by=job.created_by,
                key=f"judge:{job.project}:{version}:registered",
                cause=Cause(kind="job", id=job.id, note="registered"),
            )
            work.commit()
        return judging

    def execute(self, project: str, version: int, context: JobContext) -> Verdict:
        """Judge a version against the champion by the policy in force, and store the verdict once for the job.

        Raises:
            ProjectNotFound, VersionNotFound: there is nothing to judge.
            NothingToJudge: the version serves already.
            CannotJudge: its description is gone.
            LeaseLost: another worker has the job now; nothing was stored.
            JobCancelled: someone asked to cancel.
            TrackingUnavailable: MLflow cannot be reached.
        """
        context.progress("read", 0.05, f"version {version}")
        wanted = self._tracking.version(project, version)
        with self._store.read() as work:
            found, policy = work.projects.get(project), policy_of(work, project)
            serving = work.deployments.current(project, Alias.CHAMPION)
        if serving is not None and serving.version == version:
            raise NothingToJudge(version=version, project=project)
        results = self._results(found, policy, wanted, serving, context)
        return self._keep(wanted, serving.version if serving else 0, policy.number, results, context)

    def _manifest(self, version: ModelVersion) -> ModelManifest:
        try:
            return read_manifest(self._blobs, version.bundle_sha256)
        except (BlobNotFound, BlobCorrupt) as error:
            problem = f"Version {version.version} cannot be judged, since its description is gone: {error.message}"
            raise CannotJudge(problem=problem) from error

    def _results(
        self,
        project: Project,
        policy: GatePolicy,
        version: ModelVersion,
        champion: Deployment | None,
        context: JobContext,
    ) -> tuple[GateResult, ...]:
        from core.models.gates import judging, material, soundness
        from core.models.gates.case import Case

        manifest = self._manifest(version)
        context.progress("load", 0.1, "its bytes and its probe")
        served = soundness.measured(
            self._store, self._blobs, self._clock, version.bundle_sha256, f"Version {version.version}"
        )
        context.check()
        context.progress("rows", 0.3, f"held-out rows of {manifest.dataset}")
        found, why = None, ""
        try:
            base = None if champion is None else read_manifest(self._blobs, champion.bundle_sha256)
            found = material.gather(self._blobs, self._datasets, manifest, base)
        except (CannotJudge, BlobNotFound, BlobCorrupt) as error:
            why = error.message
        case = Case(
            project=project,
            version=version.version,
            manifest=manifest,
            champion=champion.version if champion else 0,
            material=found,
            served=served,
            contract=self._contract(manifest),
            approval=self._approval(version, champion, policy),
            **self._replay(version, champion, policy, context),
            unjudged=why,
        )
        context.check()
        context.progress("judge", 0.6, f"{len(policy.gates)} gates")
        return judging.judge(policy.gates, case)

    def _replay(
        self, version: ModelVersion, champion: Deployment | None, policy: GatePolicy, context: JobContext
    ) -> dict[str, Any]:
        """Return a replay against what serves that speaks for the log of now, made first where a gate asks for it and
        enough was logged."""
        gate = next((one for one in policy.gates if isinstance(one, ReplayGate)), None)
        if gate is None or champion is None:
            return {}
        logged = self._replays.logged(version.project)
        found = self._replays.current(version, champion, gate.last, gate.least)
        if found is not None or logged < max(gate.least, LEAST):
            return {"replay": found, "logged": logged}
        request = ReplayRequest(version=version.version, last=gate.last)
        try:
            return {"replay": self._replays.execute(version.project, request, context), "logged": logged}
        except (TooFewToReplay, BlobNotFound, BlobCorrupt, BundleMismatch, ParityFailed, UnsafeModel) as error:
            return {"replay_problem": error.message, "logged": logged}

    def _approval(self, version: ModelVersion, champion: Deployment | None, policy: GatePolicy) -> Approval | None:
        """Return the newest answer on the version that counts against this champion by this policy."""
        with self._store.read() as work:
            found = work.approvals.find(version.project, version.version)
        against = champion.version if champion else 0
        return next((one for one in found if counts(one, version.bundle_sha256, against, policy.number)), None)

    def _contract(self, manifest: ModelManifest) -> ContractResult | None:
        """Return how the data stands to its contract now, checked first where nobody did."""
        try:
            version = self._datasets.get(manifest.project, manifest.dataset)
        except DatasetNotFound:
            return None
        self._contracts.require_trainable(version, "to be judged", look=True)
        return self._contracts.result(manifest.project, manifest.dataset)

    def _keep(
        self,
        version: ModelVersion,
        champion: int,
        policy: int,
        results: tuple[GateResult, ...],
        context: JobContext,
    ) -> Verdict:
        job, now = context.job, self._clock.now()
        verdict = Verdict(
            id=_id(job.id, version, champion, policy),
            project=version.project,
            version=version.version,
            run_id=version.run_id,
            bundle_sha256=version.bundle_sha256,
            champion=champion,
            policy=policy,
            outcome=outcome_of(results),
            gates=results,
            summary=summed_up(results),
            actor=job.created_by,
            created_at=now,
        )
        with self._store.write() as work:
            context.fence(work)
            work.verdicts.add(verdict)
            details = {"outcome": verdict.outcome.value, "champion": champion, "policy": policy, "verdict": verdict.id}
            subject = f"version {verdict.version}"
            audit.record(work, now, job.created_by, JUDGED, verdict.project, subject, details)
            work.commit()
        return verdict

    def verdict(self, id: str) -> Verdict:
        """Return one verdict.

        Raises:
            VerdictNotFound: there is none with that id.
        """
        with self._store.read() as work:
            return work.verdicts.get(id)

    def verdicts(self, project: str, version: int | None = None, limit: int = 50) -> list[Verdict]:
        """Return the verdicts on one version or on all of a project, newest first."""
        with self._store.read() as work:
            return work.verdicts.find(project, version, limit)

    def newest(self, project: str, version: int) -> Verdict | None:
        """Return the last verdict on a version, whether it still holds or not."""
        with self._store.read() as work:
            return work.verdicts.newest(project, version)

    def in_force(self, project: str, version: int) -> Verdict | None:
        """Return the last verdict on a version when it was given against what serves now, by the policy of now."""
        with self._store.read() as work:
            return in_force(work, project, version)


def _id(job: str, version: ModelVersion, champion: int, policy: int) -> str:
    """Return the id of a job's verdict: the same when the job is repeated, another for each thing it judges."""
    of = f"{job}:{version.project}:{version.version}:{champion}:{policy}"
    return hashlib.sha256(of.encode()).hexdigest()[:12]
