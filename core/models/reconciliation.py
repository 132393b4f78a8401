"""What MLflow should say, made to be so: the store decides, MLflow follows, after crashes too."""

import logging
from datetime import timedelta

from core.clock import Clock
from core.errors import AppError, JobNotFound
from core.models.aliases import Aliases
from core.ports.tracking import Tracking
from core.ports.unit_of_work import Store
from core.records.job import Job, JobState
from core.records.training import Run, RunStatus

logger = logging.getLogger(__name__)

ERROR = "pilothouse.error"
"""The tag of a run that says why it did not finish."""

UNKNOWN_JOB_GRACE = timedelta(days=1)
"""How long a run whose job is not in the store may go on: it belongs to a process outside the queue."""


class Reconciler:
    """Repairs by rule what a crash between the store and MLflow left behind; safe to run at any time."""

    def __init__(self, store: Store, tracking: Tracking, clock: Clock) -> None:
        """Nothing is opened before its first use."""
        self._store = store
        self._tracking = tracking
        self._clock = clock
        self._aliases = Aliases(store, tracking, clock)

    def run(self) -> list[str]:
        """Make MLflow agree with the store: aliases follow what serves, runs of dead jobs are closed.

        Returns:
            What was repaired, and what could not be, in sentences; empty when all was well.
        """
        with self._store.read() as work:
            projects = [project.name for project in work.projects.all()]
        told: list[str] = []
        for project in projects:
            for repair in (self._aliases.align, self._close_dead_runs):
                try:
                    told += repair(project)
                except AppError as error:
                    logger.warning("reconciling %s: %s", project, error)
                    told.append(f"{project}: not repaired: {error.message}")
        return told

    def _close_dead_runs(self, project: str) -> list[str]:
        told = []
        for run in self._tracking.open_runs(project):
            due = self._due_end(run)
            if due is not None:
                end, reason = due
                if end is not RunStatus.FINISHED:
                    self._tracking.set_tags(run.run_id, {ERROR: reason})
                self._tracking.finish_run(run.run_id, end)
                told.append(f"{project}: run {run.run_id} closed as {end.value}, since its job is over")
        return told

    def _due_end(self, run: Run) -> tuple[RunStatus, str] | None:
        """Return how a run that still counts as running should have ended and why, or None when it may go on."""
        if run.job_id is None:
            return None
        job = self._job(run.job_id)
        if job is None:
            is_old = self._clock.now() - run.started_at > UNKNOWN_JOB_GRACE
            return (RunStatus.KILLED, "Its job is not known any more.") if is_old else None
        if not job.state.is_finished:
            return None
        if run.version is not None:
            return RunStatus.FINISHED, ""
        if job.state is JobState.CANCELLED:
            return RunStatus.KILLED, f"Job {job.id} was cancelled."
        return RunStatus.FAILED, job.error or f"Job {job.id} ended without closing it."

    def _job(self, id: str) -> Job | None:
        with self._store.read() as work:
            try:
                return work.jobs.get(id)
            except JobNotFound:
                return None
