"""What a rule watches, as samples: the values of one report, or of one moment, oldest first."""

from bisect import bisect_left
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from core.monitoring.production.system import cores, latency_ms, memory_mb
from core.ports.unit_of_work import UnitOfWork
from core.records.alert import AlertRuleDraft, ConditionKind, Watched
from core.records.job import Job, JobKind, JobState
from core.records.monitor import Cell, ColumnVerdict, ReportKind, ReportOutline
from core.records.traffic import ServingTally
from core.serving.faults import LOAD_FAILED

EACH = "*"
"""The subject that stands for every column."""

MEASURED = (Watched.PERFORMANCE, Watched.ESTIMATE, Watched.COVERAGE)
"""Figures of served answers."""

FEWEST_REPORTS = 60
"""Reports that are looked through for the newest window."""

MOST_STEPS = 2_000
"""Moments at which figures of the scoring API are taken, at most."""

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
    """Return reports by the time of their windows; of a window that was looked at again, the last look counts.

    A report without a value to judge (nothing tested, figures still provisional) is no sample, so that its window is
    judged once there is one; for a rule about absence it is.
    """
    found = work.reports.outlines(project, kind=kind_of(rule), limit=min(max(2 * limit, FEWEST_REPORTS), MOST))
    samples: dict[str, Sample] = {}
    for one in found:
        window = _window(one)
        if window not in samples:
            samples[window] = Sample(
                window, one.until or one.created_at, one.created_at, dict(_figures(one, rule)), one.id
            )
    if rule.condition.kind is ConditionKind.ABSENCE:
        return sorted(samples.values(), key=lambda sample: sample.stored_at)
    told = [one for one in samples.values() if any(reading.value is not None for reading in one.readings.values())]
    told.reverse()
    told.sort(key=lambda sample: sample.at)
    return told


def _window(report: ReportOutline) -> str:
    """Return what tells a report's window from others: its time, or the report itself where it has none."""
    if report.since is None or report.until is None:
        return f"report:{report.id}"
    return f"window:{report.since.timestamp():.0f}-{report.until.timestamp():.0f}"


def kind_of(rule: AlertRuleDraft) -> ReportKind | None:
    """Return the kind of report a rule looks at, None for a figure of a kind that there is not."""
    if rule.watched in MEASURED:
        return ReportKind.PERFORMANCE
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
    elif rule.watched in MEASURED:
        yield "", _measured(report, rule)
    else:
        for cell in report.cells:
            if rule.subject in (EACH, cell.name):
                yield cell.name, Reading(_statistic(cell), cell.rows_current)


def _measured(report: ReportOutline, rule: AlertRuleDraft) -> Reading:
    """Return a figure of served answers; one that is still provisional says nothing yet."""
    if rule.watched is Watched.COVERAGE:
        return Reading(report.figures.get("coverage"), report.rows_current)
    if rule.watched is Watched.ESTIMATE:
        return Reading(report.figures.get(f"estimated.{rule.subject}"), report.rows_current)
    is_final = report.production is not None and not report.production.provisional
    return Reading(report.figures.get(rule.subject) if is_final else None, int(report.figures.get("labelled", 0)))


def _statistic(cell: Cell) -> float | None:
    is_judged = cell.verdict in (ColumnVerdict.DRIFTED, ColumnVerdict.STABLE)
    return cell.statistic if is_judged else None


def _failed_jobs(work: UnitOfWork, project: str, rule: AlertRuleDraft, now: datetime, _limit: int) -> list[Sample]:
    kinds = (JobKind(rule.subject),) if rule.subject else ()
    jobs = work.jobs.find(project, (JobState.FAILED,), kinds, MOST)
    return counted([(job.id, _end(job)) for job in reversed(jobs)], timedelta(seconds=rule.window_s), now)


def _end(job: Job) -> datetime:
    return job.finished_at or job.created_at


def _failed_loads(work: UnitOfWork, project: str, rule: AlertRuleDraft, now: datetime, _limit: int) -> list[Sample]:
    told = [event for event in work.events.find(project, MOST) if event.action == LOAD_FAILED]
    return counted([(str(event.number), event.at) for event in told], timedelta(seconds=rule.window_s), now)


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


def _traffic(work: UnitOfWork, project: str, rule: AlertRuleDraft, now: datetime, limit: int) -> list[Sample]:
    """Return figures of the scoring API over the ``window_s`` before moments a quarter of that apart, or a minute."""
    window = timedelta(seconds=rule.window_s)
    step = timedelta(minutes=max(rule.window_s // 240, 1))
    last = datetime.fromtimestamp(now.timestamp() // step.total_seconds() * step.total_seconds(), UTC)
    first = last - (min(limit, MOST_STEPS) - 1) * step
    tallies = work.tallies.find(project, first - window, last)
    minutes = [one.minute for one in tallies]
    samples = []
    for number in range(min(limit, MOST_STEPS)):
        at = first + number * step
        part = tallies[bisect_left(minutes, at - window) : bisect_left(minutes, at)]
        samples.append(Sample(f"until:{at.timestamp():.0f}", at, at, {"": of_traffic(rule, part)}))
    return samples


def of_traffic(rule: AlertRuleDraft, tallies: Sequence[ServingTally]) -> Reading:
    """Return latency, share of failed requests, number of requests, busy cores or memory of some minutes."""
    requests = sum(one.requests for one in tallies)
    if rule.watched is Watched.REQUESTS:
        return Reading(float(requests), requests)
    if not requests:
        return Reading(None)
    if rule.watched is Watched.CORES:
        return Reading(cores(tallies, timedelta(seconds=rule.window_s)), requests)
    if rule.watched is Watched.MEMORY:
        return Reading(memory_mb(tallies), requests)
    if rule.watched is Watched.ERRORS:
        return Reading(sum(one.failed for one in tallies) / requests, requests)
    return Reading(latency_ms(tallies, int((rule.subject or "p95")[1:]) / 100), requests)


_Reader = Callable[[UnitOfWork, str, AlertRuleDraft, datetime, int], list[Sample]]

_READERS: Mapping[Watched, _Reader] = {
    Watched.DRIFT: _reports,
    Watched.DRIFT_SHARE: _reports,
    Watched.COLUMN: _reports,
    Watched.FIGURE: _reports,
    Watched.PERFORMANCE: _reports,
    Watched.ESTIMATE: _reports,
    Watched.COVERAGE: _reports,
    Watched.LATENCY: _traffic,
    Watched.ERRORS: _traffic,
    Watched.REQUESTS: _traffic,
    Watched.CORES: _traffic,
    Watched.MEMORY: _traffic,
    Watched.FAILED_JOBS: _failed_jobs,
    Watched.FAILED_LOADS: _failed_loads,
}
KNOWN = tuple(_READERS)
"""What can be watched."""
