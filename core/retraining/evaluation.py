"""Evaluation: each rule looks at new evidence once, and what came of it is a row, with the job in one transaction."""

import logging
from datetime import UTC, datetime

from core import audit
from core.errors import InvalidSchedule
from core.jobs.queue import JobQueue
from core.ports.unit_of_work import Store, UnitOfWork
from core.records.access import SYSTEM
from core.records.base import clipped, new_id
from core.records.job import Cause, Job, JobKind
from core.records.rule import Decision, Evaluation, RetrainingRule
from core.retraining import conditions, deciding
from core.retraining.deciding import STARTED, Decided, Past
from core.retraining.evidence import Evidence, fingerprint, gather

logger = logging.getLogger(__name__)

CAUSE = "rule"
PAST = 200
LONGEST = 120


class Evaluator:
    """Lets rules look at what the stores hold."""

    def __init__(self, store: Store, queue: JobQueue) -> None:
        """Work on the given store; ``queue`` makes the jobs inside the same transactions."""
        self._store = store
        self._queue = queue
        self._revision = -1
        self._next: datetime | None = None

    def look(self, now: datetime) -> int:
        """Let each rule look whose evidence changed, or whose wait is over; return how many jobs were queued.

        May be called by several processes at once: the rules of a project are looked at by one at a time, so that two
        that come at the same moment start one retraining. A project whose rules cannot be looked at is logged and
        tried again at the next call.
        """
        revision = self._store.revision()
        if revision == self._revision and (self._next is None or now < self._next):
            return 0
        with self._store.read() as work:
            rules = [rule for rule in work.rules.find() if rule.enabled]
            due = dict.fromkeys(rule.project for rule in rules if _is_due(rule, gather(work, rule, now)))
        found = [self._try_look(project, now) for project in due]
        self._next = min((rule.look_at for rule in rules if rule.look_at and rule.look_at > now), default=None)
        self._revision = -1 if None in found else revision
        return sum(made or 0 for made in found)

    def _try_look(self, project: str, now: datetime) -> int | None:
        """Return how many jobs were queued, None when that did not work."""
        try:
            return self._look_at(project, now)
        except Exception:
            logger.exception("The retraining rules of %s could not be looked at; the next tick tries again", project)
            return None

    def _look_at(self, project: str, now: datetime) -> int:
        made = 0
        with self._store.write() as work:
            for rule in reversed(work.rules.find(project)):
                evidence = gather(work, rule, now)
                if rule.enabled and _is_due(rule, evidence):
                    made += self._evaluate(work, rule, evidence)
            work.commit()
        return made

    def _evaluate(self, work: UnitOfWork, rule: RetrainingRule, evidence: Evidence) -> bool:
        """Decide about one rule, and store the decision with all it leads to."""
        now = evidence.now
        findings = conditions.judge(rule, evidence)
        try:
            decided = deciding.decide(rule, findings, evidence, _past(work, rule))
        except InvalidSchedule as error:
            decided = Decided(Decision.HELD, f"its quiet hours cannot be read: {error}")
        found = Evaluation(
            id=new_id(),
            rule_id=rule.id,
            project=rule.project,
            at=now,
            decision=decided.decision,
            reason=decided.reason,
            findings=findings,
        )
        job = evidence.retraining if found.decision is Decision.JOINED else None
        if found.decision is Decision.ACTED:
            job = self.enqueue(work, found, SYSTEM.name, f"rule:{rule.id}:{rule.since.isoformat()}")
        found = found.model_copy(update={"job_id": job.id if job else None})
        if not _is_repeated(work, found):
            work.rules.record(found)
        is_started = decided.decision in STARTED
        if is_started:
            details = {"decision": found.decision.value, "reason": found.reason, "job": found.job_id}
            audit.record(work, now, SYSTEM.name, "rule.evaluate", rule.project, rule.id, details)
        changes = {
            "seen": fingerprint(evidence),
            "since": now if is_started else rule.since,
            "look_at": decided.look_at.astimezone(UTC) if decided.look_at else None,
        }
        work.rules.update(rule.model_copy(update=changes))
        logger.info("Rule %s: %s, %s", rule.id, found.decision.value, found.reason)
        return decided.decision is Decision.ACTED

    def enqueue(self, work: UnitOfWork, found: Evaluation, created_by: str, key: str) -> Job:
        """Queue the retraining an evaluation leads to, once by its key."""
        return self._queue.enqueue(
            work,
            kind=JobKind.RETRAIN,
            project=found.project,
            title="Retrain, since " + clipped(found.reason, LONGEST),
            payload={},
            created_by=created_by,
            key=key,
            cause=Cause(kind=CAUSE, id=found.id, note=found.reason),
        )


def _is_time(rule: RetrainingRule, now: datetime) -> bool:
    return rule.look_at is not None and rule.look_at <= now


def _is_due(rule: RetrainingRule, evidence: Evidence) -> bool:
    return _is_time(rule, evidence.now) or fingerprint(evidence) != rule.seen


def _past(work: UnitOfWork, rule: RetrainingRule) -> Past:
    started = work.rules.evaluations(rule.project, rule.id, STARTED, PAST)
    return Past(started, next((look for look in started if look.waits), None))


def _is_repeated(work: UnitOfWork, found: Evaluation) -> bool:
    """Tell whether the look before came to the same, so that another row would say nothing new."""
    if found.decision in STARTED:
        return False
    before = next(iter(work.rules.evaluations(found.project, found.rule_id, limit=1)), None)
    return before is not None and _said(before) == _said(found)


def _said(look: Evaluation) -> tuple[object, ...]:
    """Return what people read of a look; that another check says the same is nothing new."""
    return look.decision, look.reason, [(one.sign, one.met, one.reason) for one in look.findings]
