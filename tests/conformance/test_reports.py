from datetime import timedelta

import pytest

from core.errors import Conflict, ProjectNotFound, ReportNotFound
from core.ports.unit_of_work import Store
from core.records.dataset import ColumnKind
from core.records.drift_rule import ColumnRule, DriftReview, DriftRule, ReviewDecision
from core.records.monitor import ColumnDrift, ColumnVerdict, MonitorReport, Performance, ReportKind
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


def rule(**changes: object) -> DriftRule:
    fields = {"project": "churn", "number": 1, "created_at": START, "created_by": "ann"}
    return DriftRule.model_validate({**fields, **changes})


def review(**changes: object) -> DriftReview:
    fields = {
        "id": "v1",
        "project": "churn",
        "report": "r1",
        "column": "tenure",
        "decision": ReviewDecision.EXPECTED,
        "note": "the new tariff",
        "created_at": START,
        "created_by": "ann",
    }
    return DriftReview.model_validate({**fields, **changes})


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


def test_an_outline_is_the_report_without_the_shapes_of_its_columns(store: Store) -> None:
    told = Performance(metric="rmse", value=2.0, expected=1.0, rows=50, version=3, dropped=True)
    whole = report(since=START, until=START + timedelta(days=1), figures={"share": 0.5}, performance=told)
    with store.write() as work:
        work.reports.add(whole)
        work.commit()
    with store.read() as work:
        assert work.reports.outlines("churn") == [whole.outline]
    assert whole.outline.cells[0].name == "tenure"
    assert "labels" not in whole.outline.cells[0].model_dump()


def test_outlines_are_chosen_by_kind_series_and_time(store: Store) -> None:
    later = START + timedelta(hours=1)
    with store.write() as work:
        work.reports.add(report(id="a", series="s1"))
        work.reports.add(report(id="b", series="s2", kind=ReportKind.QUALITY))
        work.reports.add(report(id="c", series="s2", created_at=later))

        def found(**asked: object) -> list[str]:
            return [item.id for item in work.reports.outlines("churn", **asked)]  # type: ignore[arg-type]

        assert found() == ["c", "b", "a"]
        assert found(limit=1) == ["c"]
        assert found(series="s2") == ["c", "b"]
        assert found(kind=ReportKind.DRIFT) == ["c", "a"]
        assert found(since=later) == ["c"]
        assert found(until=later) == ["b", "a"]
        assert work.reports.outlines("bikes") == []


def test_rules_are_kept_in_versions_and_the_newest_is_in_force(store: Store) -> None:
    second = rule(number=2, columns={"tenure": ColumnRule(threshold=0.2)}, share=0.3)
    with store.write() as work:
        assert work.drift_rules.newest("churn") is None
        work.drift_rules.add(rule())
        work.drift_rules.add(second)
        work.commit()
    with store.read() as work:
        assert work.drift_rules.newest("churn") == second
        assert work.drift_rules.history("churn") == [second, rule()]
        assert work.drift_rules.history("bikes") == []


def test_the_number_of_a_rule_is_given_once_and_its_project_is_needed(store: Store) -> None:
    with store.write() as work:
        work.drift_rules.add(rule())
        with pytest.raises(Conflict):
            work.drift_rules.add(rule(note="another"))
        with pytest.raises(ProjectNotFound):
            work.drift_rules.add(rule(project="nope"))


def test_reviews_are_found_newest_first_by_project_and_report(store: Store) -> None:
    with store.write() as work:
        work.drift_reviews.add(review())
        work.drift_reviews.add(review(id="v2", report="r2"))
        work.drift_reviews.add(review(id="v1", note="another"))
        assert work.drift_reviews.find("churn") == [review(id="v2", report="r2"), review()]
        assert work.drift_reviews.find("churn", "r1") == [review()]
        assert work.drift_reviews.find("churn", limit=1) == [review(id="v2", report="r2")]
        assert work.drift_reviews.find("bikes") == []
        with pytest.raises(ProjectNotFound):
            work.drift_reviews.add(review(project="nope"))
