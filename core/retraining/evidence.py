"""Evidence: what the stores hold now that a rule's conditions can be judged by, read in one transaction."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from core.ports.unit_of_work import UnitOfWork
from core.records.alert import UNRESOLVED, Alert
from core.records.contract import ContractResult
from core.records.dataset import DatasetVersion
from core.records.job import Job, JobKind, JobState
from core.records.model import Alias
from core.records.monitor import ReportKind, ReportOutline
from core.records.rule import RetrainingRule, Sign, Signal

AT_WORK = (JobState.QUEUED, JobState.RUNNING)
OF_REPORTS = {Sign.DRIFT, Sign.CONCEPT, Sign.PERFORMANCE, Sign.ESTIMATED, Sign.QUALITY}
NEWEST_REPORTS, NEWEST_SIGNALS, NEWEST_ALERTS, NEWEST_JOBS = 50, 200, 100, 50


@dataclass(frozen=True)
class Evidence:
    """What one rule looks at.

    ``reports``, ``standings``, ``signals`` and unresolved ``alerts`` came since the rule's ``since``, newest first;
    ``versions`` are those of the datasets it names, newest first; ``labels`` counts predictions that got one since.
    ``retraining`` is the retraining of the project that is queued or running.
    """

    now: datetime
    champion: int | None
    retraining: Job | None
    reports: tuple[ReportOutline, ...] = ()
    versions: tuple[DatasetVersion, ...] = ()
    standings: tuple[ContractResult, ...] = ()
    labels: int = 0
    signals: tuple[Signal, ...] = ()
    alerts: tuple[Alert, ...] = ()


def gather(work: UnitOfWork, rule: RetrainingRule, now: datetime) -> Evidence:
    """Read what the conditions of ``rule`` ask for, and no more."""
    after = rule.since + timedelta(microseconds=1)
    signs = {condition.sign for condition in rule.conditions}
    champion = work.deployments.current(rule.project, Alias.CHAMPION)
    reports = work.reports.outlines(rule.project, since=after, limit=NEWEST_REPORTS) if signs & OF_REPORTS else []
    return Evidence(
        now=now,
        champion=champion.version if champion else None,
        retraining=retraining_at_work(work, rule.project),
        reports=tuple(reports),
        versions=tuple(_versions(work, rule)),
        standings=tuple(_standings(work, rule)) if Sign.QUALITY in signs else (),
        labels=work.labels.count(rule.project, after) if Sign.LABELS in signs else 0,
        signals=tuple(work.rules.signals(rule.project, after, NEWEST_SIGNALS)) if Sign.WEBHOOK in signs else (),
        alerts=tuple(_alerts(work, rule)) if Sign.ALERT in signs else (),
    )


def _versions(work: UnitOfWork, rule: RetrainingRule) -> list[DatasetVersion]:
    """Return the newest version of each dataset the rule names, and all of them once there is a new one."""
    named = {condition.of for condition in rule.conditions if condition.sign in (Sign.VERSION, Sign.ROWS)}
    newest = [version for version in (work.datasets.latest(rule.project, name) for name in named) if version]
    if all(version.created_at <= rule.since for version in newest):
        return newest
    return [version for version in work.datasets.find(rule.project) if version.dataset in named]


def _alerts(work: UnitOfWork, rule: RetrainingRule) -> list[Alert]:
    """Return the alerts that opened since and were not resolved."""
    found = work.alerts.find(rule.project, UNRESOLVED, NEWEST_ALERTS)
    return [alert for alert in found if alert.opened_at > rule.since]


def _standings(work: UnitOfWork, rule: RetrainingRule) -> list[ContractResult]:
    """Return how data checked since stand to their contracts, newest first."""
    found = [result for result in work.contracts.results(rule.project) if result.checked_at > rule.since]
    return sorted(found, key=lambda result: result.checked_at, reverse=True)


def newest_of(evidence: Evidence, kind: ReportKind) -> ReportOutline | None:
    """Return the newest report of a kind, or None."""
    return next((report for report in evidence.reports if report.kind is kind), None)


def retraining_at_work(work: UnitOfWork, project: str) -> Job | None:
    """Return the newest retraining of the project that is not over, or None; the steps that follow one are none."""
    return next((job for job in _retrainings(work, project) if not job.payload.get("do")), None)


def queued_twin(work: UnitOfWork, project: str, dataset: str | None) -> Job | None:
    """Return the retraining on the same data that has not started yet, so that another one would do nothing more."""
    for job in _retrainings(work, project):
        is_same = not job.payload.get("do") and not job.payload.get("report") and job.payload.get("dataset") == dataset
        if is_same and job.state is JobState.QUEUED:
            return job
    return None


def _retrainings(work: UnitOfWork, project: str) -> list[Job]:
    return work.jobs.find(project, states=AT_WORK, kinds=(JobKind.RETRAIN,), limit=NEWEST_JOBS)


def fingerprint(evidence: Evidence) -> str:
    """Return a text that changes whenever a rule could come to another decision."""
    job = evidence.retraining
    parts = (
        evidence.champion,
        (job.id, job.state.value) if job else None,
        [report.id for report in evidence.reports],
        sorted(str(version.ref) for version in evidence.versions),
        [(str(result.ref), result.contract, result.outcome.value) for result in evidence.standings],
        evidence.labels,
        [signal.id for signal in evidence.signals],
        [(alert.id, alert.openings) for alert in evidence.alerts],
    )
    return repr(parts)
