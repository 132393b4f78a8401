"""Model versions and who serves: the store decides, MLflow's aliases follow."""

import logging
from datetime import datetime

from core import audit
from core.access.permissions import require
from core.clock import Clock
from core.errors import AppError, BlobCorrupt, BlobNotFound, BundleMismatch, ParityFailed, RunNotFound, UnsafeModel
from core.model_errors import AliasNotMoved
from core.models import aliases, inputs, promotion, undoing
from core.models.aliases import Aliases
from core.models.comparison import compare
from core.models.promotion import Candidate
from core.models.reconciliation import Reconciler
from core.ports.blobs import BlobStore
from core.ports.tracking import Tracking
from core.ports.unit_of_work import Store
from core.records.access import Actor, Permission
from core.records.integrity import BlobFault
from core.records.model import (
    Alias,
    AliasMove,
    Deployment,
    InputChange,
    ModelManifest,
    ModelVersion,
    VersionComparison,
)
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
        self._aliases = Aliases(store, tracking, clock)

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
        self,
        actor: Actor,
        project: str,
        version: int,
        reason: str = "",
        *,
        expected: int | None = None,
        override: bool = False,
    ) -> Deployment:
        """Make a version the champion whose verdict is to promote, once it has proved to answer as at training.

        The decision is one transaction of the store. MLflow's aliases follow; should that fail, the promotion stands,
        the log says so and :meth:`reconcile` repairs it.

        Args:
            actor: who decides.
            project: its name.
            version: the version to promote.
            reason: one sentence for the history; without one the verdict speaks, but an override needs one.
            override: promote whatever the verdict is, or without one.
            expected: the champion the actor saw when deciding, 0 for none; None takes what serves at the call.

        Raises:
            Denied: the actor may not promote, or not override.
            ReasonMissing: an override has no reason.
            ProjectNotFound: there is no such project.
            VersionNotFound: there is no such version; the message names the ones there are.
            NotJudged: there is no verdict in force.
            GatesHold: the verdict is another one.
            AlreadyChampion: it serves already.
            ChampionChanged: somebody else changed the champion meanwhile.
            BundleMismatch: registry and bundle disagree.
            BlobNotFound, BlobCorrupt: the model's bytes are gone or were altered.
            ParityFailed: its answers are not those recorded at training.
        """
        require(actor, Permission.PROMOTE)
        if override:
            require(actor, Permission.OVERRIDE_GATES)
        self._need_project(project)
        seen = promotion.number(self.champion(project))
        wanted = self._tracking.version(project, version)
        why = promotion.stated(reason, "An override") if override else reason.strip()
        candidate = Candidate.promoted(wanted, why, overridden=override)
        seen = seen if expected is None else expected
        self._verify(actor, candidate)
        with self._store.write() as work:
            work.projects.get(project)
            promotion.expected(work, candidate, seen)
            opened = promotion.switch(work, self._clock.now(), actor.name, promotion.decided(work, candidate), seen)
            work.commit()
        self._follow(project)
        return opened

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
        self._verify(actor, candidate)
        with self._store.write() as work:
            work.projects.get(project)
            seen = seen if expected is None else expected
            opened = promotion.switch(work, self._clock.now(), actor.name, candidate, seen)
            work.commit()
        self._follow(project)
        return opened

    def undo(self, actor: Actor, project: str, deployment: int) -> Deployment | None:
        """Take back a change of champion that was just made: what served before serves again, or nothing.

        Args:
            actor: who decides.
            project: its name.
            deployment: the id of the interval that the change opened.

        Raises:
            Denied: the actor may not promote.
            TooLateToUndo: it was made too long ago.
            ChampionChanged: somebody else changed the champion since.
            BlobNotFound, BlobCorrupt: the bytes of what served before are gone or were altered.
        """
        require(actor, Permission.PROMOTE)
        with self._store.read() as work:
            before = undoing.undoable(work, project, deployment, self._clock.now())
        if before is not None:
            self._verify(actor, Candidate.restored(before, ""))
        with self._store.write() as work:
            opened = undoing.undo(work, project, deployment, self._clock.now(), actor.name)
            work.commit()
        self._follow(project)
        return opened

    def alias_move(self, project: str) -> AliasMove | None:
        """Return where another program moved MLflow's champion, or None.

        Raises:
            TrackingUnavailable: MLflow cannot be reached.
        """
        return self._aliases.move(project)

    def restore_alias(self, actor: Actor, project: str) -> list[str]:
        """Point MLflow's champion at what serves again; return what was changed, in sentences.

        Raises:
            Denied: the actor may not promote.
            AliasNotMoved: no other program moved it.
        """
        require(actor, Permission.PROMOTE)
        self._need_project(project)
        move = self._aliases.move(project)
        if move is None:
            raise AliasNotMoved(project=project)
        with self._store.write() as work:
            details = {"held": move.held, "serving": move.serving}
            subject = f"version {move.serving}" if move.serving else "no version"
            audit.record(work, self._clock.now(), actor.name, aliases.RESTORED, project, subject, details)
            work.commit()
        return self._aliases.align(project, by_force=True)

    def adopt_alias(
        self, actor: Actor, project: str, reason: str = "", *, expected: int | None = None, override: bool = False
    ) -> Deployment:
        """Promote the version that another program pointed MLflow's champion at; it passes the gates like any other.

        Arguments and errors are those of :meth:`promote`, and:

        Raises:
            AliasNotMoved: no other program moved it, or it names no version.
        """
        move = self._aliases.move(project)
        if move is None or not move.held:
            raise AliasNotMoved(project=project)
        return self.promote(actor, project, move.held, reason, expected=expected, override=override)

    def input_change(self, project: str, version: int) -> InputChange:
        """Return how the inputs of a version differ from the champion's; no difference without a champion."""
        wanted, champion = self._tracking.version(project, version), self.champion(project)
        if champion is None:
            return InputChange()
        before = read_manifest(self._blobs, champion.bundle_sha256)
        return inputs.changes(before, read_manifest(self._blobs, wanted.bundle_sha256))

    def _verify(self, actor: Actor, candidate: Candidate) -> None:
        """Refuse a bundle that is gone, damaged, unsafe, of another run, or that answers otherwise than at training,
        and raise the alarm."""
        subject = f"Version {candidate.version}"
        try:
            manifest = proven(self._store, self._blobs, self._clock, candidate.bundle_sha256, subject)
            if (manifest.project, manifest.run_id) != (candidate.project, candidate.run_id):
                problem = f"the bundle belongs to run {manifest.run_id} of project {manifest.project}"
                raise BundleMismatch(subject=subject, problem=problem)
        except (BlobNotFound, BlobCorrupt, BundleMismatch, ParityFailed, UnsafeModel) as error:
            self._alarm(actor, candidate, error)
            raise

    def _alarm(self, actor: Actor, candidate: Candidate, error: AppError) -> None:
        """Note that a version was refused, and the fault where bytes are gone; damaged ones note themselves."""
        logger.error("Version %s of %s was refused: %s", candidate.version, candidate.project, error.message)
        now = self._clock.now()
        with self._store.write() as work:
            details = {"action": candidate.action, "problem": error.message[:500]}
            subject = f"version {candidate.version}"
            audit.record(work, now, actor.name, "model.refuse", candidate.project, subject, details)
            if isinstance(error, BlobNotFound):
                work.blobs.note(BlobFault(sha256=str(error.facts["sha256"]), found="", size=0, at=now))
            work.commit()

    def _follow(self, project: str) -> None:
        """Let the aliases follow a promotion that stands, whatever becomes of the attempt."""
        try:
            self._aliases.align(project, by_force=True)
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
