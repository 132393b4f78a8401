"""Monitor reports in memory."""

from core.errors import ReportNotFound
from core.records.monitor import MonitorReport
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
