"""Monitor reports in SQL."""

from sqlalchemy import select

from core.errors import ReportNotFound
from core.records.monitor import MonitorReport
from storage.rows import to_row
from storage.statements import Statements
from storage.tables import report as table


class SqlReports:
    """A :class:`core.ports.reports.ReportRepository`."""

    def __init__(self, statements: Statements) -> None:
        self._db = statements

    def add(self, report: MonitorReport) -> None:
        """Store a new report; one with the same id is kept as it is.

        Raises:
            ProjectNotFound: there is no such project.
        """
        self._db.need_project(report.project)
        self._db.change(self._db.insert(table).on_conflict_do_nothing(), to_row(report))

    def get(self, id: str) -> MonitorReport:
        """Return one report.

        Raises:
            ReportNotFound: there is none with that id.
        """
        report = self._db.one(MonitorReport, select(table).where(table.c.id == id))
        if report is None:
            raise ReportNotFound(id=id)
        return report

    def find(self, project: str, limit: int = 50) -> list[MonitorReport]:
        """Return reports, newest first."""
        query = select(table).where(table.c.project == project)
        return self._db.all(MonitorReport, query.order_by(table.c.seq.desc()).limit(limit))
