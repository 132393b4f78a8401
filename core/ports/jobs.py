"""The job queue at rest."""

from collections.abc import Mapping
from datetime import datetime
from typing import Protocol

from core.records.base import JsonObject
from core.records.job import Job, JobKind, JobRequest, JobState, JobUsage, Process, WorkerBeat


class JobRepository(Protocol):
    """Durable jobs under leases with fencing tokens.

    A claim gives the worker a token that grows with each claim of the job. Every later write of that worker carries
    the token and is refused (``LeaseLost``) when the job is no longer running under it, so that a worker that was
    frozen past its lease changes nothing. ``now`` is always the caller's clock. All methods take part in the
    surrounding transaction.
    """

    def add(self, request: JobRequest, engine: str, now: datetime) -> Job:
        """Queue a job, or return the one that carries the same ``key`` already.

        Raises:
            ProjectNotFound: the request names a project that there is not.
        """
        ...

    def get(self, id: str) -> Job:
        """Return a job.

        Raises:
            JobNotFound: there is none with that id.
        """
        ...

    def keyed(self, key: str) -> Job | None:
        """Return the job that carries ``key``, or None."""
        ...

    def find(
        self,
        project: str | None = None,
        states: tuple[JobState, ...] = (),
        kinds: tuple[JobKind, ...] = (),
        limit: int = 100,
    ) -> list[Job]:
        """Return jobs, newest first; empty tuples and None mean any."""
        ...

    def claim(self, worker: str, now: datetime, lease_s: float, engine: str = "local") -> Job | None:
        """Take the next job: highest priority, then oldest; queued, or running with an expired lease.

        The claimed job is running, its attempt and token one higher, its cancel flag kept, and its ``process`` that
        of the attempt before (so that the claimer can end what is left of it). A job whose lease expired after its
        last attempt becomes failed (error code ``lost``) instead of being claimed, one that was to be cancelled
        becomes cancelled. Two callers never get the same job. Returns None when there is nothing to do.
        """
        ...

    def take(self, id: str, worker: str, now: datetime, lease_s: float) -> Job:
        """Claim this very job, as :meth:`claim` would.

        Raises:
            IllegalTransition: it is not queued (nor running with an expired lease).
        """
        ...

    def heartbeat(self, id: str, token: int, now: datetime, lease_s: float) -> Job:
        """Extend the lease and return the job, whose ``cancel_requested`` the worker then obeys.

        Raises:
            LeaseLost: the token is stale.
        """
        ...

    def set_process(self, id: str, token: int, process: Process) -> None:
        """Remember the process of this attempt.

        Raises:
            LeaseLost: the token is stale.
        """
        ...

    def progress(self, id: str, token: int, stage: str, fraction: float, message: str) -> None:
        """Say how far the job is; ``fraction`` in 0..1.

        Raises:
            LeaseLost: the token is stale.
        """
        ...

    def tell(self, id: str, token: int, figures: Mapping[str, float]) -> None:
        """Store the newest measurements of a running job; what an earlier attempt told is gone when one is claimed.

        Raises:
            LeaseLost: the token is stale.
        """
        ...

    def record_usage(self, id: str, token: int, usage: JobUsage) -> None:
        """Store what an attempt used so far, in place of what was stored; that of an earlier attempt is ignored.

        Works on a job that just finished, too, since its worker hears of that later.
        """
        ...

    def usage(self, id: str) -> JobUsage | None:
        """Return what the last attempt used, or None when nothing was measured."""
        ...

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
        """End the job as succeeded, failed or cancelled; a finished job has fraction 1 only when it succeeded.

        Raises:
            LeaseLost: the token is stale.
            IllegalTransition: ``state`` is no end.
        """
        ...

    def release(self, id: str, token: int, reason: str, now: datetime | None = None, *, counted: bool = True) -> Job:
        """Put a job back in the queue whose process died without an answer, or fail it (code ``lost``, error
        ``reason``) when that was its last attempt, or cancel it when that was asked for. Without ``now`` an end is
        dated by the machine's clock. An attempt that is not ``counted``, since its worker was stopped on purpose, is
        given back.

        Raises:
            LeaseLost: the token is stale.
        """
        ...

    def request_cancel(self, id: str, now: datetime) -> Job:
        """Cancel a queued job at once; mark a running one for its worker. A finished job stays as it is.

        Raises:
            JobNotFound: there is none with that id.
        """
        ...

    def held(self, worker: str) -> list[Job]:
        """Return the running jobs of ``worker``."""
        ...


class WorkerRepository(Protocol):
    """Signs of life of workers, and the leadership among them."""

    def beat(self, beat: WorkerBeat) -> None:
        """Store the newest sign of life of one worker."""
        ...

    def all(self) -> list[WorkerBeat]:
        """Return the last beat of every worker that did not leave, newest first."""
        ...

    def leave(self, worker: str) -> None:
        """Forget a worker that stopped in order."""
        ...

    def lead(self, name: str, holder: str, now: datetime, lease_s: float) -> bool:
        """Take or keep the lease called ``name`` for ``holder``; False while another holder's lease lasts."""
        ...

    def resign(self, name: str, holder: str) -> None:
        """Give the lease up, if held."""
        ...
