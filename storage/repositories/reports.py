"""Monitor reports, rules and reviews in SQL."""

from datetime import datetime
from typing import Any

from sqlalchemy import Select, select

from core.errors import Conflict, ReportNotFound
from core.records.drift_rule import DriftReview, DriftRule
from core.records.monitor import MonitorReport, ReportKind, ReportOutline
from storage.monitor_tables import report as table
from storage.monitor_tables import review as reviews
from storage.monitor_tables import rule as rules
from storage.rows import to_row
from storage.statements import Statements

SMALL = [table.c[name] for name in ReportOutline.model_fields]


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
        row = {**to_row(report), "cells": to_row(report.outline)["cells"]}
        self._db.change(self._db.insert(table).on_conflict_do_nothing(), row)

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
        asked = [table.c.project == project]
        asked += [table.c.kind == kind] if kind is not None else []
        asked += [table.c.series == series] if series is not None else []
        asked += [table.c.created_at >= since] if since is not None else []
        asked += [table.c.created_at < until] if until is not None else []
        query = select(*SMALL).where(*asked)
        return self._db.all(ReportOutline, query.order_by(table.c.seq.desc()).limit(limit))


class SqlRules:
    """A :class:`core.ports.reports.RuleRepository`."""

    def __init__(self, statements: Statements) -> None:
        self._db = statements

    def add(self, rule: DriftRule) -> None:
        """Store the next version.

        Raises:
            Conflict: that number is taken.
            ProjectNotFound: there is no such project.
        """
        self._db.need_project(rule.project)
        if not self._db.change(self._db.insert(rules).on_conflict_do_nothing(), to_row(rule)):
            raise Conflict(problem=f"Rule {rule.number} exists already. Try again.")

    def newest(self, project: str) -> DriftRule | None:
        """Return the version in force, or None."""
        return self._db.one(DriftRule, _rules(project).limit(1))

    def history(self, project: str) -> list[DriftRule]:
        """Return all versions, newest first."""
        return self._db.all(DriftRule, _rules(project))


class SqlReviews:
    """A :class:`core.ports.reports.ReviewRepository`."""

    def __init__(self, statements: Statements) -> None:
        self._db = statements

    def add(self, review: DriftReview) -> None:
        """Store what someone said; one with the same id is kept as it is.

        Raises:
            ProjectNotFound: there is no such project.
        """
        self._db.need_project(review.project)
        self._db.change(self._db.insert(reviews).on_conflict_do_nothing(), to_row(review))

    def find(self, project: str, report: str | None = None, limit: int = 500) -> list[DriftReview]:
        """Return what was said in a project, or of one report, newest first."""
        query = select(reviews).where(reviews.c.project == project)
        query = query if report is None else query.where(reviews.c.report == report)
        return self._db.all(DriftReview, query.order_by(reviews.c.seq.desc()).limit(limit))


def _rules(project: str) -> Select[Any]:
    return select(rules).where(rules.c.project == project).order_by(rules.c.number.desc())
