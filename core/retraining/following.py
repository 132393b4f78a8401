"""What follows a retraining by itself: verdict, trial, promotion, probation, and the way back."""

from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta

from core import audit
from core.clock import Clock
from core.errors import AlreadyChampion
from core.jobs.context import JobContext
from core.jobs.queue import JobQueue
from core.models.gates.ledger import in_force
from core.models.service import ModelService
from core.ports.unit_of_work import Store, UnitOfWork
from core.records.access import SYSTEM
from core.records.base import JsonObject
from core.records.gate import Verdict, VerdictOutcome
from core.records.job import Cause, JobKind, JobState
from core.records.model import Alias
from core.records.monitor import Performance
from core.records.plan import Retraining, RetrainingOutcome, RetrainingPlan, Trial
from core.records.traffic import TrafficMode
from core.retraining import failures
from core.retraining.measured import fall, measured
from core.serving.traffic import TrafficService
from core.serving_errors import OnlyChampion

PROMOTE, TRY, STOP, ROLLBACK = "promote", "try", "stop", "rollback"
TITLES = {
    PROMOTE: "Promote version {version}",
    TRY: "Try version {version} on requests",
    STOP: "End the trial of version {version}",
    ROLLBACK: "Roll back to version {champion}",
}
"""What the jobs that follow a retraining do, by the ``do`` of their payload."""

MODES = {Trial.CANARY: TrafficMode.CANARY, Trial.SHADOW: TrafficMode.SHADOW}
UNMEASURED = "nothing was measured in its probation that speaks against it"
O = RetrainingOutcome  # noqa: E741
WAITING = (O.CHALLENGER, O.HELD, O.TRIED)


@dataclass(frozen=True)
class Step:
    """What comes next: another outcome with its reason, or a job that does it."""

    note: str
    outcome: RetrainingOutcome | None = None
    job: str = ""
    due_at: datetime | None = None
    verdict: Verdict | None = None


class Follower:
    """Looks from rows alone what became of each retraining; only what takes time is done by a job."""

    def __init__(
        self, store: Store, models: ModelService, traffic: TrafficService, queue: JobQueue, clock: Clock
    ) -> None:
        self._store = store
        self._models = models
        self._traffic = traffic
        self._queue = queue
        self._clock = clock
        self._revision = -1
        self._due = clock.now()
        self._told: set[str] = set()

    def follow(self, now: datetime) -> int:
        """Take the next step of every retraining of which something may still come; return how many jobs were queued.

        May be called by several processes at once: each step is one transaction, its job has a key.
        """
        revision = self._store.revision()
        if revision == self._revision and now < self._due:
            return 0
        self._tell_failures()
        with self._store.read() as work:
            opened = work.plans.open()
            coming = [item.id for item in opened if _next(work, item, now) is not None]
        made = 0
        for known in coming:
            with self._store.write() as work:
                item = work.plans.retraining(known)
                step = _next(work, item, now) if item else None
                if item is None or step is None:
                    continue
                made += self._take(work, item, step, now)
                work.commit()
        self._revision = revision
        self._due = min((item.due_at for item in opened if item.due_at), default=now + timedelta(hours=1))
        return made

    def _tell_failures(self) -> None:
        """Keep a row for each retraining whose job failed, was killed or cancelled before it came to an outcome."""
        with self._store.read() as work:
            new = [job for job in failures.ended(work) if job.id not in self._told]
        for job in new:
            with self._store.write() as work:
                failures.tell(work, job)
                work.commit()
            self._told.add(job.id)

    def _take(self, work: UnitOfWork, item: Retraining, step: Step, now: datetime) -> bool:
        if step.job:
            return self._enqueue(work, item, step)
        assert step.outcome is not None, "a step without a job has an outcome"  # noqa: S101
        changes: JsonObject = {"outcome": step.outcome, "note": step.note, "decided_at": now, "due_at": step.due_at}
        if step.verdict is not None:
            changes |= _judged(step.verdict)
        work.plans.keep(item.model_copy(update=changes))
        details = {"outcome": step.outcome.value, "version": item.version, "note": step.note}
        audit.record(work, now, SYSTEM.name, "retraining.follow", item.project, item.id, details)
        return False

    def _enqueue(self, work: UnitOfWork, item: Retraining, step: Step) -> bool:
        self._queue.enqueue(
            work,
            kind=JobKind.RETRAIN,
            project=item.project,
            title=TITLES[step.job].format(version=item.version, champion=item.champion),
            payload={"do": step.job, "retraining": item.id, "reason": step.note},
            created_by=SYSTEM.name,
            key=_key(item, step.job),
            cause=Cause(kind="retraining", id=item.id, note=step.note),
        )
        return True

    def execute(self, project: str, payload: JsonObject, context: JobContext) -> JsonObject:
        """Do what follows a retraining; the body of its job, safe to repeat.

        Raises:
            ChampionChanged, TrafficChanged: somebody else decided meanwhile.
        """
        with self._store.read() as work:
            item = work.plans.retraining(str(payload["retraining"]))
            plan = work.plans.get(project) or RetrainingPlan(project=project)
        assert item is not None, "such a job belongs to a retraining"  # noqa: S101
        do, reason = str(payload["do"]), str(payload["reason"])
        context.check()
        if do == PROMOTE:
            self._promote(item, reason)
        elif do == TRY:
            self._try(item, plan, reason, context)
        elif do == STOP:
            self._stop(item, reason, context)
        else:
            self._roll_back(item, reason, context)
        return {"do": do, "version": item.version, "champion_version": item.champion, "note": reason}

    def _promote(self, item: Retraining, reason: str) -> None:
        assert item.version is not None, "only a version is promoted"  # noqa: S101
        said = f"Promoted by itself, as the retraining plan allows: {reason}"
        try:
            self._models.promote(SYSTEM, item.project, item.version, said, expected=item.champion)
        except AlreadyChampion:
            return

    def _try(self, item: Retraining, plan: RetrainingPlan, reason: str, context: JobContext) -> None:
        share = plan.share if plan.trial is Trial.CANARY else 1.0
        current = self._traffic.current(item.project)
        if current is None or current.version != item.version:
            self._traffic.start(
                SYSTEM,
                item.project,
                MODES[plan.trial],
                reason=f"On trial, as the retraining plan says: {reason}",
                version=item.version,
                share=share,
                expected=current.id if current else 0,
            )
        due = self._clock.now() + timedelta(seconds=plan.trial_s)
        self._keep(item, O.ON_TRIAL, f"{plan.trial.value} of {share:.0%} of the requests", context, due)

    def _stop(self, item: Retraining, reason: str, context: JobContext) -> None:
        current = self._traffic.current(item.project)
        if current is not None and current.version == item.version:
            with suppress(OnlyChampion):
                self._traffic.stop(SYSTEM, item.project, reason=reason, expected=current.id)
        self._keep(item, O.TRIED, "it passed its gates and its trial, and waits for a person to decide", context)

    def _roll_back(self, item: Retraining, reason: str, context: JobContext) -> None:
        champion = self._models.champion(item.project)
        if champion is not None and champion.version == item.version:
            said = f"Rolled back by itself in its probation: {reason}"
            self._models.rollback(SYSTEM, item.project, said, to=item.champion, expected=item.version)
        self._keep(item, O.ROLLED_BACK, reason, context)

    def _keep(
        self, item: Retraining, outcome: RetrainingOutcome, note: str, context: JobContext, due: datetime | None = None
    ) -> None:
        changes = {"outcome": outcome, "note": note, "decided_at": self._clock.now(), "due_at": due}
        with self._store.write() as work:
            context.fence(work)
            work.plans.keep(item.model_copy(update=changes))
            work.commit()


def _next(work: UnitOfWork, item: Retraining, now: datetime) -> Step | None:
    """Return what follows a retraining now, or None while nothing does."""
    champion = work.deployments.current(item.project, Alias.CHAMPION)
    serves = champion is not None and champion.version == item.version
    plan = work.plans.get(item.project) or RetrainingPlan(project=item.project)
    if item.outcome is O.PROMOTED:
        return _on_probation(work, item, plan, now, serves=serves)
    if serves and champion is not None:
        due = champion.since + timedelta(seconds=plan.probation_s)
        return Step(f"{champion.actor} promoted it: {champion.reason}", O.PROMOTED, due_at=due)
    if champion is not None and champion.version != item.champion:
        return Step(f"version {champion.version} became champion", O.PASSED_OVER)
    newest = next((other for other in work.plans.retrainings(item.project, 20) if other.version), item)
    if newest.id != item.id:
        return Step(f"version {newest.version} came after it", O.PASSED_OVER)
    return _on_trial(work, item, plan, now) if item.outcome is O.ON_TRIAL else _judged_step(work, item, plan)


def _judged_step(work: UnitOfWork, item: Retraining, plan: RetrainingPlan) -> Step | None:
    """Return what follows from the verdict in force."""
    assert item.version is not None, "only a version waits"  # noqa: S101
    verdict = in_force(work, item.project, item.version)
    if verdict is None or (item.outcome is O.TRIED and verdict.outcome is VerdictOutcome.PROMOTE):
        return None
    if verdict.outcome is not VerdictOutcome.PROMOTE:
        return None if item.verdict == verdict.outcome.value else Step(verdict.summary, O.HELD, verdict=verdict)
    if item.verdict != verdict.outcome.value:
        return Step("it passed its gates and waits for a person to decide", O.CHALLENGER, verdict=verdict)
    if plan.trial is not Trial.NONE:
        return _by_job(work, item, TRY, verdict.summary)
    return _by_job(work, item, PROMOTE, verdict.summary) if plan.promote else None


def _on_trial(work: UnitOfWork, item: Retraining, plan: RetrainingPlan, now: datetime) -> Step | None:
    current = work.traffic.current(item.project)
    if current is None or current.version != item.version:
        last = next((one for one in work.traffic.history(item.project) if one.version == item.version), None)
        why = f"{last.ended_by} ended its trial: {last.end_reason}" if last else "its trial was ended"
        return Step(why, O.HELD)
    if item.due_at is None or now < item.due_at:
        return None
    return _by_job(work, item, PROMOTE if plan.promote else STOP, "it passed its gates and its trial")


def _by_job(work: UnitOfWork, item: Retraining, do: str, note: str) -> Step | None:
    """Return the job that takes the step; where it failed, that is what follows."""
    known = work.jobs.keyed(_key(item, do))
    if known is None:
        return Step(note, job=do)
    if known.state in (JobState.FAILED, JobState.CANCELLED) and item.outcome is not O.HELD:
        return Step(f"{known.title} did not work: {known.error or known.state.value}", O.HELD)
    return None


def _on_probation(
    work: UnitOfWork, item: Retraining, plan: RetrainingPlan, now: datetime, *, serves: bool
) -> Step | None:
    if not serves:
        return Step("another version serves again", O.ROLLED_BACK)
    last = _measured(work, item)
    if last is not None:
        worse, said = fall(last)
        if worse >= plan.worse_by:
            return Step(said, job=ROLLBACK) if work.jobs.keyed(_key(item, ROLLBACK)) is None else None
    if item.due_at is not None and now >= item.due_at:
        return Step(fall(last)[1] if last else UNMEASURED, O.KEPT)
    return None


def _key(item: Retraining, do: str) -> str:
    return f"retraining:{item.id}:{do}"


def _judged(verdict: Verdict) -> JsonObject:
    """Return what a retraining keeps of its verdict: the figures of both on the same rows, where they were compared."""
    found = next((gate for gate in verdict.gates if gate.kind == "not_worse" and gate.champion is not None), None)
    figures = {} if found is None else {"value": found.value, "champion_value": found.champion, "same_rows": True}
    return {"verdict": verdict.outcome.value, **figures}


def _measured(work: UnitOfWork, item: Retraining) -> Performance | None:
    """Return how the new champion did, as last measured since it was promoted."""
    for report in work.reports.outlines(item.project, since=item.decided_at, limit=50):
        found = measured(report)
        if found is not None and found.version == item.version:
            return found
    return None
