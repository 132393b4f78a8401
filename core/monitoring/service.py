"""Drift checks: the job that does one, and the reports they leave."""

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from core import audit
from core.access.permissions import require
from core.clock import Clock
from core.datasets.service import DatasetService
from core.errors import NothingToCompare
from core.jobs.context import JobContext
from core.jobs.queue import JobQueue
from core.monitoring import methods
from core.monitoring import request as requests
from core.monitoring.request import REFERENCE, Request
from core.ports.blobs import BlobStore
from core.ports.prediction_log import PredictionLog
from core.ports.tracking import Tracking
from core.ports.unit_of_work import Store
from core.records.access import Actor, Permission
from core.records.base import JsonObject
from core.records.contract import Contract
from core.records.dataset import DatasetVersion
from core.records.drift_rule import RuleDraft
from core.records.job import Cause, Job, JobKind
from core.records.monitor import MonitorReport, ReportKind, ReportOutline

if TYPE_CHECKING:
    import pandas as pd

    from core.monitoring.frame import Tell
    from core.monitoring.material import Gatherer, Material


class MonitorService:
    """Compares data with the champion's training data, and keeps the results."""

    def __init__(
        self,
        store: Store,
        blobs: BlobStore,
        datasets: DatasetService,
        log: PredictionLog,
        queue: JobQueue,
        tracking: Tracking,
        clock: Clock,
    ) -> None:
        """Work on the given stores; nothing is opened before its first use."""
        self._store = store
        self._blobs = blobs
        self._datasets = datasets
        self._log = log
        self._queue = queue
        self._tracking = tracking
        self._clock = clock

    def submit(
        self,
        actor: Actor,
        project: str,
        *,
        reference: str | None = None,
        current: str | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
        min_rows: int | None = None,
        last_rows: int | None = None,
        every: str | None = None,
        slide: str | None = None,
        versus: str = REFERENCE,
        engine: str = "auto",
        kinds: tuple[str, ...] = (ReportKind.DRIFT.value,),
        key: str | None = None,
        cause: Cause | None = None,
    ) -> Job:
        """Queue checks of ``current`` against ``reference``: ``kinds`` among drift, quality and concept.

        ``reference`` None is the champion's training data, ``current`` None the predictions logged in
        ``since <= at < until``; a dataset version is written ``name@n``, or ``name`` for its newest. The other
        arguments are those of :class:`Request`; a column with fewer than ``min_rows`` values on a side (by default what
        the project's rule says) gets no verdict.

        Raises:
            NothingToCompare: there is no reference, nothing was logged in the window, or the window makes no sense.
            DatasetNotFound: there is no such dataset version.
            ProjectNotFound: there is no such project.
        """
        require(actor, Permission.MONITOR)
        asked = requests.checked(
            Request(reference, current, since, until, min_rows, last_rows, every, slide, versus, engine, kinds)
        )
        with self._store.read() as work:
            found = work.projects.get(project)
        gatherer = self._gatherer()
        against = gatherer.reference(project, asked, gatherer.champion(project)).ref
        what = f"of {self._datasets.resolve(project, current).ref}" if current else "of the logged predictions"
        if not current:
            gatherer.require_predictions(project, asked)
        gatherer.require_time(found, asked)
        return self._queue.submit(
            actor,
            kind=JobKind.MONITOR,
            project=project,
            title=f"Check {_named(asked.kinds)} {what}{f' every {every}' if every else ''} against {against}",
            payload=asked.to_payload(),
            key=key,
            cause=cause,
        )

    def execute(self, project: str, payload: JsonObject, context: JobContext) -> list[MonitorReport]:
        """Do the checks; the body of their job. Returns the report of each window in the order of time, check by check.

        The reports carry the job's id, so a second attempt adds no second ones, and all of them are stored or none.

        Raises:
            NothingToCompare: there is no reference, no current data, or no column the two have in common.
            DatasetNotFound: a named dataset version does not exist.
        """
        earlier = self._earlier(project, context.job.id)
        if earlier:
            return earlier
        found = self._compare(project, requests.from_payload(payload, context.job.created_at), context)
        now = self._clock.now()
        with self._store.write() as work:
            context.fence(work)
            for report in found:
                work.reports.add(report)
            for kind, series in by_kind(found).items():
                action, last = f"monitor.{kind.value}", series[-1]
                audit.record(work, now, context.job.created_by, action, project, last.id, _told(series))
            work.commit()
        return found

    def reports(self, project: str, limit: int = 50) -> list[MonitorReport]:
        """Return the reports of a project, newest first."""
        with self._store.read() as work:
            return work.reports.find(project, limit)

    def outlines(self, project: str, kind: ReportKind | None = None, limit: int = 1_000) -> list[ReportOutline]:
        """Return reports without the shapes of their columns, of one kind or all, the last stored first."""
        with self._store.read() as work:
            return work.reports.outlines(project, kind=kind, limit=limit)

    def windows(self, project: str, series: str, kind: ReportKind | None = ReportKind.DRIFT) -> list[ReportOutline]:
        """Return the windows of one job, of one kind or all, in the order of time."""
        with self._store.read() as work:
            return list(reversed(work.reports.outlines(project, kind=kind, series=series, limit=10_000)))

    def report(self, id: str) -> MonitorReport:
        """Return one report.

        Raises:
            ReportNotFound: there is none with that id.
        """
        with self._store.read() as work:
            return work.reports.get(id)

    def rows(self, report: MonitorReport, column: str) -> "pd.DataFrame":
        """Return the rows that contribute most to the drift of a column, as they are where they are kept; none where
        they are not known, or gone.

        Raises:
            BlobNotFound, BlobCorrupt: the stored table cannot be trusted.
        """
        from core.monitoring import window_rows

        return window_rows.telling(self._datasets, self._log, report, column)

    def evidently_page(self, report_id: str) -> str:
        """Return Evidently's own page of what a drift report compared, made safe to open.

        Raises:
            ReportNotFound: there is no such report.
            NothingToCompare: its sides are no dataset versions, or have too many rows.
            DatasetNotFound: a side is gone.
        """
        from core.monitoring import evidently_page, window_rows

        report = self.report(report_id)
        if not report.dataset or "@" not in report.reference or " " in report.reference:
            raise NothingToCompare(
                problem="Evidently's page is made of two dataset versions, and this report compared others"
            )
        with self._store.read() as work:
            project = work.projects.get(report.project)
        old, new = (self._datasets.resolve(report.project, one) for one in (report.reference, report.dataset))
        is_whole = report.rows_current == new.rows
        current = (
            self._datasets.frame(new) if is_whole else window_rows.of_dataset(self._datasets, project, new, report)
        )
        tested = [column for column in report.columns if column.name in current and old.column(column.name)]
        numbers = [column.name for column in tested if column.kind.is_numeric]
        categories = [column.name for column in tested if column.kind in methods.CATEGORIES]
        return evidently_page.page(self._datasets.frame(old), current, numbers, categories)

    def window_version(self, actor: Actor, report_id: str) -> DatasetVersion:
        """Return a dataset version with the rows of a report's window, to train on: the one it is of when the window
        is all of it, else a new version of ``<dataset>-window``. Of logged predictions those with a label are taken.

        Raises:
            ReportNotFound: there is no such report.
            DatasetNotFound: the dataset version is gone.
            NothingToCompare: the window has no rows that can be told, or too few with a label.
        """
        from core.monitoring import window_rows

        report = self.report(report_id)
        with self._store.read() as work:
            project = work.projects.get(report.project)
            labels = {} if report.dataset else work.labels.latest(report.project)
        if report.dataset:
            version = self._datasets.resolve(report.project, report.dataset)
            if report.rows_current == version.rows:
                return version
            frame, name = window_rows.of_dataset(self._datasets, project, version, report), f"{version.dataset}-window"
        else:
            frame, name = window_rows.of_predictions(self._log, project, labels, report), "predictions-window"
        note = f"The rows of {report.current}, of drift report {report.id}"
        content = window_rows.packed(frame)
        return self._datasets.add_version(
            actor, report.project, name[:63], content, "window.parquet", note=note
        ).version

    def _compare(self, name: str, request: Request, context: JobContext) -> list[MonitorReport]:
        from core.monitoring import checking, concept, quality
        from core.monitoring.frame import Frame

        context.progress("read", 0.05, "reading both sides")
        with self._store.read() as work:
            project = work.projects.get(name)
            kept = work.drift_rules.newest(name)
        material = self._gatherer().gather(project, request)
        rule: RuleDraft = kept or RuleDraft()
        if request.min_rows is not None:
            rule = rule.model_copy(update={"min_rows": request.min_rows})

        frame = Frame(context.job.id, project, rule, kept.number if kept else 0, self._clock.now())
        found: list[MonitorReport] = []
        for place, kind in enumerate(request.kinds):
            tell = _telling(context, place / len(request.kinds), 1 / len(request.kinds))
            if kind == ReportKind.DRIFT:
                drift = checking.reports(frame, request, material, tell)
                found += checking.with_fires(drift, self._verdicts_before(drift[0], rule), rule)
            elif kind == ReportKind.QUALITY:
                found += quality.reports(frame, material, self._contract(name, material), tell)
            else:
                found += concept.reports(frame, material, tell)
        return found

    def _contract(self, project: str, material: "Material") -> Contract | None:
        """Return the contract in force of what the current side is, or of what the champion learned from."""
        champion = material.champion
        asked = material.version.ref if material.version else champion.manifest.dataset if champion else None
        if asked is None:
            return None
        with self._store.read() as work:
            return work.contracts.newest(project, asked.name)

    def _verdicts_before(self, report: MonitorReport, rule: RuleDraft) -> list[bool]:
        """Return the verdicts on the windows before a report, of checks against the same reference, oldest first."""
        if rule.windows == 1:
            return []
        with self._store.read() as work:
            known = work.reports.outlines(report.project, kind=ReportKind.DRIFT, limit=10 * rule.windows)
        before = [one for one in known if one.reference == report.reference and one.moment < report.moment]
        return [one.drifted for one in sorted(before, key=lambda one: one.moment)][-rule.windows + 1 :]

    def _earlier(self, project: str, job_id: str) -> list[MonitorReport]:
        """Return what an earlier attempt of a job stored, in the order of time."""
        with self._store.read() as work:
            found = work.reports.outlines(project, series=job_id, limit=10_000)
            return [work.reports.get(one.id) for one in reversed(found)]

    def _gatherer(self) -> "Gatherer":
        from core.monitoring.material import Gatherer

        return Gatherer(self._store, self._blobs, self._datasets, self._log, self._tracking)


def by_kind(found: Sequence[MonitorReport]) -> dict[ReportKind, list[MonitorReport]]:
    """Return reports by what they are about."""
    kinds: dict[ReportKind, list[MonitorReport]] = {}
    for report in found:
        kinds.setdefault(report.kind, []).append(report)
    return kinds


WRONG = {ReportKind.DRIFT: "drifted", ReportKind.QUALITY: "failed", ReportKind.CONCEPT: "with more errors"}


def in_words(series: Sequence[MonitorReport]) -> str:
    """Return what the windows of one check say, in a sentence or two."""
    if len(series) == 1:
        return series[0].summary
    wrong = sum(report.drifted for report in series)
    return f"{wrong} of {len(series)} windows {WRONG[series[0].kind]}."


def _named(kinds: Sequence[str]) -> str:
    return kinds[0] if len(kinds) == 1 else f"{', '.join(kinds[:-1])} and {kinds[-1]}"


STAGES = {"test": (0.0, 0.8), "explain": (0.8, 1.0)}
"""Where the stages of a check begin and end; others are all of it."""


def _telling(context: JobContext, start: float, length: float) -> "Tell":
    """Return what hears of the stages of a check that is ``length`` of the job, and stops it when asked to."""

    def tell(stage: str, fraction: float, message: str) -> None:
        context.check()
        low, high = STAGES.get(stage, (0.0, 1.0))
        context.progress(stage, 0.1 + 0.85 * (start + length * (low + (high - low) * fraction)), message)

    return tell


def _told(found: list[MonitorReport]) -> JsonObject:
    """Return what the audit trail keeps of a check."""
    last = found[-1]
    windows = len(found)
    drifted = sum(report.drifted for report in found)
    return {"reference": last.reference, "current": last.current, "drifted": bool(drifted), "windows": windows}
