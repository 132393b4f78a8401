"""Firing: every slot that has come gets its ledger row, and at most one job, in one transaction."""

import logging
from datetime import datetime

from core import audit
from core.errors import InvalidSchedule, NoChampion, ScheduleNotFound
from core.jobs.queue import JobQueue
from core.ports.unit_of_work import Store, UnitOfWork
from core.records.access import SYSTEM
from core.records.job import Cause, Job, JobKind, JobState
from core.records.model import Alias
from core.records.schedule import Firing, FiringOutcome, Schedule, ScheduleAction
from core.retraining import ledger, triggers

logger = logging.getLogger(__name__)

BATCH = 500
MOST_JOBS = 20_000
CAUSE = "schedule"
KINDS = {ScheduleAction.RETRAIN: JobKind.RETRAIN, ScheduleAction.MONITOR: JobKind.MONITOR}
TITLES = {ScheduleAction.RETRAIN: "Retrain on schedule", ScheduleAction.MONITOR: "Check drift on schedule"}


class Firer:
    """Turns due schedules into ledger rows and jobs."""

    def __init__(self, store: Store, queue: JobQueue) -> None:
        """Work on the given store; ``queue`` makes the jobs inside the same transactions."""
        self._store = store
        self._queue = queue

    def fire_due(self, now: datetime) -> int:
        """Decide every slot that has come by ``now``: ledger rows, jobs and next moments, one transaction a schedule.

        May be called by several processes at once: a slot has one row and at most one job. A schedule that fails is
        logged and tried again at the next call; the others go on. Returns the number of jobs queued.
        """
        made = 0
        seen: set[str] = set()
        busy: frozenset[str] | None = None
        while True:
            with self._store.read() as work:
                found = work.schedules.due(now, BATCH + len(seen))
                due = [schedule.id for schedule in found if schedule.id not in seen]
                if not due:
                    return made
                busy = _busy(work) if busy is None else busy
            seen.update(due)
            made += sum(self._try_fire(schedule_id, now, may_be_busy=schedule_id in busy) for schedule_id in due)

    def _try_fire(self, id: str, now: datetime, *, may_be_busy: bool) -> int:
        try:
            return int(self._fire(id, now, may_be_busy=may_be_busy))
        except ScheduleNotFound:
            return 0
        except InvalidSchedule as error:
            self._disable(id, now, error)
        except Exception:
            logger.exception("Schedule %s could not fire; the next tick tries again", id)
        return 0

    def _fire(self, id: str, now: datetime, *, may_be_busy: bool) -> bool:
        with self._store.write() as work:
            schedule = work.schedules.get(id)
            if not schedule.enabled or schedule.next_at is None or schedule.next_at > now:
                return False
            slots = ledger.passed(schedule, now)
            for row in ledger.earlier_rows(schedule, slots, now):
                work.schedules.record(row)
            latest = self._decide(work, schedule, slots.latest, now, may_be_busy=may_be_busy)
            is_new = work.schedules.record(latest)
            work.schedules.set_next(id, triggers.next_slot(schedule.trigger, schedule.anchor, now))
            work.commit()
        logger.info("Schedule %s, slot %s: %s %s", id, latest.slot, latest.outcome, latest.reason)
        return is_new and latest.job_id is not None

    def _decide(
        self,
        work: UnitOfWork,
        schedule: Schedule,
        slot: datetime,
        now: datetime,
        *,
        may_be_busy: bool,
    ) -> Firing:
        """Return the row of the latest slot, and queue its job when it starts one."""
        outcome, reason = ledger.outcome(schedule, slot, now)
        if outcome is FiringOutcome.MISSED:
            return ledger.row(schedule, slot, outcome, None, reason, now)
        obstacle = hindrance(work, schedule, may_be_busy=may_be_busy)
        if obstacle:
            return ledger.row(schedule, slot, FiringOutcome.SKIPPED, None, obstacle, now)
        job = self.enqueue(work, schedule, slot, SYSTEM.name)
        return ledger.row(schedule, slot, outcome, job.id, reason, now)

    def enqueue(self, work: UnitOfWork, schedule: Schedule, slot: datetime | None, created_by: str) -> Job:
        """Queue the job of a slot (once, by its key), or one beside the slots."""
        note = f"slot {slot.isoformat(timespec='seconds')}" if slot else "run now"
        return self._queue.enqueue(
            work,
            kind=KINDS[schedule.action],
            project=schedule.project,
            title=TITLES[schedule.action],
            payload=schedule.payload,
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
            work.schedules.set_enabled(id, False, None)
            audit.record(work, now, SYSTEM.name, "schedule.pause", schedule.project, id, {"reason": str(error)})
            work.commit()


def lacks_champion(work: UnitOfWork, schedule: Schedule) -> bool:
    """Tell whether the action of the schedule needs a champion and the project has none."""
    if schedule.payload.get("reference"):
        return False
    return work.deployments.current(schedule.project, Alias.CHAMPION) is None


def job_at_work(work: UnitOfWork, schedule: Schedule) -> Job | None:
    """Return the job of the schedule that is queued or running, or None."""
    found = (job for job in _at_work(work, schedule.project) if job.cause and job.cause.id == schedule.id)
    return next(found, None)


def hindrance(work: UnitOfWork, schedule: Schedule, *, may_be_busy: bool) -> str:
    """Return why the schedule starts nothing now, or an empty text; ``may_be_busy`` False spares looking for a job."""
    job = job_at_work(work, schedule) if may_be_busy else None
    if job is not None:
        return f"the job of an earlier moment, {job.id}, is still {job.state.value}"
    if lacks_champion(work, schedule):
        return str(NoChampion(project=schedule.project))
    return ""


def _busy(work: UnitOfWork) -> frozenset[str]:
    """Return the ids of all schedules with a job at work: one look for all that are due, however many they are."""
    return frozenset(job.cause.id for job in _at_work(work, None) if job.cause)


def _at_work(work: UnitOfWork, project: str | None) -> list[Job]:
    states = (JobState.QUEUED, JobState.RUNNING)
    found = work.jobs.find(project, states=states, kinds=tuple(KINDS.values()), limit=MOST_JOBS)
    return [job for job in found if job.cause and job.cause.kind == CAUSE]
