"""The past in order: who served when, and everything that happened, each told in the same form."""

from collections.abc import Iterator
from datetime import datetime

from core.history.material import Material
from core.records.approval import Approval
from core.records.job import Job, JobKind
from core.records.model import Deployment
from core.records.monitor import ReportKind
from core.records.past import Happening, Span, Timeline

FOUND = {
    ReportKind.DRIFT: "Drift",
    ReportKind.QUALITY: "Data found wrong",
    ReportKind.CONCEPT: "More errors",
    ReportKind.PERFORMANCE: "Performance dropped",
}
"""What a check that found something is called."""


def timeline(past: Material) -> Timeline:
    """Return who served when, and everything that happened."""
    metric = past.project.metric
    spans = [
        Span(deployment=one, metric=past.runs[one.run_id].metrics.get(metric) if one.run_id in past.runs else None)
        for one in reversed(past.deployments)
    ]
    newest_first = sorted(happenings(past), key=lambda one: one.at, reverse=True)
    return Timeline(spans=tuple(spans), happenings=tuple(newest_first))


def happenings(past: Material) -> Iterator[Happening]:
    """Return everything that happened, kind by kind."""
    yield from _changes(past)
    for verdict in past.verdicts:
        title = f"Gates on version {verdict.version}: {verdict.outcome.value.upper()}"
        yield _of_version("verdict", verdict.created_at, verdict.version, title, verdict.summary, verdict.actor)
    for approval in past.approvals:
        if approval.answered_at is not None:
            yield _answered(approval, approval.answered_at)
    for alert in past.alerts:
        yield _told("alert", alert.opened_at, f"alert:{alert.id}", alert.title, alert.summary)
    for report in past.reports:
        if report.drifted:
            yield _told("drift", report.created_at, f"report:{report.id}", FOUND[report.kind], report.summary)
    for job in past.jobs:
        if job.kind is JobKind.RETRAIN:
            yield _told("retraining", job.created_at, f"job:{job.id}", job.title, _outcome(job), job.created_by)
    for one in past.traffic:
        title = f"{one.mode.value.capitalize()} of version {one.version}"
        yield _of_version("traffic", one.since, one.version, title, one.reason, one.actor)


def _told(kind: str, at: datetime, subject: str, title: str, detail: str, actor: str = "") -> Happening:
    return Happening(at=at, kind=kind, title=title, detail=detail, actor=actor, subject=subject)


def _of_version(kind: str, at: datetime, version: int, title: str, detail: str, actor: str) -> Happening:
    told = _told(kind, at, f"version:{version}", title, detail, actor)
    return told.model_copy(update={"version": version})


def _changes(past: Material) -> Iterator[Happening]:
    served: set[int] = set()
    for one in reversed(past.deployments):
        kind, what = ("rollback", "serves again") if one.version in served else ("promotion", "was promoted")
        served.add(one.version)
        why = one.reason + (" (against the verdict of the gates)" if one.overridden else "")
        yield _of_version(kind, one.since, one.version, f"Version {one.version} {what}", why, one.actor)


def _answered(approval: Approval, at: datetime) -> Happening:
    title = f"Version {approval.version} was {approval.state.value}"
    return _of_version("approval", at, approval.version, title, approval.answer, approval.answered_by)


def _outcome(job: Job) -> str:
    why = job.cause.note if job.cause else ""
    return f"{job.state.value}{f': {why}' if why else ''}"


def champion_at(past: Material, moment: datetime) -> Deployment | None:
    """Return the interval that holds ``moment``, or None."""
    held = (one for one in past.deployments if one.since <= moment and (one.until is None or moment < one.until))
    return next(held, None)
