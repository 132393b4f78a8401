"""Retrainings that came to no outcome of their own: their jobs failed, were killed or cancelled."""

from core import audit
from core.ports.unit_of_work import UnitOfWork
from core.records.access import SYSTEM
from core.records.job import Job, JobKind, JobState
from core.records.model import Alias
from core.records.plan import Retraining, RetrainingOutcome

NEWEST = 100


def ended(work: UnitOfWork) -> list[Job]:
    """Return the newest retraining jobs that failed or were cancelled, oldest first."""
    states = (JobState.FAILED, JobState.CANCELLED)
    found = work.jobs.find(states=states, kinds=(JobKind.RETRAIN,), limit=NEWEST)
    return [job for job in reversed(found) if not job.payload.get("do")]


def tell(work: UnitOfWork, job: Job) -> None:
    """Keep what became of a retraining whose job ended so, once."""
    assert job.project is not None, "a retraining belongs to a project"  # noqa: S101
    if work.plans.retraining(job.id) is not None:
        return
    at, over = job.started_at or job.created_at, job.finished_at or job.created_at
    champion = work.deployments.current(job.project, Alias.CHAMPION)
    cause = job.cause
    note = "it was cancelled" if job.state is JobState.CANCELLED else job.error or "its job failed"
    work.plans.keep(
        Retraining(
            id=job.id,
            project=job.project,
            cause=cause.kind if cause else "person",
            cause_id=cause.id if cause else job.created_by,
            reason=cause.note if cause else f"asked for by {job.created_by}",
            at=at,
            champion=champion.version if champion else 0,
            metric=work.projects.get(job.project).metric,
            outcome=RetrainingOutcome.FAILED,
            note=note,
            seconds=(over - at).total_seconds(),
            decided_at=over,
        )
    )
    details = {"outcome": RetrainingOutcome.FAILED.value, "note": note}
    audit.record(work, over, SYSTEM.name, "retraining.end", job.project, job.id, details)
