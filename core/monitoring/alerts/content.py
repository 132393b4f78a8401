"""What is said of an alert: its title, its sentence, and the facts a message carries."""

from datetime import datetime
from urllib.parse import urlencode

from core.records.alert import Alert, AlertRule, AlertRuleDraft, ConditionKind, Watched
from core.records.base import JsonObject
from core.records.channel import Occasion
from core.records.metric import METRICS

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
    Watched.CORES: "busy cores of the scoring API",
    Watched.MEMORY: "memory of the scoring API in MB",
    Watched.FAILED_JOBS: "failed jobs",
    Watched.FAILED_LOADS: "champions that could not be loaded",
}


def condition_words(rule: AlertRuleDraft) -> str:
    """Return when a rule fires, in words."""
    condition = rule.condition
    side = condition.direction.value
    if condition.kind is ConditionKind.ABSENCE:
        return f"nothing new for {condition.limit:g} hours"
    told = {
        ConditionKind.THRESHOLD: f"{side} {condition.limit:g}",
        ConditionKind.CHANGE: f"{condition.limit:.0%} {side} the mean of the {condition.earlier} values before",
        ConditionKind.ZSCORE: f"{condition.limit:g} standard deviations {side} the {condition.earlier} values before",
    }[condition.kind]
    often = f", {condition.times} of the last {condition.of} times" if condition.of > 1 else ""
    least = f", on at least {condition.least:,} rows" if condition.least else ""
    return f"{told}{often}{least}"


def title(rule: AlertRule, series: str) -> str:
    """Return what an alert is called."""
    return f"{rule.name}: {series}" if series else rule.name


def summary(rule: AlertRule, series: str, why: str) -> str:
    """Return why an alert is there, in one sentence."""
    told = what(rule, series)
    return f"{told}: {why}" if rule.condition.kind is ConditionKind.ABSENCE else f"{told} is {why}"


def what(rule: AlertRuleDraft, series: str = "") -> str:
    """Return what a rule looks at, in words."""
    subject = series or ("" if rule.subject == "*" else rule.subject)
    if rule.watched in (Watched.PERFORMANCE, Watched.ESTIMATE) and subject in METRICS:
        return f"{'estimated ' if rule.watched is Watched.ESTIMATE else ''}{METRICS[subject].title}"
    if rule.watched is Watched.LATENCY:
        return f"{NAMES[rule.watched]} ({subject or 'p95'})"
    return f"{NAMES[rule.watched]} of {subject}" if subject else NAMES[rule.watched]


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
