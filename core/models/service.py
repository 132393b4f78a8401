"""Model versions and who serves: the store decides, MLflow's aliases follow."""

import logging
from datetime import datetime

from core.access.permissions import require
from core.clock import Clock
from core.errors import BundleMismatch, RunNotFound
from core.models import promotion
from core.models.comparison import compare
from core.models.promotion import Candidate
from core.models.reconciliation import Reconciler
from core.ports.blobs import BlobStore
from core.ports.tracking import Tracking
from core.ports.unit_of_work import Store
from core.records.access import Actor, Permission
from core.records.model import Alias, Deployment, ModelManifest, ModelVersion, VersionComparison
from core.records.training import Run
from core.training.manifests import read_manifest
from core.training.verification import proven

logger = logging.getLogger(__name__)


class ModelService:
    """Versions of a project's model, their comparison with the champion, promotion and rollback."""

    def __init__(self, store: Store, blobs: BlobStore, tracking: Tracking, clock: Clock) -> None:
        """Nothing is opened before its first use."""
        self._store = store
        self._blobs = blobs
        self._tracking = tracking
        self._clock = clock
        self._reconciler = Reconciler(store, tracking, clock)

    def versions(self, project: str) -> list[ModelVersion]:
        """Return all versions, newest first, with the champion as the store has it."""
        champion = promotion.number(self.champion(project))
        return [_as_deployed(version, champion) for version in self._tracking.versions(project)]

    def version(self, project: str, version: int) -> ModelVersion:
        """Return one version, with the champion as the store has it.

        Raises:
            VersionNotFound: there is none with that number; the message names the ones there are.
        """
        return _as_deployed(self._tracking.version(project, version), promotion.number(self.champion(project)))

    def manifest(self, version: ModelVersion) -> ModelManifest:
        """Return what a server must know of the version.

        Raises:
            BlobNotFound: the bytes are missing.
            BlobCorrupt: the bytes were altered.
        """
        return read_manifest(self._blobs, version.bundle_sha256)

    def register(self, actor: Actor, project: str, run_id: str) -> ModelVersion:
        """Make a version of a run; a run that has one keeps it.

        Raises:
            RunNotFound: there is no such run.
            RunHasNoModel: the run holds no model.
        """
        from core.training import registration

        require(actor, Permission.TRAIN)
        self._need_project(project)
        made = registration.register(self._store, self._tracking, self._clock, actor.name, project, run_id, None)
        return self.version(project, made.version)

    def champion(self, project: str) -> Deployment | None:
        """Return what serves now, or None."""
        with self._store.read() as work:
            return work.deployments.current(project, Alias.CHAMPION)

    def history(self, project: str) -> list[Deployment]:
        """Return every interval of every champion, newest first."""
        with self._store.read() as work:
            return work.deployments.history(project, Alias.CHAMPION)

    def at(self, project: str, moment: datetime) -> Deployment | None:
        """Return what served at ``moment``, or None."""
        with self._store.read() as work:
            return work.deployments.at(project, Alias.CHAMPION, moment)

    def compare(self, project: str, version: int) -> VersionComparison:
        """Put the stored hold-out metrics of a version beside the champion's.

        Raises:
            ProjectNotFound: there is no such project.
            VersionNotFound: there is no such version.
        """
        with self._store.read() as work:
            metric = work.projects.get(project).metric
            champion = work.deployments.current(project, Alias.CHAMPION)
        wanted = self._tracking.version(project, version)
        run = self._run(project, wanted.run_id)
        base = self._run(project, champion.run_id) if champion else None
        return compare(version, run, promotion.number(champion) or None, base, metric)

    def _run(self, project: str, run_id: str) -> Run | None:
        try:
            return self._tracking.run(project, run_id)
        except RunNotFound:
            return None

    def promote(
        self, actor: Actor, project: str, version: int, reason: str, *, expected: int | None = None
    ) -> Deployment:
        """Make a version the champion, once it has proved to answer as it did at training.

        The decision is one transaction of the store. MLflow's aliases follow; should that fail, the promotion stands,
        the log says so and :meth:`reconcile` repairs it.

        Args:
            actor: who decides.
            project: its name.
            version: the version to promote.
            reason: one sentence for the history.
            expected: the champion the actor saw when deciding, 0 for none; None takes what serves at the call.

        Raises:
            ReasonMissing: the reason is empty.
            ProjectNotFound: there is no such project.
            VersionNotFound: there is no such version; the message names the ones there are.
            AlreadyChampion: it serves already.
            ChampionChanged: somebody else changed the champion meanwhile.
            BundleMismatch: registry and bundle disagree.
            BlobCorrupt: the model's bytes were altered.
            ParityFailed: its answers are not those recorded at training.
        """
        require(actor, Permission.PROMOTE)
        self._need_project(project)
        seen = promotion.number(self.champion(project))
        wanted = self._tracking.version(project, version)
        why = promotion.stated(reason, "A promotion")
        return self._put_into_service(actor, Candidate.promoted(wanted, why), seen if expected is None else expected)

    def rollback(
        self, actor: Actor, project: str, reason: str, *, to: int | None = None, expected: int | None = None
    ) -> Deployment:
        """Put back the champion before this one, or the earlier champion ``to``; works without MLflow.

        Arguments and errors are those of :meth:`promote`, and:

        Raises:
            NoEarlierChampion: nothing served before.
            NeverChampion: ``to`` never served.
        """
        require(actor, Permission.PROMOTE)
        self._need_project(project)
        history = self.history(project)
        seen = promotion.number(next((interval for interval in history if interval.until is None), None))
        earlier = promotion.earlier(project, history, to)
        candidate = Candidate.restored(earlier, promotion.stated(reason, "A rollback"))
        return self._put_into_service(actor, candidate, seen if expected is None else expected)

    def _put_into_service(self, actor: Actor, candidate: Candidate, seen: int) -> Deployment:
        self._verify(candidate)
        with self._store.write() as work:
            work.projects.get(candidate.project)
            opened = promotion.switch(work, self._clock.now(), actor.name, candidate, seen)
            work.commit()
        self._follow(candidate.project)
        return opened

    def _verify(self, candidate: Candidate) -> None:
        """Refuse a bundle that is damaged, unsafe, of another run, or that answers otherwise than at training."""
        subject = f"Version {candidate.version}"
        manifest = proven(self._store, self._blobs, self._clock, candidate.bundle_sha256, subject)
        if (manifest.project, manifest.run_id) != (candidate.project, candidate.run_id):
            problem = f"the bundle belongs to run {manifest.run_id} of project {manifest.project}"
            raise BundleMismatch(subject=subject, problem=problem)

    def _follow(self, project: str) -> None:
        """Let the aliases follow a promotion that stands, whatever becomes of the attempt."""
        try:
            self._reconciler.align(project)
        except Exception:
            logger.exception(
                "The champion of %s changed, but MLflow's aliases could not follow; reconciliation will repair them.",
                project,
            )

    def reconcile(self) -> list[str]:
        """Make MLflow agree with the store: aliases follow what serves, runs of dead jobs are closed.

        Returns:
            What was repaired, and what could not be, in sentences; empty when all was well.
        """
        return self._reconciler.run()

    def _need_project(self, project: str) -> None:
        with self._store.read() as work:
            work.projects.get(project)


def _as_deployed(version: ModelVersion, champion: int) -> ModelVersion:
    """Return the version with the aliases the store knows to be true."""
    if version.version == champion:
        aliases: tuple[Alias, ...] = (Alias.CHAMPION,)
    else:
        aliases = tuple(alias for alias in version.aliases if alias is not Alias.CHAMPION)
    return version.model_copy(update={"aliases": aliases})
