"""Can a rule ever fire, and is all there that it names?"""

from core.alert_errors import InvalidAlertRule
from core.monitoring.alerts.content import NAMES
from core.monitoring.alerts.samples import KNOWN, kind_of
from core.ports.unit_of_work import UnitOfWork
from core.records.alert import AlertRuleDraft, ConditionKind, Watched
from core.records.job import JobKind
from core.records.monitor import ReportKind

QUANTILES = ("p50", "p95", "p99")
NAMED = (Watched.COLUMN, Watched.FIGURE, Watched.PERFORMANCE, Watched.ESTIMATE)
"""What needs a subject."""


def checked(work: UnitOfWork, project: str, rule: AlertRuleDraft) -> None:
    """Refuse a rule that cannot be meant.

    Raises:
        ProjectNotFound: there is no such project.
        InvalidAlertRule: it can never fire, or names something that is not there.
    """
    work.projects.get(project)
    problem = _of_subject(rule) or _of_condition(rule) or _of_channels(work, project, rule)
    if problem:
        raise InvalidAlertRule(problem=problem)


def _of_subject(rule: AlertRuleDraft) -> str:
    if rule.watched not in KNOWN:
        return f"{NAMES[rule.watched]} cannot be watched"
    if rule.watched in NAMED and not rule.subject:
        return f"{NAMES[rule.watched]} needs a subject: which column, figure or metric"
    if rule.watched is Watched.FIGURE and kind_of(rule) is None:
        return f"a figure is named as kind:name, with the kinds {', '.join(ReportKind)}"
    if rule.watched is Watched.LATENCY and rule.subject not in ("", *QUANTILES):
        return f"of latency, {', '.join(QUANTILES)} are known, not {rule.subject!r}"
    if rule.watched is Watched.FAILED_JOBS and rule.subject not in ("", *JobKind):
        return f"there are no jobs of the kind {rule.subject!r}"
    return ""


def _of_condition(rule: AlertRuleDraft) -> str:
    condition = rule.condition
    if condition.times > condition.of:
        return f"{condition.times} of the last {condition.of} values cannot be bad"
    if condition.kind is not ConditionKind.THRESHOLD and condition.limit <= 0:
        return f"a limit of {condition.limit:g} fires always: give one above 0"
    return ""


def _of_channels(work: UnitOfWork, project: str, rule: AlertRuleDraft) -> str:
    known = {channel.id for channel in work.channels.find(project)}
    missing = [one for one in rule.channels if one not in known]
    return f"there is no channel {missing[0]} in the project" if missing else ""
