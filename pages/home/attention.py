"""What of all projects needs a person, and how each stands: gathered from the loaders, in the order of urgency."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from core.records.alert import AlertState
from core.records.approval import Approval
from core.records.job import JobState
from core.records.metric import METRICS
from core.records.model import Alias
from core.records.monitor import ReportKind, ReportOutline
from core.records.project import Project
from core.records.rule import Evaluation
from core.records.schedule import Schedule
from pages.shared import alert_loaders, decision_loaders, loaders, retraining_loaders, state
from pages.shared.context import now
from pages.shared.words import clipped, count, metric_title, signed

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


@dataclass(frozen=True)
class Standing:
    """How a project stands; ``change`` is challenger minus champion in the project's metric, and ``is_fair`` tells
    whether both were measured on the same rows."""

    champion: int | None
    metric: float | None
    challenger: int | None
    challenged_at: datetime | None
    change: float | None
    is_fair: bool
    higher_is_better: bool
    report: ReportOutline | None
    schedule: Schedule | None
    data: str
    rows: str


def standing(project: Project) -> Standing:
    """Return how ``project`` stands."""
    name = project.name
    champion = loaders.champion(name)
    challenger = next((v for v in loaders.versions(name) if Alias.CHALLENGER in v.aliases), None)
    row, is_fair = None, False
    looked_at = challenger or champion
    if looked_at is not None:
        found = loaders.comparison(name, looked_at.version)
        row, is_fair = next((row for row in found.rows if row[0] == project.metric), None), found.same_holdout
    upcoming = [s for s in loaders.schedules(name) if s.enabled and s.next_at]
    newest = loaders.datasets(name)[:1]
    known = METRICS.get(project.metric)
    return Standing(
        champion=champion.version if champion else None,
        metric=row[1] if row else None,
        challenger=challenger.version if challenger else None,
        challenged_at=challenger.created_at if challenger else None,
        change=row[3] if row and challenger else None,
        is_fair=is_fair,
        higher_is_better=known.higher_is_better if known else True,
        report=_newest(name, ReportKind.DRIFT),
        schedule=min(upcoming, key=lambda s: s.next_at or now(), default=None),
        data=str(newest[0].ref) if newest else "none yet",
        rows=count(newest[0].rows, "row") if newest else "",
    )


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


def _newest(project: str, kind: ReportKind) -> ReportOutline | None:
    """Return the newest report of a kind, None where there is none."""
    return next((one for one in loaders.reports(project) if one.kind is kind), None)


def _of_project(project: Project) -> list[Item]:
    stands = standing(project)
    found: list[Item] = []
    looked_at = [_newest(project.name, kind) for kind in FOUND]
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
    told = sentence if report.kind is ReportKind.DRIFT else report.summary
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
