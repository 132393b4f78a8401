import pytest

from core.errors import ProjectNotFound, ReportNotFound
from core.ports.unit_of_work import Store
from core.records.dataset import ColumnKind
from core.records.monitor import ColumnDrift, ColumnVerdict, MonitorReport, ReportKind
from tests.builders import START


def report(**changes: object) -> MonitorReport:
    column = ColumnDrift(
        name="tenure",
        kind=ColumnKind.INTEGER,
        role="feature",
        test="ks",
        statistic=0.01,
        threshold=0.05,
        is_p_value=True,
        verdict=ColumnVerdict.DRIFTED,
        rows_reference=100,
        rows_current=50,
        missing_reference=0.0,
        missing_current=0.5,
        labels=("0-1", "1-2"),
        edges=(0.0, 1.0, 2.0),
        reference=(0.5, 0.5),
        current=(0.25, 0.75),
    )
    fields = {
        "id": "r1",
        "project": "churn",
        "kind": ReportKind.DRIFT,
        "reference": "customers@1",
        "current": "customers@2",
        "rows_reference": 100,
        "rows_current": 50,
        "drifted": True,
        "drifted_columns": 1,
        "tested_columns": 1,
        "summary": "1 of 1 columns drifted.",
        "columns": (column,),
        "job_id": None,
        "created_at": START,
    }
    return MonitorReport.model_validate({**fields, **changes})


def test_a_report_comes_back_as_it_was_stored(store: Store) -> None:
    with store.write() as work:
        work.reports.add(report())
        work.commit()
    with store.read() as work:
        assert work.reports.get("r1") == report()


def test_a_report_with_a_known_id_is_kept_as_it_was(store: Store) -> None:
    with store.write() as work:
        work.reports.add(report())
        work.reports.add(report(summary="another"))
        assert work.reports.find("churn") == [report()]


def test_reports_are_found_newest_first_within_their_project(store: Store) -> None:
    with store.write() as work:
        for name in ("a", "b", "c"):
            work.reports.add(report(id=name))
        work.reports.add(report(id="d", project="bikes"))
        assert [item.id for item in work.reports.find("churn")] == ["c", "b", "a"]
        assert [item.id for item in work.reports.find("churn", limit=2)] == ["c", "b"]


def test_unknown_reports_and_projects_are_refused(store: Store) -> None:
    with store.write() as work:
        with pytest.raises(ReportNotFound):
            work.reports.get("nope")
        with pytest.raises(ProjectNotFound):
            work.reports.add(report(project="nope"))
