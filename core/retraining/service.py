"""Schedules and what they start: retraining the champion's recipe on newer data, drift checks, fresh data."""

from datetime import datetime

from core import audit
from core.access.permissions import require
from core.clock import Clock
from core.errors import InvalidSchedule
from core.jobs.queue import JobQueue
from core.ports.unit_of_work import Store, UnitOfWork
from core.records.access import Actor, Permission
from core.records.base import JsonObject, new_id
from core.records.job import Cause, Job, JobKind
from core.records.schedule import Firing, FiringOutcome, Schedule, ScheduleAction, ScheduleDraft
from core.retraining import actions, ledger, recipe, timing, triggers
from core.retraining.actions import DEEDS
from core.retraining.firing import Firer, jobs_at_work


class RetrainingService:
    """Keeps schedules and their ledger, fires what is due, and queues retrainings."""

    def __init__(
        self,
        store: Store,
        queue: JobQueue,
        clock: Clock,
    ) -> None:
        """Work on the given store."""
        self._store = store
        self._queue = queue
        self._clock = clock
        self._firer = Firer(store, queue)

    def add(self, actor: Actor, project: str, draft: ScheduleDraft) -> Schedule:
        """Save a schedule; its first moment lies after now.

        The draft's ``payload`` narrows the action, see :data:`core.retraining.actions.DEEDS`: what it works on, such as
        ``dataset``, or how far back it looks (``last``: an age like ``7d``, counted back from each firing).

        Raises:
            Denied: the actor may not schedule, or not this action.
            InvalidSchedule: the trigger cannot be read or will never fire, or the payload does not fit the action.
            DatasetNotFound, PreparationNotFound, NoOrigin: what it works on is not there.
            ProjectNotFound: there is no such project.
        """
        now = self._clock.now()
        _check(actor, draft, now)
        anchor = timing.anchor(draft.trigger, draft.starts_at, now)
        schedule = Schedule(
            **dict(draft),
            id=new_id(),
            project=project,
            enabled=True,
            anchor=anchor,
            next_at=None,
            due_at=None,
            created_at=now,
            created_by=actor.name,
        )
        schedule = timing.moved(schedule, timing.next_slot(schedule, now))
        with self._store.write() as work:
            work.projects.get(project)
            actions.require_material(work, project, draft.action, draft.payload)
            work.schedules.add(schedule)
            audit.record(work, now, actor.name, "schedule.add", project, schedule.id, _told(draft))
            work.commit()
        return schedule

    def change(self, actor: Actor, id: str, draft: ScheduleDraft) -> Schedule:
        """Change a schedule; what it did stays in its ledger, and its next moment lies after now.

        A period goes on counting from where it did, unless its length or its start changed.

        Raises:
            ScheduleNotFound: there is none with that id.
            InvalidSchedule: as :meth:`add`.
        """
        now = self._clock.now()
        _check(actor, draft, now)
        with self._store.write() as work:
            old = work.schedules.get(id)
            if old.draft == draft:
                return old
            actions.require_material(work, old.project, draft.action, draft.payload)
            is_same_time = (old.trigger, old.starts_at) == (draft.trigger, draft.starts_at)
            anchor = old.anchor if is_same_time else timing.anchor(draft.trigger, draft.starts_at, now)
            changed = old.model_copy(update={**dict(draft), "anchor": anchor})
            changed = timing.moved(changed, timing.next_slot(changed, now) if old.enabled else None)
            work.schedules.update(changed)
            details = {"before": _told(old.draft), "after": _told(draft)}
            audit.record(work, now, actor.name, "schedule.change", old.project, id, details)
            work.commit()
        return changed

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

    def firings(
        self,
        project: str,
        schedule_id: str | None = None,
        limit: int = 100,
        since: datetime | None = None,
        until: datetime | None = None,
    ) -> list[Firing]:
        """Return the ledger of a project or of one schedule, slots from ``since`` to ``until``, latest slot first."""
        with self._store.read() as work:
            return work.schedules.firings(project, schedule_id, limit, since, until)

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
                timing.check(schedule.trigger, schedule.starts_at, schedule.ends_at, now)
                next_at = timing.next_slot(schedule, now)
            changed = timing.moved(schedule, next_at, enabled=enabled)
            work.schedules.update(changed)
            action = "schedule.resume" if enabled else "schedule.pause"
            audit.record(work, now, actor.name, action, schedule.project, id, {})
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
            _may(actor, schedule.action)
            actions.require_champion(work, schedule)
            at_work = jobs_at_work(work, schedule)
            if at_work:
                return at_work[0]
            now = self._clock.now()
            job = self._firer.enqueue(work, schedule, None, actor.name)
            by_hand = f"started by {actor.name}, beside its moments"
            work.schedules.record(ledger.row(schedule, now, FiringOutcome.RAN, job.id, by_hand, now))
            work.commit()
        return job

    def run_missed(self, actor: Actor, id: str, slot: datetime) -> Firing:
        """Start what a missed moment of a schedule would have started; asking twice gives the same job.

        Raises:
            ScheduleNotFound: there is none with that id.
            InvalidSchedule: that moment was not missed.
            NoChampion: the action needs one, and the project has none.
        """
        require(actor, Permission.SCHEDULE)
        now = self._clock.now()
        with self._store.write() as work:
            schedule = work.schedules.get(id)
            _may(actor, schedule.action)
            actions.require_champion(work, schedule)
            job = self._firer.enqueue(work, schedule, slot, actor.name)
            reason = f"missed at its time; {actor.name} started it {ledger.words(now - slot)} later"
            made_up = ledger.row(schedule, slot, FiringOutcome.LATE, job.id, reason, now)
            if not work.schedules.amend(made_up):
                raise InvalidSchedule(
                    problem=f"its moment {slot.isoformat()} was not missed, so there is nothing to run"
                )
            details = {"slot": slot.isoformat()}
            audit.record(work, now, actor.name, "schedule.run_missed", schedule.project, id, details)
            work.commit()
        return made_up

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
        report: str | None = None,
        key: str | None = None,
        cause: Cause | None = None,
    ) -> Job:
        """Queue a retraining by the project's plan, on ``dataset`` (``name@n``, or ``name`` for its newest version)
        instead of the plan's data when it is given, or on the rows of the window of a drift ``report``.

        Raises:
            NoChampion: the project has no champion whose recipe could be used.
            DatasetNotFound: there is no such dataset version.
            ReportNotFound: there is no such report.
        """
        require(actor, Permission.TRAIN)
        with self._store.read() as work:
            work.projects.get(project)
            champion = recipe.champion_of(work, project)
            title = f"Retrain version {champion.version} on "
            title += str(recipe.dataset_version(work, project, dataset).ref) if dataset else _named(work, report)
        return self._queue.submit(
            actor,
            kind=JobKind.RETRAIN,
            project=project,
            title=title,
            payload={"dataset": dataset, **({"report": report} if report else {})},
            key=key,
            cause=cause,
        )


def _named(work: UnitOfWork, report: str | None) -> str:
    """Return what is trained on when no dataset is named: the window of a report, or the plan's data."""
    return work.reports.get(report).current if report else "the newest data"


def _check(actor: Actor, draft: ScheduleDraft, now: datetime) -> None:
    """Make sure that a draft will fire, that its payload fits its action, and that the actor may start such a thing.

    Raises:
        Denied, InvalidSchedule: it will not, does not, or may not.
    """
    _may(actor, draft.action)
    timing.check(draft.trigger, draft.starts_at, draft.ends_at, now)
    actions.check(draft)


def _may(actor: Actor, action: ScheduleAction) -> None:
    """Let pass who may schedule, and start this action at all.

    Raises:
        Denied: they may not.
    """
    require(actor, Permission.SCHEDULE)
    permission = DEEDS[action].permission
    if permission is not None:
        require(actor, permission)


def _told(draft: ScheduleDraft) -> JsonObject:
    """Return what the audit trail keeps of a draft."""
    told: JsonObject = {"action": draft.action.value, "when": triggers.describe(draft.trigger)}
    return {**told, **draft.model_dump(mode="json", exclude={"action", "trigger"}, exclude_defaults=True)}
