"""The job queue in SQL."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Select, and_, or_, select, update

from core.clock import SystemClock
from core.errors import IllegalTransition, JobNotFound, LeaseLost, StoreBusy
from core.records.base import JsonObject
from core.records.job import Job, JobKind, JobRequest, JobState, JobUsage, Process
from storage import job_rules
from storage.rows import from_row, to_row
from storage.statements import Statements
from storage.tables import job as table
from storage.tables import job_usage

OPEN = table.c.state.in_((JobState.QUEUED.value, JobState.RUNNING.value))


class SqlJobs:
    """A :class:`core.ports.jobs.JobRepository`.

    A step reads the job under a row lock (on SQLite writers come one at a time anyway), asks
    :mod:`storage.job_rules` what changes, and writes under the condition that token and state are still those read.
    """

    def __init__(self, statements: Statements) -> None:
        self._db = statements

    def add(self, request: JobRequest, engine: str, now: datetime) -> Job:
        """Queue a job, or return the one that carries the same ``key`` already.

        Raises:
            ProjectNotFound: the request names a project that there is not.
        """
        self._db.need_project(request.project)
        job = job_rules.queued(request, engine, now)
        insert = self._db.insert(table).on_conflict_do_nothing(index_elements=["key"])
        row = self._db.returning(insert.returning(*table.c), to_row(job))
        if row is not None:
            return from_row(Job, row)
        same = self._db.one(Job, select(table).where(table.c.key == request.key))
        if same is None:
            raise StoreBusy(problem="a job with the same key is just being removed")
        return same

    def get(self, id: str) -> Job:
        """Return a job.

        Raises:
            JobNotFound: there is none with that id.
        """
        job = self._db.one(Job, self._db.locked(select(table).where(table.c.id == id)))
        if job is None:
            raise JobNotFound(id=id)
        return job

    def keyed(self, key: str) -> Job | None:
        """Return the job that carries ``key``, or None."""
        return self._db.one(Job, select(table).where(table.c.key == key))

    def find(
        self,
        project: str | None = None,
        states: tuple[JobState, ...] = (),
        kinds: tuple[JobKind, ...] = (),
        limit: int = 100,
    ) -> list[Job]:
        """Return jobs, newest first; empty tuples and None mean any."""
        query = select(table)
        if project is not None:
            query = query.where(table.c.project == project)
        if states:
            query = query.where(table.c.state.in_([state.value for state in states]))
        if kinds:
            query = query.where(table.c.kind.in_([kind.value for kind in kinds]))
        return self._db.all(Job, query.order_by(table.c.seq.desc()).limit(limit))

    def claim(self, worker: str, now: datetime, lease_s: float, engine: str = "local") -> Job | None:
        """Take the next job: highest priority, then oldest; queued, or running with an expired lease."""
        while True:
            job = self._db.one(Job, self._db.locked(_next_job(engine, now), skip=True))
            if job is None:
                return None
            end = job_rules.settle(job, now)
            if end is None:
                return self._change(job, job_rules.claimed(job, worker, now, lease_s))
            self._change(job, end)

    def take(self, id: str, worker: str, now: datetime, lease_s: float) -> Job:
        """Claim this very job.

        Raises:
            JobNotFound: there is none with that id.
            IllegalTransition: it is not queued (nor running with an expired lease), or at its end.
        """
        job = self.get(id)
        if not job_rules.is_claimable(job, now) or job_rules.settle(job, now) is not None:
            raise IllegalTransition(id=id, state=job.state, target=JobState.RUNNING)
        return self._change(job, job_rules.claimed(job, worker, now, lease_s))

    def heartbeat(self, id: str, token: int, now: datetime, lease_s: float) -> Job:
        """Extend the lease and return the job.

        Raises:
            LeaseLost: the token is stale.
        """
        return self._write(id, token, {"lease_until": now + timedelta(seconds=lease_s)})

    def set_process(self, id: str, token: int, process: Process) -> None:
        """Remember the process of this attempt.

        Raises:
            LeaseLost: the token is stale.
        """
        self._write(id, token, {"process": to_row(process)})

    def progress(self, id: str, token: int, stage: str, fraction: float, message: str) -> None:
        """Say how far the job is.

        Raises:
            LeaseLost: the token is stale.
        """
        self._write(id, token, {"stage": stage, "fraction": fraction, "message": message})

    def tell(self, id: str, token: int, figures: Mapping[str, float]) -> None:
        """Store the newest measurements of a running job.

        Raises:
            LeaseLost: the token is stale.
        """
        self._write(id, token, {"figures": dict(figures)})

    def record_usage(self, id: str, token: int, usage: JobUsage) -> None:
        """Store what an attempt used so far; that of an earlier attempt is ignored."""
        is_current = select(table.c.seq).where(table.c.id == id, table.c.token == token)
        if self._db.value(is_current) is None:
            return
        values = {"token": token, **to_row(usage)}
        insert = self._db.insert(job_usage).on_conflict_do_update(index_elements=["job"], set_=values)
        self._db.change(insert, {"job": id, **values})

    def usage(self, id: str) -> JobUsage | None:
        """Return what the last attempt used, or None when nothing was measured."""
        return self._db.one(JobUsage, select(job_usage).where(job_usage.c.job == id))

    def finish(
        self,
        id: str,
        token: int,
        state: JobState,
        now: datetime,
        result: JsonObject | None = None,
        error_code: str | None = None,
        error: str | None = None,
    ) -> Job:
        """End the job as succeeded, failed or cancelled.

        Raises:
            LeaseLost: the token is stale.
            IllegalTransition: ``state`` is no end.
        """
        job = self._mine(id, token)
        end = job_rules.ended(job, state, now, result=result, error_code=error_code, error=error)
        return self._write(id, token, end)

    def release(self, id: str, token: int, reason: str, now: datetime | None = None, *, counted: bool = True) -> Job:
        """Put a job back in the queue whose process died without an answer, or end it.

        Raises:
            LeaseLost: the token is stale.
        """
        job = self._mine(id, token)
        return self._write(id, token, job_rules.released(job, reason, now or SystemClock().now(), counted=counted))

    def request_cancel(self, id: str, now: datetime) -> Job:
        """Cancel a queued job at once; mark a running one for its worker.

        Raises:
            JobNotFound: there is none with that id.
        """
        job = self.get(id)
        changes = job_rules.cancelled(job, now)
        return self._change(job, changes) if changes else job

    def held(self, worker: str) -> list[Job]:
        """Return the running jobs of ``worker``."""
        query = select(table).where(OPEN, table.c.state == JobState.RUNNING.value, table.c.worker == worker)
        return self._db.all(Job, query.order_by(table.c.seq))

    def _mine(self, id: str, token: int) -> Job:
        query = select(table).where(table.c.id == id, table.c.token == token, table.c.state == JobState.RUNNING.value)
        job = self._db.one(Job, self._db.locked(query))
        if job is None:
            raise LeaseLost(id=id, token=token)
        return job

    def _write(self, id: str, token: int, changes: job_rules.Changes, state: JobState = JobState.RUNNING) -> Job:
        statement = update(table).where(table.c.id == id, table.c.token == token, table.c.state == state.value)
        row = self._db.returning(statement.values(_plain(changes)).returning(*table.c))
        if row is None:
            raise LeaseLost(id=id, token=token)
        return from_row(Job, row)

    def _change(self, job: Job, changes: job_rules.Changes) -> Job:
        return self._write(job.id, job.token, changes, job.state)


def _next_job(engine: str, now: datetime) -> Select[Any]:
    expired = or_(table.c.lease_until.is_(None), table.c.lease_until <= now)
    claimable = or_(table.c.state == JobState.QUEUED.value, and_(table.c.state == JobState.RUNNING.value, expired))
    query = select(table).where(OPEN, table.c.engine == engine, claimable)
    return query.order_by(table.c.priority.desc(), table.c.seq).limit(1)


def _plain(changes: job_rules.Changes) -> dict[str, Any]:
    return {name: value.value if isinstance(value, JobState) else value for name, value in changes.items()}
