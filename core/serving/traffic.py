"""Candidates beside the champion: canary, A/B and shadow, each an interval with its reason and its end."""

import re

from core import audit
from core.access.permissions import require
from core.clock import Clock
from core.errors import BundleMismatch, NoChampion
from core.models.promotion import stated
from core.ports.blobs import BlobStore
from core.ports.tracking import Tracking
from core.ports.unit_of_work import Store, UnitOfWork
from core.records.access import Actor, Permission
from core.records.model import Alias, ModelVersion
from core.records.traffic import Guards, Traffic, TrafficEnd, TrafficMode
from core.serving_errors import InvalidTraffic, NoCandidate, OnlyChampion, TrafficChanged
from core.training.verification import proven

HEADER = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]{0,63}")
NOBODY = 0
"""Stands for 'only the champion' where a caller says which traffic it decided against; ids start at 1."""


class TrafficService:
    """Starts, changes and stops a candidate's part in the traffic of a project; the scoring API follows within a
    second."""

    def __init__(self, store: Store, blobs: BlobStore, tracking: Tracking, clock: Clock) -> None:
        self._store = store
        self._blobs = blobs
        self._tracking = tracking
        self._clock = clock

    def current(self, project: str) -> Traffic | None:
        """Return which candidate takes part now, or None when only the champion answers.

        Raises:
            ProjectNotFound: there is no such project.
        """
        with self._store.read() as work:
            work.projects.get(project)
            return work.traffic.current(project)

    def history(self, project: str) -> list[Traffic]:
        """Return every interval in which a candidate took part, newest first.

        Raises:
            ProjectNotFound: there is no such project.
        """
        with self._store.read() as work:
            work.projects.get(project)
            return work.traffic.history(project)

    def start(
        self,
        actor: Actor,
        project: str,
        mode: TrafficMode,
        *,
        reason: str,
        version: int | None = None,
        share: float = 1.0,
        sticky: str = "",
        guards: Guards | None = None,
        expected: int | None = None,
    ) -> Traffic:
        """Let a version take part in the traffic, in place of the candidate that does, if any.

        Args:
            actor: who decides.
            project: its name.
            mode: canary, A/B or shadow.
            reason: one sentence for the history.
            version: the candidate; None takes the challenger.
            share: the part of the requests that it answers, or that are mirrored to it.
            sticky: the header by whose value requests are divided; empty, by prediction id.
            guards: what rolls a canary back; None takes what is usual. An A/B test or a shadow is only ever stopped
                by these when they are given.
            expected: the id of the traffic the actor saw when deciding, 0 for none; None takes what is at the call.

        Raises:
            ReasonMissing: the reason is empty.
            InvalidTraffic: share or header are not usable, or the version is the champion.
            ProjectNotFound, VersionNotFound: there is no such thing.
            NoChampion: nothing serves yet.
            NoCandidate: no version was named, and there is no challenger.
            TrafficChanged: somebody else changed it meanwhile.
            BundleMismatch, BlobCorrupt, ParityFailed: the version would not answer as it did at training.
        """
        require(actor, Permission.PROMOTE)
        why = stated(reason, "A change of traffic")
        wanted = self._candidate(project, version)
        self._verify(wanted)
        rules = guards or _usual(mode)
        _check(mode, share, sticky)
        with self._store.write() as work:
            champion = work.deployments.current(project, Alias.CHAMPION)
            if champion is None:
                raise NoChampion(project=project)
            if champion.version == wanted.version:
                raise InvalidTraffic(problem=f"version {wanted.version} is the champion and answers already.")
            before = self._seen(work, project, expected)
            now = self._clock.now()
            if before is not None:
                work.traffic.close(project, TrafficEnd.CHANGED, actor.name, why, now)
            opened = work.traffic.open(
                Traffic(
                    id=0,
                    project=project,
                    mode=mode,
                    version=wanted.version,
                    run_id=wanted.run_id,
                    bundle_sha256=wanted.bundle_sha256,
                    share=share,
                    sticky=sticky.lower(),
                    guards=rules,
                    since=now if before is None else max(now, before.since),
                    actor=actor.name,
                    reason=why,
                )
            )
            _record(work, opened, before, actor.name, "traffic.start", why)
            work.commit()
        return opened

    def stop(self, actor: Actor, project: str, *, reason: str, expected: int | None = None) -> Traffic:
        """End the candidate's part: only the champion answers from now on. Return the interval that ended.

        Raises:
            ReasonMissing: the reason is empty.
            ProjectNotFound: there is no such project.
            OnlyChampion: no candidate takes part.
            TrafficChanged: somebody else changed it meanwhile.
        """
        require(actor, Permission.PROMOTE)
        why = stated(reason, "A change of traffic")
        with self._store.write() as work:
            work.projects.get(project)
            if self._seen(work, project, expected) is None:
                raise OnlyChampion(project=project)
            ended = ended_in(work, project, TrafficEnd.STOPPED, actor.name, why, self._clock)
            assert ended is not None  # noqa: S101 - it was just seen in this transaction
            work.commit()
        return ended

    def roll_back(self, traffic: Traffic, reason: str) -> bool:
        """End a candidate's part because it does worse, unless it is over already; tell whether this call did."""
        with self._store.write() as work:
            current = work.traffic.current(traffic.project)
            if current is None or current.id != traffic.id:
                return False
            ended_in(work, traffic.project, TrafficEnd.ROLLED_BACK, "system", reason, self._clock)
            work.commit()
        return True

    def _candidate(self, project: str, version: int | None) -> ModelVersion:
        with self._store.read() as work:
            work.projects.get(project)
            challenger = work.deployments.current(project, Alias.CHALLENGER)
        if version is None and challenger is None:
            raise NoCandidate(project=project)
        return self._tracking.version(project, version or challenger.version)  # type: ignore[union-attr]

    def _verify(self, version: ModelVersion) -> None:
        subject = f"Version {version.version}"
        manifest = proven(self._store, self._blobs, self._clock, version.bundle_sha256, subject)
        if (manifest.project, manifest.run_id) != (version.project, version.run_id):
            problem = f"the bundle belongs to run {manifest.run_id} of project {manifest.project}"
            raise BundleMismatch(subject=subject, problem=problem)

    def _seen(self, work: UnitOfWork, project: str, expected: int | None) -> Traffic | None:
        """Return the open interval if it is the one the decision was made against."""
        current = work.traffic.current(project)
        if expected is not None and expected != (NOBODY if current is None else current.id):
            last = current or work.traffic.history(project)[0]
            raise TrafficChanged(actor=last.ended_by or last.actor)
        return current


def ended_in(work: UnitOfWork, project: str, end: TrafficEnd, actor: str, reason: str, clock: Clock) -> Traffic | None:
    """End the open interval of a project and record it, in the caller's transaction; None when none is open."""
    ended = work.traffic.close(project, end, actor, reason, clock.now())
    if ended is not None and ended.until is not None:
        action = "traffic.rollback" if end is TrafficEnd.ROLLED_BACK else "traffic.stop"
        details = {"mode": ended.mode.value, "share": ended.share, "reason": reason}
        audit.record(work, ended.until, actor, action, project, f"version {ended.version}", details)
    return ended


def _record(work: UnitOfWork, opened: Traffic, before: Traffic | None, actor: str, action: str, reason: str) -> None:
    details = {
        "mode": opened.mode.value,
        "share": opened.share,
        "sticky": opened.sticky,
        "guards": opened.guards.model_dump(),
        "before": None if before is None else f"{before.mode} of version {before.version} at {before.share:.0%}",
        "reason": reason,
    }
    audit.record(work, opened.since, actor, action, opened.project, f"version {opened.version}", details)


def _usual(mode: TrafficMode) -> Guards:
    return Guards() if mode is TrafficMode.CANARY else Guards(errors=None, latency=None, loss=None)


def _check(mode: TrafficMode, share: float, sticky: str) -> None:
    if not 0 < share <= 1:
        raise InvalidTraffic(
            problem=f"a share of {share:.3%} is not possible; choose more than 0, at most 100 percent."
        )
    if share == 1 and mode is TrafficMode.AB:
        raise InvalidTraffic(problem="an A/B test needs requests for both sides; choose a share below 100 percent.")
    if sticky and not HEADER.fullmatch(sticky):
        raise InvalidTraffic(problem=f"{sticky[:80]!r} cannot be the name of a header.")
