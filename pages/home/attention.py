"""What of all projects needs a person: gathered from the loaders, in the order of urgency."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from core.records.alert import AlertState
from core.records.approval import Approval
from core.records.job import JobState
from core.records.monitor import ReportKind, ReportOutline
from core.records.project import Project
from core.records.rule import Evaluation
from pages.home.standing import Standing, newest, standing
from pages.shared import alert_loaders, decision_loaders, loaders, retraining_loaders, state
from pages.shared.context import now
from pages.shared.words import clipped, metric_title, signed

RECENT = timedelta(days=2)
LONGEST = 90
MOST_ALERTS = 5


@dataclass(frozen=True)
class Item:
    """One thing to look at: its state, a sentence, and the screen that deals with it."""

    project: str
    status: str
    label: str
    sentence: str
    at: datetime
    screen: str
    action: str
    params: dict[str, str] = field(default_factory=dict)


FOUND = {ReportKind.DRIFT: "Drift", ReportKind.QUALITY: "Data found wrong", ReportKind.CONCEPT: "More errors"}
"""What a check of data that found something is called."""


def items() -> list[Item]:
    """Return what needs a person, most urgent first."""
    found: list[Item] = _damaged() + _failed_jobs()
    for project in loaders.projects():
        found += _alerts(project.name) + _of_project(project)
    return found


def suggested() -> list[tuple[str, Evaluation]]:
    """Return the retrainings that rules suggest, with their projects."""
    return [(p.name, one) for p in loaders.projects() for one in retraining_loaders.suggestions(p.name)]


def _damaged() -> list[Item]:
    """Return the stored bytes that were found damaged or missing, one item a use."""
    items = []
    for fault, uses in loaders.faults():
        state_of = "damaged" if fault.found else "missing"
        for use in uses or [None]:
            what = use.what if use else f"stored bytes {fault.sha256[:12]}"
            advice = f"{what}: {state_of}; run `pilothouse fsck --repair`"
            shown = use and use.kind in ("original", "table")
            screen, params = ("datasets", {state.DATASET: use.subject}) if use and shown else ("settings", {})
            project = use.project if use and use.project else ""
            items.append(Item(project, "damaged", "Damaged", advice, fault.at, screen, "Look", params))
    return items


def _failed_jobs() -> list[Item]:
    retried = {job.cause.id for job in loaders.jobs(None) if job.cause and job.cause.kind == "retry"}
    return [
        Item(
            project=job.project or "",
            status="failed",
            label="Failed",
            sentence=clipped(f"{job.title}: {job.error or 'no answer'}", LONGEST),
            at=job.finished_at,
            screen="jobs",
            action="Look",
            params={state.JOB: job.id},
        )
        for job in loaders.jobs(None, (JobState.FAILED,))[:5]
        if job.finished_at and now() - job.finished_at < RECENT and job.id not in retried
    ]


def _alerts(project: str) -> list[Item]:
    """Return the alerts that wait for somebody, the worst first."""
    waiting = sorted(alert_loaders.alerts(project, (AlertState.OPEN,)), key=lambda one: -one.severity.rank)
    return [
        Item(
            project=project,
            status=one.severity.value,
            label="Alert",
            sentence=clipped(f"{one.title}: {one.summary}", LONGEST),
            at=one.opened_at,
            screen="alerts",
            action="Look",
            params={state.ALERT: one.id},
        )
        for one in waiting[:MOST_ALERTS]
    ]


def _of_project(project: Project) -> list[Item]:
    stands = standing(project)
    found: list[Item] = []
    looked_at = [newest(project.name, kind) for kind in FOUND]
    found += [_found(project, report) for report in looked_at if report and report.drifted]
    if stands.challenger and stands.challenged_at:
        found.append(_challenger(project, stands, stands.challenged_at))
    found += [_approval(project, request) for request in decision_loaders.waiting(project.name)]
    move = decision_loaders.alias_move(project.name)
    if move is not None:
        params = {state.VERSION: str(move.held)} if move.held else {}
        told = "another program moved MLflow's champion alias: adopt or restore it"
        found.append(Item(project.name, "warning", "Alias moved", told, now(), "models", "Decide", params))
    if not loaders.datasets(project.name):
        found.append(
            Item(project.name, "queued", "No data", "has no data yet", project.created_at, "datasets", "Upload data")
        )
    return found


def _found(project: Project, report: ReportOutline) -> Item:
    sentence = f"{report.drifted_columns} of {report.tested_columns} columns drifted in {report.current}"
    told = sentence if report.kind is ReportKind.DRIFT else clipped(report.summary, LONGEST)
    params = {state.REPORT: report.id}
    return Item(project.name, "drifted", FOUND[report.kind], told, report.created_at, "drift", "Look", params)


def _approval(project: Project, request: Approval) -> Item:
    params = {state.VERSION: str(request.version)}
    sentence = f"{request.requested_by} asks that version {request.version} may be promoted"
    return Item(project.name, "waiting", "Approval", sentence, request.requested_at, "models", "Answer", params)


def _challenger(project: Project, stands: Standing, since: datetime) -> Item:
    params = {state.VERSION: str(stands.challenger)}
    if stands.champion is None:
        sentence = f"version {stands.challenger} waits to become the first champion"
    elif stands.change is None:
        sentence = f"version {stands.challenger} waits beside champion {stands.champion}"
    else:
        change = f"{metric_title(project.metric)} {signed(stands.change)}"
        rows = "" if stands.is_fair else ", each on rows of its own"
        sentence = f"version {stands.challenger} waits, {change} against champion {stands.champion}{rows}"
    return Item(project.name, "challenger", "Challenger", sentence, since, "models", "Compare", params)
