"""Charts of concept and quality checks: what they draw, and that names stay text."""

import pytest

from core.charts import concept, quality
from core.records.monitor import Association, ConceptPoint, MonitorReport, ReportKind
from tests.builders import START


def report(kind: ReportKind, number: int = 0, **changes: object) -> MonitorReport:
    fields = {
        "id": f"r{number}",
        "project": "shop",
        "kind": kind,
        "reference": "a@1",
        "current": f"rows <b>{number}</b>",
    }
    sizes = {"rows_reference": 9, "rows_current": 9, "drifted_columns": 1, "tested_columns": 2, "drifted": False}
    rest = {"summary": "Said.", "job_id": None, "created_at": START}
    return MonitorReport.model_validate({**fields, **sizes, **rest, **changes})


def test_errors_over_time_stand_beside_those_at_training():
    figures = [{"error": 0.1, "error_at_training": 0.1}, {"error": 0.4, "error_at_training": 0.1}]
    windows = [
        report(ReportKind.CONCEPT, place, figures=one, drifted=bool(place)).outline for place, one in enumerate(figures)
    ]
    usual, line = concept.over_time(windows, "r1", "light").data
    assert (list(usual.y), list(line.y)) == ([0.1, 0.1], [0.1, 0.4])
    assert list(line.marker.symbol) == ["circle", "diamond"]
    assert line.customdata[1] == ["rows &lt;b&gt;1&lt;/b&gt;", "r1"]


@pytest.mark.parametrize("at", ["", "2026-03-01T0{}:00:00+00:00"])
def test_a_change_within_a_window_is_a_line(at):
    points = [ConceptPoint(at=at.format(place), rows=10, error=place / 10) for place in range(4)]
    found = report(ReportKind.CONCEPT, points=points, changes=(2,), figures={"error_at_training": 0.1})
    figure = concept.within(found, "dark")
    assert [shape.x0 for shape in figure.layout.shapes] == [figure.data[0].x[2]]
    assert list(figure.data[1].y) == [0.1, 0.1]


def test_what_features_tell_is_drawn_twice_and_shifts_are_red():
    told = [
        Association(feature="age", reference=0.5, current=-0.5, p_adjusted=0.0, shifted=True),
        Association(feature="plan", reference=0.2, current=0.2, p_adjusted=1.0, shifted=False),
    ]
    figure = concept.associations(told, "light")
    before, now = figure.data[1:]
    assert (list(before.x), list(now.x)) == ([0.2, 0.5], [0.2, -0.5])
    assert now.marker.color[0] != now.marker.color[1]


def test_quality_counts_outcomes_and_draws_the_share_of_rows():
    figures = [{"failed": 0.0, "warned": 1.0, "nulls.a.b": 0.02}, {"failed": 2.0, "warned": 0.0, "nulls.a.b": 0.4}]
    windows = [report(ReportKind.QUALITY, place, figures=one).outline for place, one in enumerate(figures)]
    failed, warned = quality.outcomes(windows, "r1", "light").data
    assert (list(failed.y), list(warned.y)) == ([0, 2], [1, 0])
    figure = quality.shares(windows, {"nulls": "missing"}, "light")
    assert [list(row) for row in figure.data[0].z] == [[0.02, 0.4]]
    assert list(figure.layout.yaxis.ticktext) == ["a.b · missing"]
    assert quality.shares(windows, {"other": "o"}, "light") is None
