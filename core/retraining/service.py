"""Schedules and what they start: retraining the champion's recipe on newer data, and drift checks."""

from datetime import datetime

from core import audit
from core.access.permissions import require
from core.clock import Clock
from core.errors import InvalidSchedule, NoChampion
from core.jobs.context import JobContext
from core.jobs.queue import JobQueue
from core.models.service import ModelService
from core.monitoring.service import MonitorService
from core.ports.unit_of_work import Store
from core.records.access import Actor, Permission
from core.records.base import JsonObject, new_id
from core.records.job import Cause, Job, JobKind
from core.records.schedule import Firing, MissedPolicy, Schedule, ScheduleAction, Trigger
from core.retraining import recipe, triggers
from core.retraining.firing import Firer, job_at_work, lacks_champion
from core.training.service import TrainingService

PAYLOADS = {
    ScheduleAction.RETRAIN: frozenset({"dataset"}),
    ScheduleAction.MONITOR: frozenset({"reference", "current", "since", "until", "last"}),
}
"""What the payload of a schedule may hold, by action."""


class RetrainingService:
    """Keeps schedules and their ledger, fires what is due, and carries out retrainings."""

    def __init__(
        self,
        store: Store,
        training: TrainingService,
        models: ModelService,
        monitoring: MonitorService,
        queue: JobQueue,
        clock: Clock,
    ) -> None:
        """Work on the given store and services."""
        self._store = store
        self._training = training
        self._models = models
        self._monitoring = monitoring
        self._queue = queue
        self._clock = clock
        self._firer = Firer(store, queue)

    def add(
        self,
        actor: Actor,
        project: str,
        *,
        action: ScheduleAction,
        trigger: Trigger,
        missed: MissedPolicy = MissedPolicy.RUN_ONCE,
        payload: JsonObject | None = None,
    ) -> Schedule:
        """Save a schedule; its first moment lies after now.

        ``payload`` narrows the action: ``dataset`` for a retraining; ``reference``, ``current``, ``since``, ``until``
        or ``last`` (an age like ``7d``, counted back from each firing) for a drift check.

        Raises:
            InvalidSchedule: the trigger cannot be read or will never fire, or the payload does not fit the action.
            ProjectNotFound: there is no such project.
        """
        require(actor, Permission.SCHEDULE)
        now = self._clock.now()
        triggers.check(trigger, now)
        _check_payload(action, payload or {})
        anchor = now.replace(microsecond=0)
        schedule = Schedule(
            id=new_id(),
            project=project,
            action=action,
            payload=payload or {},
            trigger=trigger,
            missed=missed,
            enabled=True,
            anchor=anchor,
            next_at=triggers.next_slot(trigger, anchor, now),
            created_at=now,
            created_by=actor.name,
        )
        details = {"action": action.value, "when": triggers.describe(trigger)}
        with self._store.write() as work:
            work.projects.get(project)
            work.schedules.add(schedule)
            audit.record(work, now, actor.name, "schedule.add", project, schedule.id, details)
            work.commit()
        return schedule

    def schedules(self, project: str | None = None) -> list[Schedule]:
        """Return schedules, newest first."""
        with self._store.read() as work:
            return work.schedules.find(project)

    def schedule(self, id: str) -> Schedule:
        """Return a schedule.

        Raises:
            ScheduleNotFound: there is none with that id.
        """
        with self._store.read() as work:
            return work.schedules.get(id)

    def firings(self, project: str, schedule_id: str | None = None, limit: int = 100) -> list[Firing]:
        """Return the ledger of a project or of one schedule, latest slot first."""
        with self._store.read() as work:
            return work.schedules.firings(project, schedule_id, limit)

    def pause(self, actor: Actor, id: str) -> Schedule:
        """Stop a schedule from firing until it is resumed; moments that pass meanwhile are not expected at all.

        Raises:
            ScheduleNotFound: there is none with that id.
        """
        return self._switch(actor, id, enabled=False)

    def resume(self, actor: Actor, id: str) -> Schedule:
        """Let a schedule fire again, from its next moment after now.

        Raises:
            ScheduleNotFound: there is none with that id.
            InvalidSchedule: its one moment has passed.
        """
        return self._switch(actor, id, enabled=True)

    def _switch(self, actor: Actor, id: str, *, enabled: bool) -> Schedule:
        require(actor, Permission.SCHEDULE)
        now = self._clock.now()
        with self._store.write() as work:
            schedule = work.schedules.get(id)
            if schedule.enabled == enabled:
                return schedule
            next_at = None
            if enabled:
                triggers.check(schedule.trigger, now)
                next_at = triggers.next_slot(schedule.trigger, schedule.anchor, now)
            work.schedules.set_enabled(id, enabled, next_at)
            action = "schedule.resume" if enabled else "schedule.pause"
            audit.record(work, now, actor.name, action, schedule.project, id, {})
            changed = work.schedules.get(id)
            work.commit()
        return changed

    def remove(self, actor: Actor, id: str) -> None:
        """Delete a schedule; its ledger stays.

        Raises:
            ScheduleNotFound: there is none with that id.
        """
        require(actor, Permission.SCHEDULE)
        with self._store.write() as work:
            schedule = work.schedules.get(id)
            work.schedules.remove(id)
            details = {"action": schedule.action.value, "when": schedule.trigger.expression}
            audit.record(work, self._clock.now(), actor.name, "schedule.remove", schedule.project, id, details)
            work.commit()

    def run_now(self, actor: Actor, id: str) -> Job:
        """Start the action of a schedule at once, beside its slots; return the job of it that is still at work, when
        there is one.

        Raises:
            ScheduleNotFound: there is none with that id.
            NoChampion: the action needs one, and the project has none.
        """
        require(actor, Permission.SCHEDULE)
        with self._store.write() as work:
            schedule = work.schedules.get(id)
            if lacks_champion(work, schedule):
                raise NoChampion(project=schedule.project)
            job = job_at_work(work, schedule) or self._firer.enqueue(work, schedule, None, actor.name)
            work.commit()
        return job

    def fire_due(self, now: datetime) -> int:
        """Decide every slot that has come by ``now``: ledger rows, jobs and next moments, one transaction a schedule.

        May be called by several processes at once: a slot has one row and at most one job. A schedule that fails is
        logged and tried again at the next call; the others go on. Returns the number of jobs queued.
        """
        return self._firer.fire_due(now)

    def retrain(
        self,
        actor: Actor,
        project: str,
        *,
        dataset: str | None = None,
        key: str | None = None,
        cause: Cause | None = None,
    ) -> Job:
        """Queue a training of the champion's recipe on ``dataset`` (``name@n``, or ``name`` for its newest version),
        or on the newest version of the champion's own dataset.

        Raises:
            NoChampion: the project has no champion whose recipe could be used.
            DatasetNotFound: there is no such dataset version.
        """
        require(actor, Permission.TRAIN)
        with self._store.read() as work:
            work.projects.get(project)
            champion = recipe.champion_of(work, project)
            title = f"Retrain version {champion.version} on "
            title += str(recipe.dataset_version(work, project, dataset).ref) if dataset else "the newest data"
        return self._queue.submit(
            actor,
            kind=JobKind.RETRAIN,
            project=project,
            title=title,
            payload={"dataset": dataset},
            key=key,
            cause=cause,
        )

    def execute_retrain(self, project: str, payload: JsonObject, context: JobContext) -> JsonObject:
        """Train the champion's recipe on newer data; the body of a retraining job.

        The version it registers becomes the challenger. Returns ``run_id``, ``version``, ``dataset``,
        ``champion_version`` and a ``note`` on what was done.

        Raises:
            NoChampion: the project has no champion.
            DatasetNotFound: there is no such dataset version.
            InvalidSpec: the recipe does not fit the data, or the champion's run has none.
        """
        champion, spec, note = recipe.plan(self._store, self._training, project, payload.get("dataset"))
        context.progress("plan", 0.0, note)
        self._training.check(spec)
        result = self._training.execute(spec, context)
        return {
            "run_id": result.run_id,
            "version": result.version,
            "dataset": str(spec.dataset),
            "champion_version": champion.version,
            "note": note,
        }


def _check_payload(action: ScheduleAction, payload: JsonObject) -> None:
    unknown = sorted(set(payload) - PAYLOADS[action])
    if unknown:
        allowed = ", ".join(sorted(PAYLOADS[action]))
        raise InvalidSchedule(problem=f"{unknown[0]!r} means nothing to {action.value}; it takes {allowed}")
    if payload.get("last"):
        triggers.period(str(payload["last"]))
