"""Retraining plans as people see them, and what follows a retraining by itself: a probation, and the way back."""

import logging
from datetime import datetime, timedelta

from core import audit
from core.access.permissions import require
from core.clock import Clock
from core.errors import InvalidSchedule
from core.jobs.context import JobContext
from core.jobs.queue import JobQueue
from core.models.service import ModelService
from core.ports.unit_of_work import Store, UnitOfWork
from core.records.access import SYSTEM, Actor, Permission
from core.records.base import JsonObject
from core.records.job import Cause, JobKind
from core.records.model import Alias, Deployment
from core.records.monitor import Performance
from core.records.plan import DataChoice, PlanDraft, Retraining, RetrainingOutcome, RetrainingPlan, Trial
from core.retraining import triggers
from core.retraining.ledger import words
from core.retraining.measured import fall, is_whole
from core.retraining_errors import InvalidPlan

logger = logging.getLogger(__name__)

ROLLBACK = "rollback"
UNMEASURED = "nothing was measured in its probation that speaks against it"
PROMOTED, KEPT = RetrainingOutcome.PROMOTED, RetrainingOutcome.KEPT
WAITING = (RetrainingOutcome.CHALLENGER, RetrainingOutcome.HELD)
BY_TIME = (DataChoice.WINDOW, DataChoice.WEIGHTED)


class PlanService:
    """Keeps plans and the ledger of retrainings, and follows what became of each."""

    def __init__(self, store: Store, models: ModelService, queue: JobQueue, clock: Clock) -> None:
        self._store = store
        self._models = models
        self._queue = queue
        self._clock = clock
        self._revision = -1
        self._due = clock.now()

    def plan(self, project: str) -> RetrainingPlan:
        """Return the plan of a project, the one that everyone starts with when nobody set one."""
        with self._store.read() as work:
            return work.plans.get(project) or RetrainingPlan(project=project)

    def set(self, actor: Actor, project: str, draft: PlanDraft) -> RetrainingPlan:
        """Save the plan of a project; retrainings under way go by the one before.

        Raises:
            InvalidPlan: it goes by time and the project has no time column, or a length cannot be read.
            DatasetNotFound: there is no such dataset.
            ProjectNotFound: there is no such project.
            Denied: the actor may not change schedules, or may not promote and the plan shall.
        """
        from core.retraining import recipe

        require(actor, Permission.SCHEDULE)
        if draft.promote:
            require(actor, Permission.PROMOTE)
        now = self._clock.now()
        with self._store.write() as work:
            known = work.projects.get(project)
            _check(draft, has_time=known.time_column is not None)
            if draft.dataset:
                recipe.dataset_version(work, project, draft.dataset)
            before = work.plans.get(project)
            plan = RetrainingPlan(**dict(draft), project=project, changed_at=now, changed_by=actor.name)
            work.plans.set(plan)
            details = {"before": describe(before) if before else "", "after": describe(plan)}
            audit.record(work, now, actor.name, "plan.set", project, project, details)
            work.commit()
        return plan

    def retrainings(self, project: str, limit: int = 100) -> list[Retraining]:
        """Return what became of the retrainings of a project, newest first."""
        with self._store.read() as work:
            return work.plans.retrainings(project, limit)

    def follow(self, now: datetime) -> int:
        """Look what became of retrainings of which something may still come; return how many jobs were queued.

        A challenger that a person promoted is on probation, one that another version overtook is passed over; a new
        champion that does worse is rolled back by a job, one whose probation is over is kept.
        """
        revision = self._store.revision()
        if revision == self._revision and now < self._due:
            return 0
        with self._store.read() as work:
            opened = work.plans.open()
            coming = [item.id for item in opened if self._next(work, item, now) is not None]
        made = 0
        for known in coming:
            with self._store.write() as work:
                item = work.plans.retraining(known)
                step = self._next(work, item, now) if item else None
                if item is None or step is None:
                    continue
                made += self._take(work, item, step, now)
                work.commit()
        self._revision = revision
        self._due = min((item.due_at for item in opened if item.due_at), default=now + timedelta(hours=1))
        return made

    def _next(self, work: UnitOfWork, item: Retraining, now: datetime) -> tuple[RetrainingOutcome, str] | None:
        """Return the outcome that follows and why, or None while nothing does."""
        champion = work.deployments.current(item.project, Alias.CHAMPION)
        serves = champion is not None and champion.version == item.version
        if item.outcome is PROMOTED:
            return self._on_probation(work, item, now, serves=serves)
        if item.outcome not in WAITING:
            return None
        if serves and champion is not None:
            return PROMOTED, f"{champion.actor} promoted it: {champion.reason}"
        newest = next((other for other in work.plans.retrainings(item.project, 20) if other.version), item)
        if champion is not None and champion.version != item.champion:
            return RetrainingOutcome.PASSED_OVER, f"version {champion.version} became champion"
        if newest.id != item.id:
            return RetrainingOutcome.PASSED_OVER, f"version {newest.version} came after it"
        return None

    def _on_probation(
        self, work: UnitOfWork, item: Retraining, now: datetime, *, serves: bool
    ) -> tuple[RetrainingOutcome, str] | None:
        if not serves:
            return RetrainingOutcome.ROLLED_BACK, "another version serves again"
        plan = work.plans.get(item.project) or RetrainingPlan(project=item.project)
        measured = _measured(work, item)
        if measured is not None:
            worse, said = fall(measured)
            if worse >= plan.worse_by:
                return RetrainingOutcome.ROLLED_BACK, said
        if item.due_at is not None and now >= item.due_at:
            return KEPT, fall(measured)[1] if measured else UNMEASURED
        return None

    def _take(self, work: UnitOfWork, item: Retraining, step: tuple[RetrainingOutcome, str], now: datetime) -> bool:
        outcome, note = step
        champion = work.deployments.current(item.project, Alias.CHAMPION)
        if outcome is RetrainingOutcome.ROLLED_BACK and champion is not None and champion.version == item.version:
            return self._ask_back(work, item, note)
        plan = work.plans.get(item.project) or RetrainingPlan(project=item.project)
        changes: JsonObject = {"outcome": outcome, "note": note, "decided_at": now, "due_at": None}
        if outcome is PROMOTED and champion is not None:
            changes["due_at"] = champion.since + timedelta(seconds=plan.probation_s)
        work.plans.keep(item.model_copy(update=changes))
        details = {"outcome": outcome.value, "version": item.version, "note": note}
        audit.record(work, now, SYSTEM.name, "retraining.follow", item.project, item.id, details)
        return False

    def _ask_back(self, work: UnitOfWork, item: Retraining, note: str) -> bool:
        """Queue the way back, once; a job does it, since it proves the old version first."""
        key = f"retraining:{item.id}:{ROLLBACK}"
        if work.jobs.keyed(key) is not None:
            return False
        self._queue.enqueue(
            work,
            kind=JobKind.RETRAIN,
            project=item.project,
            title=f"Roll back to version {item.champion}",
            payload={"do": ROLLBACK, "retraining": item.id, "reason": note},
            created_by=SYSTEM.name,
            key=key,
            cause=Cause(kind="retraining", id=item.id, note=note),
        )
        return True

    def execute_rollback(self, project: str, payload: JsonObject, context: JobContext) -> JsonObject:
        """Put the champion before a retraining back; the body of its job, safe to repeat.

        Raises:
            ChampionChanged: somebody else changed the champion meanwhile.
        """
        with self._store.read() as work:
            item = work.plans.retraining(str(payload["retraining"]))
            champion = work.deployments.current(project, Alias.CHAMPION)
        assert item is not None, "a rollback belongs to a retraining"  # noqa: S101
        reason = f"Rolled back by itself in its probation: {payload['reason']}"
        if _serves(champion, item):
            context.check()
            self._models.rollback(SYSTEM, project, reason, to=item.champion, expected=item.version)
        now = self._clock.now()
        ended = {"outcome": RetrainingOutcome.ROLLED_BACK, "note": str(payload["reason"]), "decided_at": now}
        with self._store.write() as work:
            context.fence(work)
            work.plans.keep(item.model_copy(update={**ended, "due_at": None}))
            work.commit()
        return {"outcome": RetrainingOutcome.ROLLED_BACK.value, "champion_version": item.champion, "note": reason}


def _serves(champion: Deployment | None, item: Retraining) -> bool:
    return champion is not None and champion.version == item.version


def _check(draft: PlanDraft, *, has_time: bool) -> None:
    if draft.data not in BY_TIME:
        return
    if not has_time:
        raise InvalidPlan(problem="it goes by time, and the project has no time column. Name one in its settings")
    try:
        triggers.period(draft.span)
    except InvalidSchedule as error:
        raise InvalidPlan(problem=f"{draft.span!r} is no length: write it like 90d or 12w") from error


def _measured(work: UnitOfWork, item: Retraining) -> Performance | None:
    """Return how the new champion did, as last measured since it was promoted."""
    for report in work.reports.outlines(item.project, since=item.decided_at, limit=50):
        found = report.performance
        if is_whole(found) and found is not None and found.version == item.version:
            return found
    return None


def describe(plan: PlanDraft) -> str:
    """Return a plan in plain sentences."""
    of = f"the newest version of {plan.dataset}" if plan.dataset else "the newest version of the champion's data"
    data = {
        DataChoice.LATEST: f"all rows of {of}",
        DataChoice.WINDOW: f"the last {plan.span} of {of}",
        DataChoice.WEIGHTED: f"all rows of {of}, half as much weight each {plan.span} back",
        DataChoice.LABELLED: "the logged predictions whose truth is known",
    }[plan.data]
    spec = "the champion's parameters"
    if plan.trials:
        spec = f"the best of {plan.trials} trials" + (f" in {plan.seconds} s" if plan.seconds else "")
    said = [f"Train {spec} on {data}.", "Register the version as challenger and judge it by the project's gates."]
    said += [_trial(plan)] if plan.trial is not Trial.NONE else []
    said.append(
        "Promote it when the verdict says so, otherwise ask." if plan.promote else "Ask a person before promoting it."
    )
    if plan.probation_s:
        length = words(timedelta(seconds=plan.probation_s))
        said.append(f"Roll it back if it does {plan.worse_by:g}% worse than at training within {length}.")
    return " ".join(said)


def _trial(plan: PlanDraft) -> str:
    length = words(timedelta(seconds=plan.trial_s))
    if plan.trial is Trial.SHADOW:
        return f"Let it compute beside the champion for {length} first."
    return f"Let it answer {plan.share:.0%} of the requests for {length} first."
