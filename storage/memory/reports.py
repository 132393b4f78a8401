"""Monitor reports, rules and reviews in memory."""

from datetime import datetime

from core.errors import Conflict, ReportNotFound
from core.records.drift_rule import DriftReview, DriftRule
from core.records.monitor import MonitorReport, ReportKind, ReportOutline
from storage.memory.tables import View, loose
from storage.rows import settled


class MemoryReports:
    """A :class:`core.ports.reports.ReportRepository`."""

    def __init__(self, view: View) -> None:
        self._view = view

    def add(self, report: MonitorReport) -> None:
        """Store a new report; one with the same id is kept as it is.

        Raises:
            ProjectNotFound: there is no such project.
        """
        reports = self._view.change.reports
        self._view.need_project(report.project)
        reports.setdefault(report.id, settled(report))

    def get(self, id: str) -> MonitorReport:
        """Return one report.

        Raises:
            ReportNotFound: there is none with that id.
        """
        try:
            return loose(self._view.see.reports[id])
        except KeyError as error:
            raise ReportNotFound(id=id) from error

    def find(self, project: str, limit: int = 50) -> list[MonitorReport]:
        """Return reports, newest first."""
        chosen = [report for report in reversed(self._view.see.reports.values()) if report.project == project]
        return [loose(report) for report in chosen[:limit]]

    def outlines(
        self,
        project: str,
        *,
        kind: ReportKind | None = None,
        series: str | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
        limit: int = 200,
    ) -> list[ReportOutline]:
        """Return reports without the shapes of their columns, the last stored first."""
        chosen = [
            report
            for report in reversed(self._view.see.reports.values())
            if report.project == project
            and kind in (None, report.kind)
            and series in (None, report.series)
            and (since is None or report.created_at >= since)
            and (until is None or report.created_at < until)
        ]
        return [loose(report).outline for report in chosen[:limit]]


class MemoryRules:
    """A :class:`core.ports.reports.RuleRepository`."""

    def __init__(self, view: View) -> None:
        self._view = view

    def add(self, rule: DriftRule) -> None:
        """Store the next version.

        Raises:
            Conflict: that number is taken.
            ProjectNotFound: there is no such project.
        """
        rules = self._view.change.drift_rules
        self._view.need_project(rule.project)
        if (rule.project, rule.number) in rules:
            raise Conflict(problem=f"Rule {rule.number} exists already. Try again.")
        rules[rule.project, rule.number] = settled(rule)

    def newest(self, project: str) -> DriftRule | None:
        """Return the version in force, or None."""
        return next(iter(self.history(project)), None)

    def history(self, project: str) -> list[DriftRule]:
        """Return all versions, newest first."""
        mine = [rule for rule in self._view.see.drift_rules.values() if rule.project == project]
        return [loose(rule) for rule in sorted(mine, key=lambda rule: -rule.number)]


class MemoryReviews:
    """A :class:`core.ports.reports.ReviewRepository`."""

    def __init__(self, view: View) -> None:
        self._view = view

    def add(self, review: DriftReview) -> None:
        """Store what someone said; one with the same id is kept as it is.

        Raises:
            ProjectNotFound: there is no such project.
        """
        reviews = self._view.change.drift_reviews
        self._view.need_project(review.project)
        reviews.setdefault(review.id, settled(review))

    def find(self, project: str, report: str | None = None, limit: int = 500) -> list[DriftReview]:
        """Return what was said in a project, or of one report, newest first."""
        chosen = [
            review
            for review in reversed(self._view.see.drift_reviews.values())
            if review.project == project and report in (None, review.report)
        ]
        return [loose(review) for review in chosen[:limit]]
