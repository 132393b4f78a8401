"""What drift costs beside what retraining costs: the sum over windows, and the measured time of a job times a rate."""

from collections.abc import Sequence

from core.records.drift_rule import Cost
from core.records.job import Job
from core.records.monitor import ReportOutline
from core.records.project import Project


def of(project: Project, windows: Sequence[ReportOutline], job: Job | None, rate: float) -> Cost:
    """Return the cost of drift in ``windows`` (with measured worth) and of a retraining.

    ``job`` is the last training or retraining that ended well, ``rate`` money an hour of it costs. Windows in which
    answers were worth more than expected are set against the others.
    """
    known = [
        one.performance.worth_expected - one.performance.worth
        for one in windows
        if one.performance and one.performance.worth is not None and one.performance.worth_expected is not None
    ]
    lost = sum(known) if known else None
    hours = _hours(job)
    spent = hours * rate if hours is not None and rate else None
    return Cost(
        lost=lost,
        windows=len(known),
        hours=hours,
        retraining=spent,
        sentence=_sentence(project, lost, len(known), (hours, spent)),
    )


def _hours(job: Job | None) -> float | None:
    if job is None or job.started_at is None or job.finished_at is None:
        return None
    return (job.finished_at - job.started_at).total_seconds() / 3600


def _sentence(project: Project, lost: float | None, windows: int, retraining: tuple[float | None, float | None]) -> str:
    hours, spent = retraining
    if project.cost_matrix is None:
        return (
            "What drift costs is not known: the project says nowhere what right and wrong answers are worth. Give it a "
            "cost matrix."
        )
    if lost is None:
        return "What drift costs is not known: no window has answers whose truth is known."
    if lost <= 0:
        return f"Drift has cost nothing in {windows:,} windows: answers were worth at least what they were at training."
    head = f"Drift has cost {lost:,.0f} in {windows:,} windows"
    if hours is None:
        return f"{head}; what a retraining costs is not known, since none has ended well yet."
    if spent is None:
        return f"{head}; a retraining takes {_time(hours)}. Set what an hour costs in the rule to compare both."
    if lost > spent:
        return f"{head}, a retraining {spent:,.2f}: it pays when it wins back {spent / lost:.1%} of what is lost."
    return f"{head}, a retraining {spent:,.2f}: waiting is cheaper so far."


def _time(hours: float) -> str:
    return f"{hours * 3600:,.0f} s" if hours < 0.1 else f"{hours:,.1f} h"
