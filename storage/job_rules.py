"""What each step of a job's life changes; pure, so that every store takes the same steps."""

from datetime import datetime, timedelta
from typing import Any

from core.errors import IllegalTransition
from core.records.base import JsonObject, new_id
from core.records.job import Job, JobRequest, JobState

Changes = dict[str, Any]

ALMOST_DONE = 0.99
"""The most a job that did not succeed may claim to have done."""

LOST = "lost"
"""Error code of a job whose worker or process vanished on its last attempt."""


def queued(request: JobRequest, engine: str, now: datetime) -> Job:
    """Return the new job that ``request`` asks for."""
    return Job(
        **{name: getattr(request, name) for name in JobRequest.model_fields},
        id=new_id(),
        state=JobState.QUEUED,
        engine=engine,
        attempt=0,
        token=0,
        worker=None,
        lease_until=None,
        cancel_requested=False,
        stage="",
        fraction=0.0,
        message="",
        figures={},
        result=None,
        error_code=None,
        error=None,
        process=None,
        created_at=now,
        started_at=None,
        finished_at=None,
    )


def is_claimable(job: Job, now: datetime) -> bool:
    """Whether a worker may take the job: queued, or running under a lease that ended or was never set."""
    if job.state is JobState.QUEUED:
        return True
    return job.state is JobState.RUNNING and (job.lease_until is None or job.lease_until <= now)


def settle(job: Job, now: datetime) -> Changes | None:
    """Return how a claimable job ends instead of being claimed, or None when it is to run."""
    if job.cancel_requested:
        return ended(job, JobState.CANCELLED, now)
    if job.attempt >= job.max_attempts:
        reason = f"its worker {job.worker or '?'} gave no sign of life during attempt {job.attempt}"
        return ended(job, JobState.FAILED, now, error_code=LOST, error=f"The job was lost: {reason}.")
    return None


def claimed(job: Job, worker: str, now: datetime, lease_s: float) -> Changes:
    """Return what changes when ``worker`` takes the job for one more attempt."""
    return {
        "state": JobState.RUNNING,
        "worker": worker,
        "lease_until": now + timedelta(seconds=lease_s),
        "attempt": job.attempt + 1,
        "token": job.token + 1,
        "stage": "",
        "fraction": 0.0,
        "message": "",
        "figures": {},
        "started_at": now,
    }


def ended(
    job: Job,
    state: JobState,
    now: datetime,
    *,
    result: JsonObject | None = None,
    error_code: str | None = None,
    error: str | None = None,
) -> Changes:
    """Return what changes when the job ends as ``state``.

    Raises:
        IllegalTransition: ``state`` is no end, or not one the job can come to from where it is.
    """
    if not state.is_finished or not job.state.may_become(state):
        raise IllegalTransition(id=job.id, state=job.state, target=state)
    return {
        "state": state,
        "lease_until": None,
        "process": None,
        "fraction": 1.0 if state is JobState.SUCCEEDED else min(job.fraction, ALMOST_DONE),
        "result": result,
        "error_code": error_code,
        "error": error,
        "finished_at": now,
    }


def released(job: Job, reason: str, now: datetime, *, counted: bool = True) -> Changes:
    """Return what changes when the job's process died without an answer; one not ``counted`` gives its attempt back."""
    if job.cancel_requested:
        return ended(job, JobState.CANCELLED, now)
    if counted and job.attempt >= job.max_attempts:
        return ended(job, JobState.FAILED, now, error_code=LOST, error=reason)
    return {
        "state": JobState.QUEUED,
        "attempt": job.attempt if counted else job.attempt - 1,
        "worker": None,
        "lease_until": None,
        "stage": "",
        "fraction": 0.0,
        "message": reason,
    }


def cancelled(job: Job, now: datetime) -> Changes:
    """Return what changes when somebody wants the job to stop; nothing once it is finished."""
    if job.state is JobState.QUEUED:
        return {**ended(job, JobState.CANCELLED, now), "cancel_requested": True}
    return {} if job.state.is_finished else {"cancel_requested": True}
