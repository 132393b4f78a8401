"""What a handler gets to know about its job, and how it speaks back."""

import logging
import math
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Protocol

from core.clock import Clock, SystemClock
from core.errors import JobCancelled, LeaseLost, StoreBusy
from core.ports.unit_of_work import Store, UnitOfWork
from core.records.job import Job, JobState

logger = logging.getLogger(__name__)

PROGRESS_EVERY = timedelta(seconds=0.25)


class JobContext(Protocol):
    """A handler's line to the queue; a handler that computes long calls ``progress`` or ``check`` now and then."""

    @property
    def job(self) -> Job:
        """The job as it was when it started."""
        ...

    @property
    def clock(self) -> Clock:
        """The time."""
        ...

    def progress(self, stage: str, fraction: float, message: str = "") -> None:
        """Say how far the job is; ``fraction`` in 0..1.

        Raises:
            LeaseLost: the job belongs to another worker now.
        """
        ...

    def tell(self, figures: Mapping[str, float]) -> None:
        """Show the newest measurements of the job while it runs; those that are not finite are left out.

        Raises:
            LeaseLost: the job belongs to another worker now.
        """
        ...

    def check(self) -> None:
        """Return when the job may go on.

        Raises:
            LeaseLost: the job belongs to another worker now.
            JobCancelled: someone asked to cancel it.
        """
        ...

    def fence(self, work: UnitOfWork) -> None:
        """Tie a write transaction to this attempt: call it before the writes that must happen only once.

        Raises:
            LeaseLost: the job belongs to another worker now; leave the transaction uncommitted.
        """
        ...


class QueuedContext:
    """The context of a job that a worker claimed."""

    def __init__(self, job: Job, store: Store, clock: Clock) -> None:
        """``job`` carries the token of the attempt."""
        self.job = job
        self.clock = clock
        self._store = store
        self._said_at: datetime | None = None
        self._stage = job.stage

    def progress(self, stage: str, fraction: float, message: str = "") -> None:
        """Store how far the job is, at most four times a second except for a new stage."""
        now = self.clock.now()
        is_early = self._said_at is not None and abs(now - self._said_at) < PROGRESS_EVERY
        if is_early and stage == self._stage:
            return
        self._said_at, self._stage = now, stage
        try:
            with self._store.write() as work:
                work.jobs.progress(self.job.id, self.job.token, stage, min(max(fraction, 0.0), 1.0), message)
                work.commit()
        except StoreBusy as error:
            logger.warning("Progress of job %s was not stored: %s", self.job.id, error)

    def tell(self, figures: Mapping[str, float]) -> None:
        """Store the newest measurements; a busy store lets them pass, the next ones will come."""
        kept = {name: float(value) for name, value in figures.items() if math.isfinite(value)}
        try:
            with self._store.write() as work:
                work.jobs.tell(self.job.id, self.job.token, kept)
                work.commit()
        except StoreBusy as error:
            logger.warning("Figures of job %s were not stored: %s", self.job.id, error)

    def check(self) -> None:
        """Return when the job is still this attempt's and nobody cancelled it."""
        with self._store.read() as work:
            job = work.jobs.get(self.job.id)
        _require_held(job, self.job.token)
        if job.cancel_requested:
            raise JobCancelled(id=job.id)

    def fence(self, work: UnitOfWork) -> None:
        """Refuse to go on in ``work`` when another worker has the job."""
        _require_held(work.jobs.get(self.job.id), self.job.token)


class DetachedContext:
    """The context of work that no queue knows of: a test, or a command that runs inline."""

    def __init__(self, job: Job, clock: Clock) -> None:
        """``job`` need not be stored."""
        self.job = job
        self.clock = clock

    def progress(self, stage: str, fraction: float, message: str = "") -> None:
        """Write the progress to the log."""
        logger.info("%s %d%% %s", stage, round(fraction * 100), message)

    def tell(self, figures: Mapping[str, float]) -> None:
        """Write the measurements to the log."""
        logger.info("%s", dict(figures))

    def check(self) -> None:
        """Return: nobody can cancel it."""

    def fence(self, work: UnitOfWork) -> None:
        """Return: nobody else can have it."""


def detached(job: Job, clock: Clock | None = None) -> JobContext:
    """Return a context for running a handler without a queue."""
    return DetachedContext(job, clock or SystemClock())


def _require_held(job: Job, token: int) -> None:
    if job.state is not JobState.RUNNING or job.token != token:
        raise LeaseLost(id=job.id, token=token)
