"""Firing: every slot that has come gets its ledger row, and at most one job, in one transaction."""

import logging
import time
from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta

from core import audit
from core.errors import AppError, InvalidSchedule, ScheduleNotFound
from core.jobs.queue import JobQueue
from core.ports.unit_of_work import Store, UnitOfWork
from core.records.access import SYSTEM
from core.records.job import Cause, Job, JobState
from core.records.schedule import Firing, FiringOutcome, MissedPolicy, Overlap, Schedule, ScheduleAction
from core.retraining import actions, ledger, timing
from core.retraining.actions import DEEDS
from core.retraining.evidence import queued_twin

logger = logging.getLogger(__name__)

BATCH = 500
TOGETHER = 50
"""Schedules fired in one transaction."""

PAUSE_S = 0.02
"""Between two of these, so that other writers, the heartbeat of this worker among them, get their turn in a storm."""

LONGEST_SHIFT = timedelta(hours=3)
"""How far the same time of a clock lies before where it lay, at most, when a zone gets other rules."""

MOST_JOBS = 20_000
CAUSE = "schedule"
KINDS = tuple(dict.fromkeys(deed.kind for deed in DEEDS.values()))


class Firer:
    """Turns due schedules into ledger rows and jobs."""

    def __init__(self, store: Store, queue: JobQueue) -> None:
        """Work on the given store; ``queue`` makes the jobs inside the same transactions."""
        self._store = store
        self._queue = queue
        self._revision = -1
        self._next: datetime | None = None
        self._is_new = True

    def fire_due(self, now: datetime) -> int:
        """Decide every slot that has come by ``now``: ledger rows, jobs and next moments in the same transactions.

        May be called by several processes at once: a slot has one row and at most one job. A schedule that fails is
        logged and tried again at the next call; the others go on. Nothing is looked at before the next moment while
        nothing was written. Returns the number of jobs queued.
        """
        if self._is_new:
            self.settle(now)
            self._is_new = False
        revision = self._store.revision()
        if revision == self._revision and (self._next is None or now < self._next):
            return 0
        self._revision = -1
        made, is_settled, seen = 0, True, set[str]()
        busy: Counter[str] | None = None
        while True:
            with self._store.read() as work:
                found = work.schedules.due(now, BATCH + len(seen))
                due = [schedule.id for schedule in found if schedule.id not in seen]
                if not due:
                    self._next = work.schedules.next_due(now)
                    break
                busy = _busy(work) if busy is None else busy
            seen.update(due)
            for start in range(0, len(due), TOGETHER):
                count, went_well = self._fire_some(due[start : start + TOGETHER], now, busy)
                made, is_settled = made + count, is_settled and went_well
                if start + TOGETHER < len(due):
                    time.sleep(PAUSE_S)
        self._revision = revision if is_settled else -1
        return made

    def settle(self, now: datetime) -> int:
        """Move next moments that the rules of their zone, which may have changed with an update of this machine, no
        longer know; return how many. A moment that has passed by the new rules is fired late."""
        moved = 0
        with self._store.read() as work:
            changed = [schedule for schedule in work.schedules.find() if not timing.still_right(schedule)]
        for schedule in changed:
            with self._store.write() as work:
                moved += self._move(work, schedule, now)
                work.commit()
        return moved

    def _move(self, work: UnitOfWork, schedule: Schedule, now: datetime) -> bool:
        if work.schedules.get(schedule.id) != schedule or schedule.next_at is None:
            return False
        rows = work.schedules.firings(schedule.project, schedule.id, 1)
        after = max([schedule.next_at - LONGEST_SHIFT, schedule.created_at, *(row.slot for row in rows)])
        settled = timing.moved(schedule, timing.next_slot(schedule, after))
        work.schedules.update(settled)
        before, then = (one.next_at.isoformat() if one.next_at else None for one in (schedule, settled))
        details = {"before": before, "after": then, "reason": f"{schedule.trigger.timezone} has other rules now"}
        audit.record(work, now, SYSTEM.name, "schedule.settle", schedule.project, schedule.id, details)
        return True

    def _fire_some(self, ids: Sequence[str], now: datetime, busy: Counter[str]) -> tuple[int, bool]:
        """Fire schedules in one transaction, or each in its own when that does not work; return how many jobs were
        queued, and whether all went well."""
        try:
            with self._store.write() as work:
                made = sum(self._fire(work, one, now, may_be_busy=busy[one] > 0) for one in ids)
                work.commit()
            return made, True
        except InvalidSchedule as error:
            if len(ids) == 1:
                self._disable(ids[0], now, error)
                return 0, True
        except Exception:
            if len(ids) == 1:
                logger.exception("Schedule %s could not fire; the next tick tries again", ids[0])
                return 0, False
        found = [self._fire_some([one], now, busy) for one in ids]
        return sum(count for count, _ in found), all(went_well for _, went_well in found)

    def _fire(self, work: UnitOfWork, id: str, now: datetime, *, may_be_busy: bool) -> bool:
        try:
            schedule = work.schedules.get(id)
        except ScheduleNotFound:
            return False
        if not schedule.enabled or schedule.due_at is None or schedule.due_at > now:
            return False
        slots = ledger.passed(schedule, now)
        obstacle = Obstacle(work, schedule, may_be_busy=may_be_busy)
        if obstacle.crowd and waits(schedule, slots.decide, now):
            if schedule.waiting_since is None:
                work.schedules.update(schedule.model_copy(update={"waiting_since": now}))
            return False
        for row in ledger.earlier_rows(schedule, slots, now):
            work.schedules.record(row)
        decided = self._decide(work, schedule, slots.decide, now, obstacle)
        is_new = work.schedules.record(decided)
        work.schedules.update(timing.moved(schedule, slots.then))
        logger.info("Schedule %s, slot %s: %s %s", id, decided.slot, decided.outcome, decided.reason)
        return is_new and decided.job_id is not None

    def _decide(
        self,
        work: UnitOfWork,
        schedule: Schedule,
        slot: datetime,
        now: datetime,
        obstacle: "Obstacle",
    ) -> Firing:
        """Return the row of the slot, and queue its job when it starts one."""
        outcome, reason = ledger.outcome(schedule, slot, now)
        if outcome is FiringOutcome.MISSED:
            return ledger.row(schedule, slot, outcome, None, reason, now)
        if obstacle.words:
            return ledger.row(schedule, slot, FiringOutcome.SKIPPED, None, obstacle.words, now)
        twin = _twin(work, schedule)
        if twin is not None:
            done = f"the retraining {twin.id} is queued already and does it"
            return ledger.row(schedule, slot, FiringOutcome.MERGED, None, done, now)
        job = self.enqueue(work, schedule, slot, SYSTEM.name)
        return ledger.row(schedule, slot, outcome, job.id, reason, now)

    def enqueue(self, work: UnitOfWork, schedule: Schedule, slot: datetime | None, created_by: str) -> Job:
        """Queue the job of a slot (once, by its key), or one beside the slots."""
        note = f"slot {slot.isoformat(timespec='seconds')}" if slot else "run now"
        return self._queue.enqueue(
            work,
            kind=DEEDS[schedule.action].kind,
            project=schedule.project,
            title=f"{DEEDS[schedule.action].title} {'on schedule' if slot else 'as scheduled, by hand'}",
            payload=actions.payload_of(work, schedule),
            created_by=created_by,
            key=f"schedule:{schedule.id}:{slot.isoformat()}" if slot else None,
            cause=Cause(kind=CAUSE, id=schedule.id, note=note),
        )

    def _disable(self, id: str, now: datetime, error: InvalidSchedule) -> None:
        """Pause a schedule whose trigger can no longer be read, such as one in a zone that is gone."""
        logger.error("Schedule %s is paused: %s", id, error)
        with self._store.write() as work:
            schedule = work.schedules.get(id)
            if schedule.next_at is not None:
                reason = f"the schedule was paused: {error}"
                work.schedules.record(
                    ledger.row(schedule, schedule.next_at, FiringOutcome.SKIPPED, None, reason, now),
                )
            work.schedules.update(timing.moved(schedule, None, enabled=False))
            audit.record(work, now, SYSTEM.name, "schedule.pause", schedule.project, id, {"reason": str(error)})
            work.commit()


def _twin(work: UnitOfWork, schedule: Schedule) -> Job | None:
    """Return the retraining that was started by something else and would do the same."""
    if schedule.action is not ScheduleAction.RETRAIN:
        return None
    return queued_twin(work, schedule.project, schedule.payload.get("dataset"))


def waits(schedule: Schedule, slot: datetime, now: datetime) -> bool:
    """Tell whether a moment that finds no room waits for it instead of being skipped."""
    is_made_up = schedule.conduct.missed is MissedPolicy.RUN_ALL and now - slot > ledger.GRACE
    return schedule.conduct.overlap is Overlap.QUEUE or is_made_up


def jobs_at_work(work: UnitOfWork, schedule: Schedule) -> list[Job]:
    """Return the jobs of the schedule that are queued or running, newest first."""
    return [job for job in _at_work(work, schedule.project) if job.cause and job.cause.id == schedule.id]


class Obstacle:
    """What keeps a schedule from starting its action now; ``words`` are empty when nothing does."""

    def __init__(self, work: UnitOfWork, schedule: Schedule, *, may_be_busy: bool) -> None:
        """``may_be_busy`` False spares looking for jobs."""
        jobs = jobs_at_work(work, schedule) if may_be_busy else []
        self.crowd = jobs if len(jobs) >= schedule.conduct.at_once else []
        self.words = ""
        if self.crowd:
            job = self.crowd[0]
            self.words = f"the job of an earlier moment, {job.id}, is still {job.state.value}"
            return
        try:
            actions.require_champion(work, schedule)
            actions.require_material(work, schedule.project, schedule.action, schedule.payload)
        except AppError as error:
            self.words = str(error)


def _busy(work: UnitOfWork) -> Counter[str]:
    """Return how many jobs each schedule has at work: one look for all that are due, however many they are."""
    return Counter(job.cause.id for job in _at_work(work, None) if job.cause)


def _at_work(work: UnitOfWork, project: str | None) -> list[Job]:
    states = (JobState.QUEUED, JobState.RUNNING)
    found = work.jobs.find(project, states=states, kinds=KINDS, limit=MOST_JOBS)
    return [job for job in found if job.cause and job.cause.kind == CAUSE]
