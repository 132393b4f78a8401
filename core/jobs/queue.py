"""The front of the job queue: submit, look, cancel, retry, read logs."""

import codecs
from datetime import datetime, timedelta
from pathlib import Path

from core.access.permissions import require
from core.audit import record
from core.clock import Clock
from core.errors import IllegalTransition
from core.ports.unit_of_work import Store, UnitOfWork
from core.records.access import Actor, Permission
from core.records.base import JsonObject
from core.records.job import Cause, Job, JobKind, JobRequest, JobState, JobUsage, WorkerBeat
from core.settings import Settings

ALIVE_FOR = timedelta(seconds=15)
"""A worker that beat this recently counts as running; it beats every five seconds."""

LOG_CHUNK = 1 << 20

LIKENESS = ("estimator", "dataset", "filename", "do")
"""Entries of a payload in which jobs that take about as long agree."""

LIKE_LOOKED_AT, LIKE_KEPT = 60, 9

PERMISSIONS: dict[JobKind, Permission] = {
    JobKind.INGEST: Permission.ADD_DATA,
    JobKind.DIFF: Permission.VIEW,
    JobKind.PROFILE: Permission.ADD_DATA,
    JobKind.TRAIN: Permission.TRAIN,
    JobKind.REPRODUCE: Permission.TRAIN,
    JobKind.ADOPT: Permission.TRAIN,
    JobKind.TUNE: Permission.TRAIN,
    JobKind.JUDGE: Permission.MONITOR,
    JobKind.REPLAY: Permission.MONITOR,
    JobKind.MONITOR: Permission.MONITOR,
    JobKind.RETRAIN: Permission.TRAIN,
    JobKind.SIMULATE: Permission.TRAIN,
    JobKind.BATCH_PREDICT: Permission.ADD_DATA,
    JobKind.MATERIALIZE: Permission.ADD_DATA,
    JobKind.REPORT: Permission.MONITOR,
    JobKind.MAINTENANCE: Permission.MAINTAIN,
    JobKind.PUSH: Permission.PROMOTE,
    JobKind.RECEIVE: Permission.TRAIN,
    JobKind.PIPELINE: Permission.TRAIN,
}
"""What it takes to submit or retry a job of each kind."""


class JobQueue:
    """Jobs as people and other services see them; the worker talks to the store itself."""

    def __init__(self, store: Store, clock: Clock, settings: Settings) -> None:
        """``settings`` give the engine, the default limits and the folder of the logs."""
        self._store = store
        self._clock = clock
        self._settings = settings

    def submit(
        self,
        actor: Actor,
        *,
        kind: JobKind,
        project: str | None,
        title: str,
        payload: JsonObject,
        priority: int = 0,
        key: str | None = None,
        cause: Cause | None = None,
        max_attempts: int = 3,
        timeout_s: int | None = None,
        memory_mb: int | None = None,
    ) -> Job:
        """Queue a job, or return the one with the same ``key``; limits left out come from the settings.

        Raises:
            Denied: the actor may not start jobs of this kind.
        """
        require(actor, PERMISSIONS[kind])
        with self._store.write() as work:
            job = self.enqueue(
                work,
                kind=kind,
                project=project,
                title=title,
                payload=payload,
                created_by=actor.name,
                priority=priority,
                key=key,
                cause=cause,
                max_attempts=max_attempts,
                timeout_s=timeout_s,
                memory_mb=memory_mb,
            )
            work.commit()
        return job

    def enqueue(
        self,
        work: UnitOfWork,
        *,
        kind: JobKind,
        project: str | None,
        title: str,
        payload: JsonObject,
        created_by: str,
        priority: int = 0,
        key: str | None = None,
        cause: Cause | None = None,
        max_attempts: int = 3,
        timeout_s: int | None = None,
        memory_mb: int | None = None,
    ) -> Job:
        """Queue a job inside the caller's transaction, so that it exists exactly when the caller's rows do."""
        now = self._clock.now()
        request = JobRequest(
            kind=kind,
            project=project,
            title=title,
            payload=payload,
            priority=priority,
            key=key,
            max_attempts=max_attempts,
            timeout_s=timeout_s or self._settings.job_timeout,
            memory_mb=memory_mb or self._settings.job_memory_mb,
            cause=cause,
            created_by=created_by,
        )
        job = work.jobs.add(request, self._settings.engine.value, now)
        if job.created_at == now:
            record(work, now, created_by, "job.submit", project, job.id, {"kind": kind.value, "title": title})
        return job

    def get(self, id: str) -> Job:
        """Return a job.

        Raises:
            JobNotFound: there is none with that id.
        """
        with self._store.read() as work:
            return work.jobs.get(id)

    def find(
        self,
        project: str | None = None,
        states: tuple[JobState, ...] = (),
        kinds: tuple[JobKind, ...] = (),
        limit: int = 100,
    ) -> list[Job]:
        """Return jobs, newest first; empty tuples and None mean any."""
        with self._store.read() as work:
            return work.jobs.find(project, states, kinds, limit)

    def cancel(self, actor: Actor, id: str) -> Job:
        """Cancel a queued job at once, a running one through its worker; a finished one stays as it is.

        Raises:
            JobNotFound: there is none with that id.
        """
        require(actor, Permission.MANAGE_JOBS)
        now = self._clock.now()
        with self._store.write() as work:
            before = work.jobs.get(id)
            job = work.jobs.request_cancel(id, now)
            if job != before:
                record(work, now, actor.name, "job.cancel", job.project, id, {})
                work.commit()
        return job

    def retry(self, actor: Actor, id: str) -> Job:
        """Queue a failed or cancelled job again as a new job; asking twice gives the same new job.

        Raises:
            JobNotFound: there is none with that id.
            IllegalTransition: it is not failed or cancelled.
        """
        require(actor, Permission.MANAGE_JOBS)
        with self._store.write() as work:
            old = work.jobs.get(id)
            if old.state not in (JobState.FAILED, JobState.CANCELLED):
                raise IllegalTransition(id=id, state=old.state.value, target="queued again")
            job = self.enqueue(
                work,
                kind=old.kind,
                project=old.project,
                title=old.title,
                payload=old.payload,
                created_by=actor.name,
                priority=old.priority,
                key=_retry_key(old.id),
                cause=Cause(kind="retry", id=old.id, note=old.error or ""),
                max_attempts=old.max_attempts,
                timeout_s=old.timeout_s,
                memory_mb=old.memory_mb,
            )
            work.commit()
        return job

    def retried_as(self, id: str) -> Job | None:
        """Return the job that tries again what job ``id`` failed at, or None."""
        with self._store.read() as work:
            return work.jobs.keyed(_retry_key(id))

    def usage(self, id: str) -> JobUsage | None:
        """Return what the last attempt of a job used, or None when nothing was measured."""
        with self._store.read() as work:
            return work.jobs.usage(id)

    def durations(self, job: Job) -> tuple[float, ...]:
        """Return how many seconds the newest jobs like this one took: same project, kind, estimator and data."""
        done = self.find(job.project, (JobState.SUCCEEDED,), (job.kind,), LIKE_LOOKED_AT)
        alike = [one for one in done if all(one.payload.get(name) == job.payload.get(name) for name in LIKENESS)]
        return tuple(
            (one.finished_at - one.started_at).total_seconds()
            for one in alike[:LIKE_KEPT]
            if one.finished_at and one.started_at
        )

    def log_path(self, id: str) -> Path:
        """Return where the output of a job goes; the file is there once the job has started."""
        return self._settings.logs / f"{id}.log"

    def log(self, id: str, offset: int = 0) -> tuple[str, int]:
        """Return the job's output from byte ``offset`` on (at most 1 MB) and the offset to go on from.

        Raises:
            JobNotFound: there is none with that id.
        """
        path = self.log_path(self.get(id).id)
        if not path.exists():
            return "", offset
        with path.open("rb") as file:
            file.seek(offset)
            chunk = file.read(LOG_CHUNK)
        decoder = codecs.getincrementaldecoder("utf-8")("replace")
        text = decoder.decode(chunk)
        waiting = len(decoder.getstate()[0])
        return text, offset + len(chunk) - waiting

    def workers(self) -> list[WorkerBeat]:
        """Return the last sign of life of every worker that did not leave in order."""
        with self._store.read() as work:
            return work.workers.all()

    def alive(self, now: datetime) -> list[WorkerBeat]:
        """Return the workers that gave a sign of life in the last 15 seconds."""
        return [beat for beat in self.workers() if now - beat.seen_at <= ALIVE_FOR]


def _retry_key(id: str) -> str:
    return f"retry:{id}"
