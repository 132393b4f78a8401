"""What a rule watches, as samples: the values of one report, or of one moment, oldest first."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from core.ports.unit_of_work import UnitOfWork
from core.records.alert import AlertRuleDraft, Watched
from core.records.job import Job, JobKind, JobState
from core.records.monitor import Cell, ColumnVerdict, ReportKind, ReportOutline

EACH = "*"
"""The subject that stands for every column."""

MOST = 1_000
"""Reports or jobs that are looked at, at most."""


@dataclass(frozen=True)
class Reading:
    """One value, with the rows it was made of; None where there is none to judge."""

    value: float | None
    rows: int = 0


@dataclass(frozen=True)
class Sample:
    """The readings of one report or moment, by what they are of; ``key`` tells the sample from all others, ``at`` is
    where it stands in time, ``stored_at`` when it came."""

    key: str
    at: datetime
    stored_at: datetime
    readings: Mapping[str, Reading]
    evidence: str | None = None


def read(work: UnitOfWork, project: str, rule: AlertRuleDraft, now: datetime, limit: int) -> list[Sample]:
    """Return the newest ``limit`` samples of what ``rule`` watches, oldest first."""
    return _READERS[rule.watched](work, project, rule, now, limit)[-limit:]


def _reports(work: UnitOfWork, project: str, rule: AlertRuleDraft, _now: datetime, limit: int) -> list[Sample]:
    kind = kind_of(rule)
    return [
        Sample(f"report:{one.id}", one.until or one.created_at, one.created_at, dict(_figures(one, rule)), one.id)
        for one in reversed(work.reports.outlines(project, kind=kind, limit=min(limit, MOST)))
    ]


def kind_of(rule: AlertRuleDraft) -> ReportKind | None:
    """Return the kind of report a rule looks at, None for a figure of a kind that there is not."""
    if rule.watched is not Watched.FIGURE:
        return ReportKind.DRIFT
    kind = rule.subject.partition(":")[0]
    return ReportKind(kind) if kind in [*ReportKind] else None


def _figures(report: ReportOutline, rule: AlertRuleDraft) -> Iterator[tuple[str, Reading]]:
    rows = report.rows_current
    if rule.watched is Watched.DRIFT:
        yield "", Reading(float(report.fires or report.drifted) if report.tested_columns else None, rows)
    elif rule.watched is Watched.DRIFT_SHARE:
        share = report.drifted_columns / report.tested_columns if report.tested_columns else None
        yield "", Reading(share, rows)
    elif rule.watched is Watched.FIGURE:
        yield "", Reading(report.figures.get(rule.subject.partition(":")[2]), rows)
    else:
        for cell in report.cells:
            if rule.subject in (EACH, cell.name):
                yield cell.name, Reading(_statistic(cell), cell.rows_current)


def _statistic(cell: Cell) -> float | None:
    is_judged = cell.verdict in (ColumnVerdict.DRIFTED, ColumnVerdict.STABLE)
    return cell.statistic if is_judged else None


def _failed_jobs(work: UnitOfWork, project: str, rule: AlertRuleDraft, now: datetime, _limit: int) -> list[Sample]:
    kinds = (JobKind(rule.subject),) if rule.subject else ()
    jobs = work.jobs.find(project, (JobState.FAILED,), kinds, MOST)
    return counted([(job.id, _end(job)) for job in reversed(jobs)], timedelta(seconds=rule.window_s), now)


def _end(job: Job) -> datetime:
    return job.finished_at or job.created_at


def counted(events: Sequence[tuple[str, datetime]], window: timedelta, now: datetime) -> list[Sample]:
    """Return how many events lay in the time ``window`` before each of them, and before now where that differs."""
    events = sorted(events, key=lambda event: event[1])
    samples, first = [], 0
    for position, (name, at) in enumerate(events):
        while events[first][1] <= at - window:
            first += 1
        samples.append(Sample(f"event:{name}", at, at, {"": Reading(float(position - first + 1))}))
    left = sum(at > now - window for _, at in events)
    if not samples or samples[-1].readings[""].value != left:
        newest = events[-1][0] if events else "none"
        samples.append(Sample(f"left:{newest}:{left}", now, now, {"": Reading(float(left))}))
    return samples


_Reader = Callable[[UnitOfWork, str, AlertRuleDraft, datetime, int], list[Sample]]

_READERS: Mapping[Watched, _Reader] = {
    Watched.DRIFT: _reports,
    Watched.DRIFT_SHARE: _reports,
    Watched.COLUMN: _reports,
    Watched.FIGURE: _reports,
    Watched.FAILED_JOBS: _failed_jobs,
}
KNOWN = tuple(_READERS)
"""What can be watched."""
