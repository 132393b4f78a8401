"""The past in order, and how it stood at any moment of it."""

from collections.abc import Iterator
from datetime import datetime

from core.history.material import Material
from core.records.alert import AlertState
from core.records.approval import ApprovalState
from core.records.job import JobKind
from core.records.model import Deployment
from core.records.monitor import ReportKind
from core.records.past import Happening, Span, Then, Timeline

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
    parts = (_changes, _decisions, _alarms, _makings, _trials)
    found = [one for part in parts for one in part(past)]
    return Timeline(spans=tuple(spans), happenings=tuple(sorted(found, key=lambda one: one.at, reverse=True)))


def _changes(past: Material) -> Iterator[Happening]:
    served: set[int] = set()
    for one in reversed(past.deployments):
        is_back = one.version in served
        served.add(one.version)
        yield Happening(
            at=one.since,
            kind="rollback" if is_back else "promotion",
            title=f"Version {one.version} {'serves again' if is_back else 'was promoted'}",
            detail=one.reason + (" (against the verdict of the gates)" if one.overridden else ""),
            actor=one.actor,
            version=one.version,
            subject=f"version:{one.version}",
        )


def _decisions(past: Material) -> Iterator[Happening]:
    for verdict in past.verdicts:
        yield Happening(
            at=verdict.created_at,
            kind="verdict",
            title=f"Gates on version {verdict.version}: {verdict.outcome.value.upper()}",
            detail=verdict.summary,
            actor=verdict.actor,
            version=verdict.version,
            subject=f"version:{verdict.version}",
        )
    for one in past.approvals:
        if one.answered_at is not None:
            yield Happening(
                at=one.answered_at,
                kind="approval",
                title=f"Version {one.version} was {one.state.value}",
                detail=one.answer,
                actor=one.answered_by,
                version=one.version,
                subject=f"version:{one.version}",
            )


def _alarms(past: Material) -> Iterator[Happening]:
    for alert in past.alerts:
        yield Happening(
            at=alert.opened_at, kind="alert", title=alert.title, detail=alert.summary, subject=f"alert:{alert.id}"
        )
    for report in past.reports:
        if report.drifted:
            yield Happening(
                at=report.created_at,
                kind="drift",
                title=FOUND[report.kind],
                detail=report.summary,
                subject=f"report:{report.id}",
            )


def _makings(past: Material) -> Iterator[Happening]:
    for job in past.jobs:
        if job.kind is JobKind.RETRAIN:
            why = job.cause.note if job.cause else ""
            yield Happening(
                at=job.created_at,
                kind="retraining",
                title=job.title,
                detail=f"{job.state.value}{f': {why}' if why else ''}",
                actor=job.created_by,
                subject=f"job:{job.id}",
            )


def _trials(past: Material) -> Iterator[Happening]:
    for one in past.traffic:
        yield Happening(
            at=one.since,
            kind="traffic",
            title=f"{one.mode.value.capitalize()} of version {one.version}",
            detail=one.reason,
            actor=one.actor,
            version=one.version,
            subject=f"version:{one.version}",
        )


def at(past: Material, moment: datetime, features: tuple[str, ...] = ()) -> Then:
    """Return how the project stood at ``moment``; ``features`` are the columns its champion of then reads."""
    champion = champion_at(past, moment)
    verdicts = [one for one in past.verdicts if champion and one.id == champion.verdict]
    if champion and not verdicts:
        mine = (one for one in past.verdicts if one.version == champion.version and one.created_at <= champion.since)
        verdicts = list(mine)[:1]
    approved = [
        one.answered_by
        for one in past.approvals
        if champion and one.version == champion.version and one.state is ApprovalState.APPROVED
        and one.answered_at is not None and one.answered_at <= moment
    ]  # fmt: skip
    report = next((one for one in past.reports if one.kind is ReportKind.DRIFT and one.created_at <= moment), None)
    return Then(
        at=moment,
        champion=champion,
        run=past.runs.get(champion.run_id) if champion else None,
        features=features,
        gates=next((one for one in past.policies if one.created_at <= moment), None),
        verdict=verdicts[0] if verdicts else None,
        approver=approved[0] if approved else "",
        drift=report.summary if report else "",
        report=report.id if report else "",
        alerts=tuple(one.title for one in past.alerts if _was_open(one.opened_at, one.seen_at, one.state, moment)),
        traffic=next(
            (one for one in past.traffic if one.since <= moment and (one.until is None or moment < one.until)), None
        ),
    )


def champion_at(past: Material, moment: datetime) -> Deployment | None:
    """Return the interval that holds ``moment``, or None."""
    held = (one for one in past.deployments if one.since <= moment and (one.until is None or moment < one.until))
    return next(held, None)


def _was_open(opened: datetime, seen: datetime, state: AlertState, moment: datetime) -> bool:
    """Tell whether an alert was open: from its opening to the last time it was seen, or still."""
    is_still = state.value != "resolved"
    return opened <= moment and (is_still or moment <= seen)
