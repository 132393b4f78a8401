"""Reports as files: what they hold, and that names stay text."""

import json

import pandas as pd

from core.monitoring import drift, exporting
from core.monitoring.drift import Pair
from core.records.dataset import ColumnKind
from core.records.monitor import MonitorReport, ReportKind
from tests.builders import START

NASTY = "</title><script>alert(1)</script>"


def report(*pairs: Pair, **changes: object) -> MonitorReport:
    fields = {
        "id": "r1",
        "project": "shop",
        "kind": ReportKind.DRIFT,
        "reference": "a@1",
        "current": NASTY,
        "rows_reference": 300,
        "rows_current": 300,
        "drifted": True,
        "drifted_columns": 1,
        "tested_columns": 1,
        "summary": "Drift.",
        "columns": drift.check(pairs),
        "job_id": None,
        "created_at": START,
    }
    return MonitorReport.model_validate({**fields, **changes})


def pair(name: str, old: str, new: str) -> Pair:
    sides = [pd.Series([value] * 150 + ["same"] * 150, dtype=object) for value in (old, new)]
    return Pair(name, "feature", ColumnKind.TEXT, *sides)


def test_a_page_shows_names_as_text_runs_nothing_and_asks_nobody() -> None:
    page = exporting.as_html(report(pair(NASTY, NASTY, "new")))
    assert "<script" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert "http" not in page.replace("http-equiv", "")
    assert "default-src 'none'" in page
    assert page.count("<rect") == 6


def test_json_is_the_whole_report() -> None:
    found = report(pair("plan", "a", "b"))
    assert MonitorReport.model_validate(json.loads(exporting.as_json(found))) == found


def test_two_reports_are_compared_with_changed_verdicts_first() -> None:
    first, second = report(pair("a", "x", "x"), pair("b", "x", "y")), report(pair("b", "x", "y"), pair("c", "x", "x"))
    found = exporting.compare(first, second)
    assert [(row[0], row[1], row[3]) for row in found] == [
        ("a", "stable", "absent"), ("c", "absent", "stable"), ("b", "drifted", "drifted"),
    ]  # fmt: skip


def test_checks_and_associations_have_tables_of_their_own() -> None:
    checks = [{"column": NASTY, "check": "nulls", "outcome": "fail", "observed": "a lot", "figure": 0.5}]
    page = exporting.as_html(report(kind=ReportKind.QUALITY, columns=(), checks=checks))
    assert '<td class="drifted">fail</td><td>nulls</td>' in page
    assert "<script" not in page
    told = [{"feature": "age", "reference": 0.5, "current": -0.5, "p_adjusted": 0.0, "shifted": True}]
    page = exporting.as_html(report(kind=ReportKind.CONCEPT, columns=(), associations=told))
    assert "<td>age</td>" in page
    assert page.count("<table>") == 1
