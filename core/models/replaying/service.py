"""Replays as people and other services see them: asked for, carried out, looked at."""

import hashlib
import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from core import audit
from core.access.permissions import require
from core.clock import Clock
from core.jobs.context import JobContext
from core.jobs.queue import JobQueue
from core.model_errors import NothingToJudge, TooFewToReplay
from core.ports.blobs import BlobStore
from core.ports.prediction_log import PredictionLog
from core.ports.tracking import Tracking
from core.ports.unit_of_work import Store
from core.records.access import Actor, Permission
from core.records.base import JsonObject
from core.records.job import Job, JobKind
from core.records.model import Alias, Deployment, ModelVersion
from core.records.prediction import LoggedPrediction
from core.records.project import Project
from core.records.replay import Replay, ReplayFindings, ReplayRequest

if TYPE_CHECKING:
    from core.models.replaying.scoring import Scored, Scorer

LEAST = 100
"""Fewer answers say nothing; a replay of fewer is refused."""

MOVED = 0.1
"""How much of what a replay looked at may be logged since before it is made anew."""

REPLAYED = "version.replay"
SHADOW = "shadow"
CALLS, WARM = 30, 3


class ReplayService:
    """Scores logged requests with a challenger and tells what would have been different."""

    def __init__(
        self, store: Store, blobs: BlobStore, tracking: Tracking, log: PredictionLog, queue: JobQueue, clock: Clock
    ) -> None:
        """Nothing is opened before its first use."""
        self._store = store
        self._blobs = blobs
        self._tracking = tracking
        self._log = log
        self._queue = queue
        self._clock = clock

    def submit(self, actor: Actor, project: str, request: ReplayRequest) -> Job:
        """Queue a replay.

        Raises:
            Denied: the actor may not run checks.
            ProjectNotFound, VersionNotFound: there is nothing to replay with.
            NothingToJudge: the version serves already.
            TooFewToReplay: nothing serves, or hardly anything was logged.
        """
        require(actor, Permission.MONITOR)
        with self._store.read() as work:
            work.projects.get(project)
            serving = work.deployments.current(project, Alias.CHAMPION)
        self._tracking.version(project, request.version)
        if serving is None:
            raise TooFewToReplay(problem=f"Nothing serves {project!r} yet, so there is nothing to replay against.")
        if serving.version == request.version:
            raise NothingToJudge(version=request.version, project=project)
        if self._log.count(project) < LEAST:
            raise TooFewToReplay(problem=_too_few(self._log.count(project)))
        return self._queue.submit(
            actor,
            kind=JobKind.REPLAY,
            project=project,
            title=f"Replay with version {request.version}",
            payload=request.model_dump(mode="json"),
        )

    def execute(self, project: str, request: ReplayRequest, context: JobContext) -> Replay:
        """Carry out a replay as part of a job, and store its result once.

        Raises:
            TooFewToReplay: there are too few logged requests that both can answer.
            NothingToJudge: the version serves already.
            BlobNotFound, BlobCorrupt, ParityFailed: a model cannot be loaded.
            LeaseLost: another worker has the job now; nothing was stored.
            JobCancelled: someone asked to cancel.
        """
        context.progress("read", 0.02, "reading the log")
        with self._store.read() as work:
            found, serving = work.projects.get(project), work.deployments.current(project, Alias.CHAMPION)
        version = self._tracking.version(project, request.version)
        if serving is None:
            raise TooFewToReplay(problem=f"Nothing serves {project!r} yet, so there is nothing to replay against.")
        if serving.version == version.version:
            raise NothingToJudge(version=version.version, project=project)
        logged = self._logged(project, request)
        if len(logged) < LEAST:
            raise TooFewToReplay(problem=_too_few(len(logged)))
        findings = self._findings(found, version, serving, logged, context)
        return self._keep(version, serving, logged, findings, context)

    def _logged(self, project: str, request: ReplayRequest) -> list[LoggedPrediction]:
        """Return the newest requests that were answered; what a shadow computed beside is no request of its own."""
        taken = self._log.read(project, request.since, request.until, request.last)
        asked = [one for one in taken if one.cohort != SHADOW]
        if len(asked) < len(taken) == request.last:
            more = self._log.read(project, request.since, request.until, request.last * 2)
            asked = [one for one in more if one.cohort != SHADOW]
        return asked[-request.last :]

    def _findings(
        self,
        project: Project,
        version: ModelVersion,
        serving: Deployment,
        logged: Sequence[LoggedPrediction],
        context: JobContext,
    ) -> ReplayFindings:
        from core.models.replaying import findings, scoring

        challenger = scoring.Scorer(self._blobs, version.bundle_sha256, f"Version {version.version}")
        champion = scoring.Scorer(self._blobs, serving.bundle_sha256, f"Version {serving.version}")
        records = [one.features for one in logged]
        fine, faults = scoring.fitting(challenger.manifest, records)
        served, _ = scoring.fitting(champion.manifest, records)
        rows = [place for place, (ours, theirs) in enumerate(zip(fine, served, strict=True)) if ours and theirs]
        refused = int((~fine).sum())
        if len(rows) < LEAST:
            often = f" Most often: {faults[0].field} {faults[0].problem} ({faults[0].rows:,})." if faults else ""
            raise TooFewToReplay(
                problem=f"Both models can answer {len(rows):,} of {len(logged):,} logged requests, of {LEAST} that are "
                f"needed. Version {version.version} would refuse {refused:,}.{often}"
            )
        asked = [records[row] for row in rows]
        first = self._scored(champion, asked, context, 0.1)
        second = self._scored(challenger, asked, context, 0.5)
        context.progress("compare", 0.9, f"{len(rows):,} answers")
        both = findings.aligned(project, champion.manifest, first, challenger.manifest, second)
        flipped = float(both.flipped().mean())
        low, high = findings.wilson(flipped, len(rows))
        before, after = both.scores()
        psi, ks = findings.shift(both)
        return ReplayFindings(
            rows=len(rows),
            logged_as_champion=sum(logged[row].version == serving.version for row in rows),
            flip_share=flipped,
            low=low,
            high=high,
            flips=findings.directions(both),
            moved=float(abs(after - before).mean()),
            psi=psi,
            ks=ks,
            scores=findings.histogram(both),
            segments=findings.segments(both, scoring.frame_of(challenger.manifest, asked)),
            faults=faults[:20],
            refused=refused,
            ms=_median_ms(challenger, asked),
            champion_ms=_median_ms(champion, asked),
            labels=findings.labelled(both, self._truths(project.name, [logged[row] for row in rows])),
        )

    def _scored(self, scorer: "Scorer", records: list[JsonObject], context: JobContext, start: float) -> "Scored":
        def tell(share: float) -> None:
            context.check()
            context.progress("score", start + 0.4 * share, f"{share * len(records):,.0f} of {len(records):,}")

        return scorer.score(records, tell)

    def _truths(self, project: str, logged: Sequence[LoggedPrediction]) -> list[object | None]:
        with self._store.read() as work:
            labels = work.labels.latest(project)
        found = (labels.get(one.prediction_id) for one in logged)
        return [None if label is None else label.label for label in found]

    def _keep(
        self,
        version: ModelVersion,
        serving: Deployment,
        logged: Sequence[LoggedPrediction],
        findings: ReplayFindings,
        context: JobContext,
    ) -> Replay:
        job, now = context.job, self._clock.now()
        of = f"{job.id}:{version.project}:{version.version}:{serving.version}"
        replay = Replay(
            id=hashlib.sha256(of.encode()).hexdigest()[:12],
            project=version.project,
            version=version.version,
            bundle_sha256=version.bundle_sha256,
            champion=serving.version,
            champion_sha256=serving.bundle_sha256,
            since=logged[0].at,
            until=logged[-1].at,
            findings=findings,
            summary=summed_up(findings, serving.version),
            actor=job.created_by,
            created_at=now,
        )
        with self._store.write() as work:
            context.fence(work)
            work.replays.add(replay)
            details = {"replay": replay.id, "rows": findings.rows, "flips": findings.flip_share}
            subject = f"version {replay.version}"
            audit.record(work, now, job.created_by, REPLAYED, replay.project, subject, details)
            work.commit()
        return replay

    def replays(self, project: str, version: int | None = None, limit: int = 50) -> list[Replay]:
        """Return the replays of one version or of all of a project, newest first."""
        with self._store.read() as work:
            return work.replays.find(project, version, limit)

    def newest(self, version: ModelVersion, serving: Deployment) -> Replay | None:
        """Return the newest replay of these very bytes against what serves, or None."""
        found = self.replays(version.project, version.version)
        bytes_of = (version.bundle_sha256, serving.bundle_sha256)
        return next((one for one in found if (one.bundle_sha256, one.champion_sha256) == bytes_of), None)

    def current(self, version: ModelVersion, serving: Deployment, last: int, least: int) -> Replay | None:
        """Return the newest replay when it speaks for the newest ``last`` requests, None when it must be made anew.

        It does not when other bytes serve since, when it looked at clearly fewer requests than there are, or when more
        were logged since than ``MOVED`` of what it looked at.
        """
        found = self.newest(version, serving)
        if found is None or found.findings.rows < least:
            return None
        looked = found.findings.rows + found.findings.refused
        allowed = max(LEAST, int(looked * MOVED))
        if looked + allowed < min(last, self._log.count(version.project)):
            return None
        newer = self._log.read(version.project, found.until, None, allowed + 2)
        return found if len(newer) <= allowed + 1 else None

    def logged(self, project: str) -> int:
        """Count the logged answers of a project."""
        return self._log.count(project)


def summed_up(findings: ReplayFindings, champion: int) -> str:
    """Return a replay in one sentence."""
    told = (
        f"{findings.flip_share:.1%} of {findings.rows:,} answers would be others than version {champion} gives "
        f"(95 %: {findings.low:.1%} to {findings.high:.1%})."
    )
    if findings.refused:
        told += f" {findings.refused:,} requests would be refused."
    return told


def _too_few(count: int) -> str:
    logged = "No answer was" if not count else "Only one answer was" if count == 1 else f"Only {count:,} answers were"
    return f"{logged} logged in that time, and at least {LEAST} are needed to say anything."


def _median_ms(scorer: "Scorer", records: Sequence[JsonObject]) -> float:
    spent = [_seconds(scorer.one, records[call % len(records)]) for call in range(WARM + CALLS)]
    return sorted(spent[WARM:])[CALLS // 2] * 1000


def _seconds(answer: Callable[[JsonObject], None], record: JsonObject) -> float:
    start = time.perf_counter()
    answer(record)
    return time.perf_counter() - start
