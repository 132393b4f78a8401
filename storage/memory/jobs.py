"""The job queue in memory."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from core.clock import SystemClock
from core.errors import IllegalTransition, JobNotFound, LeaseLost
from core.records.base import JsonObject
from core.records.job import Job, JobKind, JobRequest, JobState, JobUsage, Process
from storage import job_rules
from storage.memory.tables import View, loose
from storage.rows import settled


class MemoryJobs:
    """A :class:`core.ports.jobs.JobRepository`."""

    def __init__(self, view: View) -> None:
        self._view = view

    def add(self, request: JobRequest, engine: str, now: datetime) -> Job:
        """Queue a job, or return the one that carries the same ``key`` already.

        Raises:
            ProjectNotFound: the request names a project that there is not.
        """
        jobs = self._view.change.jobs
        self._view.need_project(request.project)
        for job in jobs.values():
            if request.key is not None and job.key == request.key:
                return loose(job)
        job = settled(job_rules.queued(request, engine, now))
        jobs[job.id] = job
        return loose(job)

    def get(self, id: str) -> Job:
        """Return a job.

        Raises:
            JobNotFound: there is none with that id.
        """
        try:
            return loose(self._view.see.jobs[id])
        except KeyError as error:
            raise JobNotFound(id=id) from error

    def keyed(self, key: str) -> Job | None:
        """Return the job that carries ``key``, or None."""
        found = next((job for job in self._view.see.jobs.values() if job.key == key), None)
        return None if found is None else loose(found)

    def find(
        self,
        project: str | None = None,
        states: tuple[JobState, ...] = (),
        kinds: tuple[JobKind, ...] = (),
        limit: int = 100,
    ) -> list[Job]:
        """Return jobs, newest first; empty tuples and None mean any."""
        chosen = [
            job
            for job in reversed(self._view.see.jobs.values())
            if (project is None or job.project == project)
            and (not states or job.state in states)
            and (not kinds or job.kind in kinds)
        ]
        return [loose(job) for job in chosen[:limit]]

    def claim(self, worker: str, now: datetime, lease_s: float, engine: str = "local") -> Job | None:
        """Take the next job: highest priority, then oldest; queued, or running with an expired lease."""
        for job in self._claimable(now, engine):
            end = job_rules.settle(job, now)
            if end is None:
                return self._change(job, job_rules.claimed(job, worker, now, lease_s))
            self._change(job, end)
        return None

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
        return self._change(self._mine(id, token), {"lease_until": now + timedelta(seconds=lease_s)})

    def set_process(self, id: str, token: int, process: Process) -> None:
        """Remember the process of this attempt.

        Raises:
            LeaseLost: the token is stale.
        """
        self._change(self._mine(id, token), {"process": process})

    def progress(self, id: str, token: int, stage: str, fraction: float, message: str) -> None:
        """Say how far the job is.

        Raises:
            LeaseLost: the token is stale.
        """
        self._change(self._mine(id, token), {"stage": stage, "fraction": fraction, "message": message})

    def tell(self, id: str, token: int, figures: Mapping[str, float]) -> None:
        """Store the newest measurements of a running job.

        Raises:
            LeaseLost: the token is stale.
        """
        self._change(self._mine(id, token), {"figures": dict(figures)})

    def record_usage(self, id: str, token: int, usage: JobUsage) -> None:
        """Store what an attempt used so far; that of an earlier attempt is ignored."""
        job = self._view.see.jobs.get(id)
        if job is not None and job.token == token:
            self._view.change.usage[id] = settled(usage)

    def usage(self, id: str) -> JobUsage | None:
        """Return what the last attempt used, or None when nothing was measured."""
        return self._view.see.usage.get(id)

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
        return self._change(job, job_rules.ended(job, state, now, result=result, error_code=error_code, error=error))

    def release(self, id: str, token: int, reason: str, now: datetime | None = None, *, counted: bool = True) -> Job:
        """Put a job back in the queue whose process died without an answer, or end it.

        Raises:
            LeaseLost: the token is stale.
        """
        job = self._mine(id, token)
        return self._change(job, job_rules.released(job, reason, now or SystemClock().now(), counted=counted))

    def request_cancel(self, id: str, now: datetime) -> Job:
        """Cancel a queued job at once; mark a running one for its worker.

        Raises:
            JobNotFound: there is none with that id.
        """
        job = self.get(id)
        return self._change(job, job_rules.cancelled(job, now))

    def held(self, worker: str) -> list[Job]:
        """Return the running jobs of ``worker``."""
        running = (job for job in self._view.see.jobs.values() if job.state is JobState.RUNNING)
        return [loose(job) for job in running if job.worker == worker]

    def _claimable(self, now: datetime, engine: str) -> Iterable[Job]:
        jobs = [
            job for job in self._view.see.jobs.values() if job.engine == engine and job_rules.is_claimable(job, now)
        ]
        return sorted(jobs, key=lambda job: -job.priority)

    def _mine(self, id: str, token: int) -> Job:
        job = self._view.see.jobs.get(id)
        if job is None or job.state is not JobState.RUNNING or job.token != token:
            raise LeaseLost(id=id, token=token)
        return job

    def _change(self, job: Job, changes: job_rules.Changes) -> Job:
        changed = settled(job.model_copy(update=changes))
        self._view.change.jobs[job.id] = changed
        return loose(changed)
