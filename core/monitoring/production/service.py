"""Checks of production performance: the job that does one, and the label inbox."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from core import audit
from core.access.permissions import require
from core.clock import Clock
from core.errors import BlobNotFound, DatasetNotFound, NothingToMeasure
from core.jobs.context import JobContext
from core.jobs.queue import JobQueue
from core.ports.blobs import BlobStore
from core.ports.prediction_log import PredictionLog
from core.ports.unit_of_work import Store
from core.records.access import Actor, Permission
from core.records.base import JsonObject
from core.records.dataset import DatasetVersion
from core.records.job import Cause, Job, JobKind
from core.records.model import Alias, ModelManifest
from core.records.monitor import MonitorReport, ReportKind, ReportOutline
from core.records.performance import LabelInbox, SystemPoint
from core.records.project import Project

if TYPE_CHECKING:
    from core.monitoring.production.answers import Answers
    from core.monitoring.production.measuring import Expectation, Judge
    from core.monitoring.production.windows import Window

CHECK = "performance"
"""What a monitor job's payload says under ``check``."""

UNITS = {"h": "hours", "d": "days", "w": "weeks"}


class PerformanceService:
    """Measures served answers, and keeps the results as reports."""

    def __init__(self, store: Store, blobs: BlobStore, log: PredictionLog, queue: JobQueue, clock: Clock) -> None:
        """Work on the given stores; nothing is read before its first use."""
        self._store = store
        self._blobs = blobs
        self._log = log
        self._queue = queue
        self._clock = clock

    def submit(
        self,
        actor: Actor,
        project: str,
        *,
        every: str = "day",
        since: datetime | None = None,
        until: datetime | None = None,
        key: str | None = None,
        cause: Cause | None = None,
    ) -> Job:
        """Queue a check of the answers in ``since <= at < until``, a window each hour, day, week, month, for all
        together, or for so many answers.

        Raises:
            Denied: the actor may not run checks.
            ProjectNotFound: there is no such project.
            NothingToMeasure: the windows make no sense.
        """
        from core.monitoring.production.windows import EVERY

        require(actor, Permission.MONITOR)
        if every not in EVERY and not (every.isdecimal() and int(every) > 0):
            raise NothingToMeasure(problem=f"a window is one of {', '.join(EVERY)}, or a number of answers.")
        if since and until and since >= until:
            raise NothingToMeasure(problem="the time ends before it begins.")
        with self._store.read() as work:
            work.projects.get(project)
        return self._queue.submit(
            actor,
            kind=JobKind.MONITOR,
            project=project,
            title=f"Measure the answers served, {'by ' + every if every != 'all' else 'all together'}",
            payload={"check": CHECK, "every": every, "since": _text(since), "until": _text(until)},
            key=key,
            cause=cause,
        )

    def execute(self, project: str, payload: JsonObject, context: JobContext) -> list[MonitorReport]:
        """Do the check; the body of its job. Reports carry the job's id, so a second attempt adds none twice.

        Raises:
            NothingToMeasure: nothing was answered in that time.
        """
        from core.monitoring.production import windows

        since, until = _moment(payload.get("since")), _moment(payload.get("until"))
        if payload.get("last"):
            last = str(payload["last"])
            since = context.job.created_at - timedelta(**{UNITS[last[-1]]: int(last[:-1])})
        context.progress("read", 0.05, "reading answers and labels")
        answers, judge, moments = self._material(project, since, until)
        cut = windows.cut(moments, str(payload.get("every", "day")), since, until)
        reports = []
        for number, window in enumerate(cut):
            context.check()
            context.progress("measure", 0.1 + 0.85 * number / len(cut), f"window {number + 1} of {len(cut)}")
            part = answers.between(window.first, window.last)
            reports.append(self._report(judge, part, window, context, number))
        now = self._clock.now()
        with self._store.write() as work:
            context.fence(work)
            for report in reports:
                work.reports.add(report)
            details = {"windows": len(reports), "summary": reports[-1].summary}
            audit.record(work, now, context.job.created_by, "monitor.performance", project, context.job.id, details)
            work.commit()
        return reports

    def windows(self, project: str, limit: int = 400) -> list[ReportOutline]:
        """Return what was measured last of each window, oldest window first."""
        with self._store.read() as work:
            found = work.reports.outlines(project, kind=ReportKind.PERFORMANCE, limit=limit)
        newest: dict[tuple[datetime | None, datetime | None], ReportOutline] = {}
        for one in found:
            newest.setdefault((one.since, one.until), one)
        return sorted(newest.values(), key=lambda one: one.moment)

    def system(self, project: str, since: datetime, until: datetime) -> list[SystemPoint]:
        """Return what the scoring API did in ``since <= at < until``, all cohorts together."""
        from core.monitoring.production import system

        with self._store.read() as work:
            return system.over_time(work.tallies.find(project, since, until), since, until)

    def inbox(self, project: str, since: datetime | None = None, until: datetime | None = None) -> LabelInbox:
        """Return what came true so far for the answers of a time.

        Raises:
            ProjectNotFound: there is no such project.
        """
        from core.monitoring.production import answers, inbox

        with self._store.read() as work:
            work.projects.get(project)
            labels = work.labels.latest(project)
        return inbox.of(answers.joined(self._log.frame(project, since, until), labels))

    def _material(
        self, name: str, since: datetime | None, until: datetime | None
    ) -> "tuple[Answers, Judge, list[datetime]]":
        from core.monitoring.production import answers as columns
        from core.monitoring.production.measuring import Judge

        with self._store.read() as work:
            project = work.projects.get(name)
            labels = work.labels.latest(name)
        joined = columns.joined(self._log.frame(name, since, until), labels)
        classes, positive, expectations = self._served(project)
        return joined, Judge(project, classes, positive, expectations), columns.moments(joined)

    def _served(self, project: Project) -> "tuple[tuple[str, ...], int | None, Mapping[int, Expectation]]":
        """Return the classes of the newest champion, and what each version that served had at its training."""
        from core.monitoring.production.expecting import expectation
        from core.training.manifests import read_manifest

        with self._store.read() as work:
            history = work.deployments.history(project.name, Alias.CHAMPION)
        classes: tuple[str, ...] = ()
        positive: int | None = None
        found: dict[int, Expectation] = {}
        for deployment in history:
            if deployment.version in found:
                continue
            try:
                manifest = read_manifest(self._blobs, deployment.bundle_sha256)
            except BlobNotFound:
                continue
            if not classes:
                classes, positive = tuple(str(value) for value in manifest.classes), manifest.positive_index
            found[deployment.version] = expectation(
                self._blobs, manifest, self._learned_from(manifest), project.cost_matrix
            )
        return classes, positive, found

    def _learned_from(self, manifest: ModelManifest) -> DatasetVersion | None:
        """Return the data a version was trained on, None where they are gone."""
        with self._store.read() as work:
            try:
                return work.datasets.get(manifest.project, manifest.dataset)
            except DatasetNotFound:
                return None

    def _report(
        self, judge: "Judge", answers: "Answers", window: "Window", context: JobContext, number: int
    ) -> MonitorReport:
        from core.monitoring.production import wording

        found = judge.window(answers)
        performance = wording.performance(judge.project, found)
        return MonitorReport(
            id=f"{context.job.id}-{number}",
            project=judge.project.name,
            kind=ReportKind.PERFORMANCE,
            reference=f"held-out rows of version {performance.version}" if performance.version else "no version",
            current=wording.label(window.since, window.until),
            rows_reference=0,
            rows_current=found.predictions,
            drifted=bool(performance.dropped) and not found.provisional,
            drifted_columns=0,
            tested_columns=int(performance.value is not None),
            summary=wording.summary(judge.project, found),
            since=window.since,
            until=window.until,
            series=context.job.id,
            figures=wording.figures(found),
            performance=performance,
            production=found,
            slices=judge.slices(answers),
            job_id=context.job.id,
            created_at=self._clock.now(),
        )


def _text(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None


def _moment(value: object) -> datetime | None:
    return datetime.fromisoformat(str(value)) if value else None
