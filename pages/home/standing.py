"""How each project stands: its champion, who challenges it, its newest check, its next firing."""

from dataclasses import dataclass
from datetime import datetime

from core.records.metric import METRICS
from core.records.model import Alias
from core.records.monitor import ReportKind, ReportOutline
from core.records.project import Project
from core.records.schedule import Schedule
from pages.shared import loaders
from pages.shared.context import now
from pages.shared.words import count


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
    latest = loaders.datasets(name)[:1]
    known = METRICS.get(project.metric)
    return Standing(
        champion=champion.version if champion else None,
        metric=row[1] if row else None,
        challenger=challenger.version if challenger else None,
        challenged_at=challenger.created_at if challenger else None,
        change=row[3] if row and challenger else None,
        is_fair=is_fair,
        higher_is_better=known.higher_is_better if known else True,
        report=newest(name, ReportKind.DRIFT),
        schedule=min(upcoming, key=lambda s: s.next_at or now(), default=None),
        data=str(latest[0].ref) if latest else "none yet",
        rows=count(latest[0].rows, "row") if latest else "",
    )


def newest(project: str, kind: ReportKind) -> ReportOutline | None:
    """Return the newest report of a kind, None where there is none."""
    return next((one for one in loaders.reports(project) if one.kind is kind), None)
