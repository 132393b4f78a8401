"""Errors of the champion over time, by dataset version and by labels, with real models."""

import numpy as np
import pandas as pd
import pytest

from core.records.access import LOCAL
from core.records.alert import AlertRuleDraft, Condition, Watched
from core.records.monitor import ReportKind
from core.records.project import Task
from tests.builders import FakeClock
from tests.core.monitoring.house import PROJECT, create, customers, house, job_context, promote, upload


@pytest.fixture(scope="module")
def turned(tmp_path_factory):
    """Half a year of customers; from May on, they spend the less the older they are."""
    platform = house(tmp_path_factory.mktemp("turned"), FakeClock())
    fields = {"task": Task.REGRESSION, "target": "spent", "id_column": "id", "time_column": "day"}
    platform.projects.create(LOCAL, name=PROJECT, **fields)
    days = pd.date_range("2025-01-01", periods=2_400, freq="110min")
    table = customers(2_400, seed=4).assign(day=days.strftime("%Y-%m-%d %H:%M:%S"))
    upload(platform, table.iloc[:800], "first")
    promote(platform)
    late = np.asarray(days.month >= 5)
    upload(platform, table.assign(spent=np.where(late, 250 - table["spent"], table["spent"])), "all")
    return platform


@pytest.fixture(scope="module")
def months(turned):
    payload = {"current": "all", "every": "1mo", "min_rows": 100, "kinds": ["concept"]}
    return turned.monitoring.execute(PROJECT, payload, job_context(turned))


def test_the_error_rose_in_the_month_in_which_it_did(months):
    assert [one.drifted for one in months] == [False] * 4 + [True, True, False]
    assert [one.kind for one in months] == [ReportKind.CONCEPT] * 7
    assert months[4].summary.startswith("The mean error rose, first on 2025-05-01: 8")
    assert months[4].changes == (0,)
    assert months[5].changes == (), "it changed once"
    assert months[3].figures["rise"] < 0.1 < 50 < months[4].figures["rise"]


def test_rows_in_the_order_of_time_make_a_line(months):
    points = months[4].points
    assert sum(point.rows for point in points) == months[4].rows_current
    assert [point.at for point in points] == sorted(point.at for point in points)
    assert points[0].at.startswith("2025-05-01T")


def test_a_feature_that_tells_the_contrary_has_shifted(months):
    age = next(one for one in months[4].associations if one.feature == "age")
    assert age.shifted
    assert age.current == pytest.approx(-age.reference, abs=0.02)
    assert not any(one.shifted for one in months[3].associations)
    assert "age" in months[4].summary


def test_a_window_without_known_truth_has_no_verdict(months):
    assert months[0].outcome == "stable", "associations were tested"
    assert months[0].summary == "No verdict on the error: the truth of 0 rows is known; 50 are needed."
    assert months[6].outcome == "untested"


def test_one_job_can_do_all_checks_and_each_has_its_reports(turned):
    context = job_context(turned)
    payload = {"current": "all", "every": "1mo", "check": "all"}
    found = turned.monitoring.execute(PROJECT, payload, context)
    assert [one.kind.value for one in found[::7]] == ["drift", "quality", "concept"]
    for kind in (ReportKind.DRIFT, ReportKind.QUALITY, ReportKind.CONCEPT):
        assert len(turned.monitoring.windows(PROJECT, context.job.id, kind)) == 7
    assert turned.monitoring.report(f"{context.job.id}-concept-005").points
    assert turned.monitoring.execute(PROJECT, payload, context) == found


def test_its_figures_can_be_watched(turned, months):
    assert months
    rule = AlertRuleDraft(
        name="More errors", watched=Watched.FIGURE, subject="concept:rise", condition=Condition(limit=0.5)
    )
    found = turned.alerts.backtest(PROJECT, rule)
    assert (found.fired, found.opened) == (2, 1)


def test_labels_of_served_answers_tell_the_error(tmp_path):
    platform = house(tmp_path, FakeClock())
    create(platform, Task.BINARY)
    upload(platform, customers(800))
    promote(platform, "logistic_regression")
    table = customers(400, seed=2)
    ids = [str(place) for place in range(400)]
    platform.serving.predict(LOCAL, PROJECT, table[["age", "plan"]].to_dict("records"), prediction_ids=ids)

    def check():
        (report,) = platform.monitoring.execute(PROJECT, {"kinds": ["concept"], "min_rows": 50}, job_context(platform))
        return report

    assert check().summary == "No verdict on the error: the truth of 0 rows is known; 50 are needed."
    wrong = ["no" if one == "yes" else "yes" for one in table["left"]]
    truth = [*table["left"][:200], *wrong[200:]]
    labels = [{"prediction_id": one, "label": label} for one, label in zip(ids, truth, strict=True)]
    platform.labels.add(LOCAL, PROJECT, labels[:200])
    half = check()
    assert half.outcome == "stable", half.summary
    assert "on 200 rows" in half.summary, "half the labels: those that are in count"
    platform.labels.add(LOCAL, PROJECT, labels[200:])
    whole = check()
    assert whole.drifted
    assert whole.summary.startswith("The share of wrong answers rose")
    assert whole.changes
    assert 18 <= whole.changes[0] <= 22, "half way, of forty points"
