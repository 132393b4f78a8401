"""Drift checks: the job that does one, and the reports they leave."""

from datetime import datetime
from typing import TYPE_CHECKING

from core import audit
from core.access.permissions import require
from core.clock import Clock
from core.datasets.service import DatasetService
from core.errors import ReportNotFound
from core.jobs.context import JobContext
from core.jobs.queue import JobQueue
from core.monitoring import request as requests
from core.monitoring.methods import MIN_ROWS
from core.monitoring.request import Request
from core.ports.blobs import BlobStore
from core.ports.prediction_log import PredictionLog
from core.ports.tracking import Tracking
from core.ports.unit_of_work import Store
from core.records.access import Actor, Permission
from core.records.base import JsonObject
from core.records.job import Cause, Job, JobKind
from core.records.monitor import MonitorReport, ReportKind

if TYPE_CHECKING:
    from core.monitoring.material import Gatherer


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
        min_rows: int = MIN_ROWS,
        key: str | None = None,
        cause: Cause | None = None,
    ) -> Job:
        """Queue a drift check of ``current`` against ``reference``.

        ``reference`` None is the champion's training data, ``current`` None the predictions logged in
        ``since <= at < until``; a dataset version is written ``name@n``, or ``name`` for its newest. A column with
        fewer than ``min_rows`` values on a side gets no verdict.

        Raises:
            NothingToCompare: there is no reference, nothing was logged in the window, or the window makes no sense.
            DatasetNotFound: there is no such dataset version.
            ProjectNotFound: there is no such project.
        """
        require(actor, Permission.MONITOR)
        asked = requests.checked(Request(reference, current, since, until, min_rows))
        with self._store.read() as work:
            work.projects.get(project)
        gatherer = self._gatherer()
        against = gatherer.reference(project, asked, gatherer.champion(project)).ref
        what = f"of {self._datasets.resolve(project, current).ref}" if current else "of the logged predictions"
        if not current:
            gatherer.require_predictions(project, asked)
        return self._queue.submit(
            actor,
            kind=JobKind.MONITOR,
            project=project,
            title=f"Check drift {what} against {against}",
            payload=asked.to_payload(),
            key=key,
            cause=cause,
        )

    def execute(self, project: str, payload: JsonObject, context: JobContext) -> MonitorReport:
        """Do the check; the body of its job. The report carries the job's id, so a second attempt adds no second one.

        Raises:
            NothingToCompare: there is no reference, no current data, or no column the two have in common.
            DatasetNotFound: a named dataset version does not exist.
        """
        earlier = self._earlier(context.job.id)
        if earlier is not None:
            return earlier
        report = self._compare(project, requests.from_payload(payload, context.job.created_at), context)
        now = self._clock.now()
        details = {"reference": report.reference, "current": report.current, "drifted": report.drifted}
        with self._store.write() as work:
            context.fence(work)
            work.reports.add(report)
            audit.record(work, now, context.job.created_by, "monitor.drift", project, report.id, details)
            work.commit()
        return report

    def reports(self, project: str, limit: int = 50) -> list[MonitorReport]:
        """Return the reports of a project, newest first."""
        with self._store.read() as work:
            return work.reports.find(project, limit)

    def report(self, id: str) -> MonitorReport:
        """Return one report.

        Raises:
            ReportNotFound: there is none with that id.
        """
        with self._store.read() as work:
            return work.reports.get(id)

    def _compare(self, name: str, request: Request, context: JobContext) -> MonitorReport:
        from core.monitoring import drift, verdict

        context.progress("read", 0.05, "reading both sides")
        with self._store.read() as work:
            project = work.projects.get(name)
        material = self._gatherer().gather(project, request)
        pairs = material.pairs

        def tell(position: int) -> None:
            context.check()
            context.progress("test", 0.3 + 0.65 * position / len(pairs), pairs[position].name)

        columns = drift.check(pairs, tell, request.min_rows)
        judged = verdict.judge(columns, request.min_rows)
        return MonitorReport(
            id=context.job.id,
            project=name,
            kind=ReportKind.DRIFT,
            reference=material.reference.label,
            current=material.current.label,
            rows_reference=len(material.reference.frame),
            rows_current=len(material.current.frame),
            drifted=judged.drifted,
            drifted_columns=judged.drifted_columns,
            tested_columns=judged.tested_columns,
            summary=judged.summary,
            columns=columns,
            job_id=context.job.id,
            created_at=self._clock.now(),
        )

    def _earlier(self, id: str) -> MonitorReport | None:
        try:
            return self.report(id)
        except ReportNotFound:
            return None

    def _gatherer(self) -> "Gatherer":
        from core.monitoring.material import Gatherer

        return Gatherer(self._store, self._blobs, self._datasets, self._log, self._tracking)
