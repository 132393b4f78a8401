"""What is said of an alert: its title, its sentence, and the facts a message carries."""

from datetime import datetime
from urllib.parse import urlencode

from core.records.alert import Alert, AlertRule, ConditionKind, Watched
from core.records.base import JsonObject
from core.records.channel import Occasion

NAMES = {
    Watched.DRIFT: "drift",
    Watched.DRIFT_SHARE: "share of drifted columns",
    Watched.COLUMN: "drift statistic",
    Watched.FIGURE: "figure",
    Watched.PERFORMANCE: "performance",
    Watched.ESTIMATE: "estimated performance",
    Watched.COVERAGE: "label coverage",
    Watched.LATENCY: "latency in ms",
    Watched.ERRORS: "share of failed requests",
    Watched.REQUESTS: "requests",
    Watched.FAILED_JOBS: "failed jobs",
    Watched.FAILED_LOADS: "champions that could not be loaded",
}


def title(rule: AlertRule, series: str) -> str:
    """Return what an alert is called."""
    return f"{rule.name}: {series}" if series else rule.name


def summary(rule: AlertRule, series: str, why: str) -> str:
    """Return why an alert is there, in one sentence."""
    of = f" of {series or rule.subject}" if series or rule.subject not in ("", "*") else ""
    what = f"{NAMES[rule.watched]}{of}"
    return f"{what}: {why}" if rule.condition.kind is ConditionKind.ABSENCE else f"{what} is {why}"


def of(alert: Alert, occasion: Occasion, note: str, now: datetime, screens: str) -> JsonObject:
    """Return the facts of a message; ``screens`` is the address of the interface."""
    query = urlencode({"project": alert.project, "alert": alert.id})
    return {
        "event": f"alert.{occasion.value}",
        "alert": alert.id,
        "opening": alert.openings,
        "project": alert.project,
        "title": alert.title,
        "summary": alert.summary,
        "note": note,
        "severity": alert.severity.value,
        "owner": alert.owner,
        "value": alert.value,
        "report": alert.evidence,
        "opened_at": alert.opened_at.isoformat(),
        "at": now.isoformat(),
        "link": f"{screens}/alerts?{query}",
    }
