"""Monitor reports, the rules that judge them and what people say of them, at rest."""

from datetime import datetime
from typing import Protocol

from core.records.drift_rule import DriftReview, DriftRule
from core.records.monitor import MonitorReport, ReportKind, ReportOutline


class ReportRepository(Protocol):
    """Results of checks."""

    def add(self, report: MonitorReport) -> None:
        """Store a new report; one with the same id is kept as it is.

        Raises:
            ProjectNotFound: there is no such project.
        """
        ...

    def get(self, id: str) -> MonitorReport:
        """Return one report.

        Raises:
            ReportNotFound: there is none with that id.
        """
        ...

    def find(self, project: str, limit: int = 50) -> list[MonitorReport]:
        """Return reports, newest first."""
        ...

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
        """Return reports without the shapes of their columns, the last stored first.

        ``since`` and ``until`` choose by the time at which they were stored (``since <= created_at < until``).
        """
        ...


class RuleRepository(Protocol):
    """The rule of each project, in immutable versions numbered from 1."""

    def add(self, rule: DriftRule) -> None:
        """Store the next version.

        Raises:
            Conflict: that number is taken (another writer was faster).
            ProjectNotFound: there is no such project.
        """
        ...

    def newest(self, project: str) -> DriftRule | None:
        """Return the version in force, or None."""
        ...

    def history(self, project: str) -> list[DriftRule]:
        """Return all versions, newest first."""
        ...


class ReviewRepository(Protocol):
    """What people said of reports; nothing is overwritten."""

    def add(self, review: DriftReview) -> None:
        """Store what someone said; one with the same id is kept as it is.

        Raises:
            ProjectNotFound: there is no such project.
        """
        ...

    def find(self, project: str, report: str | None = None, limit: int = 500) -> list[DriftReview]:
        """Return what was said in a project, or of one report, newest first."""
        ...
