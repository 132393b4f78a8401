"""Money over time beside the cost of retraining."""

from core.charts import value
from core.records.monitor import Performance, ReportKind
from tests.builders import START
from tests.core.charts.test_concept_charts import report


def window(number: int, worth: float | None):
    told = Performance(
        metric="f1", value=0.5, expected=0.6, rows=90, version=1, dropped=None, worth=worth, worth_expected=100.0
    )
    return report(ReportKind.DRIFT, number, performance=told, since=START).outline


def test_what_windows_lost_is_summed_up_beside_a_retraining():
    bars, total, retraining = value.over_time([window(0, 90.0), window(1, None), window(2, 120.0)], 15.0, "light").data
    assert list(bars.y) == [-10.0, None, 20.0]
    assert list(total.y) == [-10.0, -10.0, 10.0]
    assert list(retraining.y) == [-15.0, -15.0]
    assert bars.marker.color[0] != bars.marker.color[2]


def test_nothing_known_is_no_chart_and_no_rate_no_line():
    assert value.over_time([window(0, None)], 15.0, "light") is None
    assert len(value.over_time([window(0, 90.0)], None, "dark").data) == 2
