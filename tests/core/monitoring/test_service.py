"""Drift checks from request to stored report, with real data, models and statistics."""

import numpy as np
import pandas as pd
import pytest

from core.errors import DatasetNotFound, Denied, NothingToCompare, ProjectNotFound, ReportNotFound
from core.records.access import LOCAL, Actor, Role
from core.records.job import JobKind
from core.records.monitor import ColumnVerdict
from core.records.project import Task
from tests.builders import START, FakeClock
from tests.core.monitoring.house import PROJECT, create, customers, house, job_context, promote, upload

DRIFTED, STABLE, UNTESTABLE = ColumnVerdict.DRIFTED, ColumnVerdict.STABLE, ColumnVerdict.UNTESTABLE


@pytest.fixture
def clock():
    return FakeClock()


@pytest.fixture
def bare(tmp_path, clock):
    return house(tmp_path, clock)


@pytest.fixture
def shop(bare):
    """A project with data and a champion."""
    create(bare)
    upload(bare, customers(1_000))
    promote(bare)
    return bare


def run(platform, **payload):
    (report,) = platform.monitoring.execute(PROJECT, payload, job_context(platform))
    return report


def verdicts(report):
    return {column.name: (column.role, column.verdict) for column in report.columns}


def ask(platform, table):
    records = table[["age", "plan"]].to_dict(orient="records")
    platform.serving.predict(LOCAL, PROJECT, records)


def test_new_data_like_the_old_has_not_drifted(shop):
    upload(shop, customers(1_000, seed=1))
    report = run(shop, current="customers@2")
    assert not report.drifted
    assert (report.reference, report.current) == ("customers@1", "customers@2")
    assert (report.rows_reference, report.rows_current, report.tested_columns) == (1_000, 1_000, 4)
    assert verdicts(report) == {
        "age": ("feature", STABLE),
        "plan": ("feature", STABLE),
        "spent": ("target", STABLE),
        "prediction": ("prediction", STABLE),
    }


def test_new_data_that_moved_has_drifted_and_the_summary_says_where(shop):
    upload(shop, customers(1_000, shift=1.0, seed=1))
    report = run(shop, current="customers")
    assert report.drifted
    assert report.summary.startswith("Drift: the target spent drifted (0.")
    assert "1 of 2 tested features drifted (age) with " in report.summary
    assert report.summary.endswith("% of the importance, enough.")


def test_the_report_is_stored_with_its_job_and_an_audit_event(shop):
    upload(shop, customers(1_000, seed=1))
    context = job_context(shop)
    (report,) = shop.monitoring.execute(PROJECT, {"current": "customers@2"}, context)
    assert report.id == report.job_id == context.job.id
    assert shop.monitoring.report(report.id) == report
    assert shop.monitoring.reports(PROJECT) == [report]
    event = shop.audit.events(LOCAL, PROJECT)[0]
    assert (event.action, event.subject) == ("monitor.drift", report.id)


def test_a_second_attempt_of_a_job_returns_the_report_of_the_first(shop):
    context = job_context(shop)
    first = shop.monitoring.execute(PROJECT, {"current": "customers@1"}, context)
    events = len(shop.audit.events(LOCAL, PROJECT))
    assert shop.monitoring.execute(PROJECT, {"current": "customers@1"}, context) == first
    assert len(shop.audit.events(LOCAL, PROJECT)) == events


def test_a_column_that_went_changed_or_came_is_a_finding_and_the_rest_is_tested(shop):
    changed = customers(500, seed=1).drop(columns="plan").assign(age="young", colour="red")
    upload(shop, changed)
    report = run(shop, current="customers@2")
    found = {column.name: (column.role, column.verdict, column.reason) for column in report.columns}
    assert found == {
        "age": ("feature", UNTESTABLE, "the type changed from number to text"),
        "plan": ("feature", UNTESTABLE, "the current data has no such column"),
        "spent": ("target", STABLE, ""),
        "colour": ("extra", UNTESTABLE, "the reference has no such column"),
        "prediction": (
            "prediction",
            UNTESTABLE,
            "the champion cannot answer for customers@2, which has no column 'plan'",
        ),
    }


def test_logged_predictions_are_compared_with_inputs_and_answers_of_the_champion(shop):
    ask(shop, customers(400, seed=2))
    report = run(shop)
    assert report.current.startswith("logged predictions, 2026-03-02 09:00 to ")
    assert not report.drifted
    assert verdicts(report) == {
        "age": ("feature", STABLE),
        "plan": ("feature", STABLE),
        "prediction": ("prediction", STABLE),
    }


def test_logged_predictions_that_moved_have_drifted(shop):
    ask(shop, customers(400, shift=1.0, seed=2))
    report = run(shop)
    assert report.drifted
    assert verdicts(report)["prediction"] == ("prediction", DRIFTED)


def test_a_model_that_knows_its_training_rows_by_heart_makes_no_drift_of_its_answers(bare):
    create(bare, Task.BINARY)
    upload(bare, customers(2_000))
    promote(bare, "random_forest")
    ask(bare, customers(800, seed=3))
    report = run(bare)
    assert verdicts(report)["prediction"] == ("prediction", STABLE)


def test_answers_of_an_earlier_champion_are_not_taken_for_those_of_the_present_one(shop):
    ask(shop, customers(300, seed=2))
    promote(shop)
    found = {column.name: column for column in run(shop).columns}
    assert found["prediction"].verdict is UNTESTABLE
    assert found["prediction"].reason == "no prediction of the window was made by the champion, version 2"
    assert found["age"].verdict is STABLE


def test_few_predictions_get_no_verdict_and_the_report_says_so(shop):
    ask(shop, customers(20))
    report = run(shop)
    assert (report.drifted, report.tested_columns) == (False, 0)
    assert report.summary == "No verdict: a test needs 200 values on each side, and no column has them."


def test_the_window_chooses_among_the_logged_predictions(shop, clock):
    ask(shop, customers(250))
    clock.advance(3_600)
    ask(shop, customers(300, seed=4))
    since = clock.now().isoformat()
    assert run(shop).rows_current == 550
    assert run(shop, since=since).rows_current == 300
    assert run(shop, until=since).rows_current == 250
    assert run(shop, last="30m").rows_current == 300


def test_a_named_reference_needs_no_champion(bare):
    create(bare)
    upload(bare, customers(300))
    upload(bare, customers(300, seed=1))
    report = run(bare, reference="customers@1", current="customers@2")
    assert list(verdicts(report)) == ["age", "plan", "left", "spent"]


def test_progress_is_told_and_the_job_can_be_stopped_between_columns(shop):
    told = []

    class Listening:
        def __init__(self, inner):
            self.job, self.clock, self.fence = inner.job, inner.clock, inner.fence

        def progress(self, stage, fraction, message=""):
            told.append((stage, round(fraction, 2), message))

        def check(self):
            told.append("check")

    shop.monitoring.execute(PROJECT, {"current": "customers@1"}, Listening(job_context(shop)))
    assert told[0] == ("read", 0.05, "reading both sides")
    assert told[1:9] == [
        "check", ("test", 0.1, "age"), "check", ("test", 0.27, "plan"),
        "check", ("test", 0.44, "spent"), "check", ("test", 0.61, "prediction"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        ({}, "has no logged predictions."),
        ({"since": START}, "has no logged predictions from 2026-03-02T09:00:00+00:00."),
        ({"since": START, "until": START}, "before it begins"),
        ({"current": "customers@1", "since": START}, "leave one of them out"),
    ],
)
def test_a_check_that_has_nothing_to_look_at_is_refused_before_it_is_queued(shop, arguments, problem):
    with pytest.raises(NothingToCompare) as caught:
        shop.monitoring.submit(LOCAL, PROJECT, **arguments)
    assert problem in str(caught.value)
    assert not shop.queue.find(PROJECT, kinds=(JobKind.MONITOR,))


def test_without_champion_and_reference_there_is_nothing_to_compare(bare):
    create(bare)
    upload(bare, customers(300))
    with pytest.raises(NothingToCompare, match="has no champion whose training data"):
        bare.monitoring.submit(LOCAL, PROJECT, current="customers@1")
    with pytest.raises(NothingToCompare, match="has no champion whose training data"):
        run(bare, current="customers@1")


def test_tables_without_a_common_column_cannot_be_compared(shop):
    upload(shop, customers(300)[["id"]].assign(colour="red"), "others")
    with pytest.raises(NothingToCompare, match="customers@1 and others@1 have no column in common"):
        run(shop, current="others@1")


def test_unknown_names_are_refused(shop):
    with pytest.raises(ProjectNotFound):
        shop.monitoring.submit(LOCAL, "nowhere", current="customers@1")
    with pytest.raises(DatasetNotFound):
        shop.monitoring.submit(LOCAL, PROJECT, current="customers@9")
    with pytest.raises(ReportNotFound):
        shop.monitoring.report("nothing")


def test_a_check_is_queued_once_for_a_key_and_says_what_it_compares(shop):
    job = shop.monitoring.submit(LOCAL, PROJECT, current="customers@1", key="k")
    assert job.title == "Check drift of customers@1 against customers@1"
    assert shop.monitoring.submit(LOCAL, PROJECT, current="customers@1", key="k").id == job.id


def test_who_may_not_run_checks_cannot_queue_one(shop):
    with pytest.raises(Denied):
        shop.monitoring.submit(Actor(name="vera", role=Role.VIEWER), PROJECT, current="customers@1")


def test_a_feature_that_was_renamed_is_told_with_its_new_name(shop):
    upload(shop, customers(600, seed=1).rename(columns={"age": "years"}))
    found = {column.name: column.reason for column in run(shop, current="customers@2").columns}
    assert found["age"].startswith("the current data has no such column; 'years' came and is 0.0")
    assert found["age"].endswith("away: was it renamed?")


def test_performance_stands_beside_the_drift_on_rows_the_champion_has_not_learned(shop):
    newer = customers(1_000, shift=1.0, seed=1)
    upload(shop, newer.assign(id=newer["id"] + 5_000, spent=newer["spent"] + 30))
    told = run(shop, current="customers@2").performance
    assert (told.metric, told.rows, told.version, told.dropped) == ("rmse", 1_000, 1, True)
    assert told.value > 25 > told.expected
    seen = run(shop, current="customers@1").performance
    assert (seen.rows, seen.dropped) == (200, False), "only the held-out rows count"


def test_labels_of_logged_predictions_tell_the_performance(shop):
    table = customers(300, seed=2)
    ask(shop, table)
    logged = shop.log.read(PROJECT)
    labels = [
        {"prediction_id": one.prediction_id, "label": float(truth)}
        for one, truth in zip(logged, table["spent"], strict=True)
    ]
    assert run(shop).performance.note == "the truth of 0 rows is known; 50 are needed"
    shop.labels.add(LOCAL, PROJECT, labels[:200])
    told = run(shop).performance
    assert (told.rows, told.dropped) == (200, False)
    assert told.value == pytest.approx(told.expected, rel=0.3)


@pytest.fixture(scope="module")
def timed(tmp_path_factory):
    """A project with a time: 2,400 rows in six months, in the fifth of which the ages of the basic plan jump."""
    platform = house(tmp_path_factory.mktemp("timed"), FakeClock())
    fields = {"task": Task.REGRESSION, "target": "spent", "id_column": "id", "time_column": "day"}
    platform.projects.create(LOCAL, name=PROJECT, **fields)
    days = pd.date_range("2025-01-01", periods=2_400, freq="110min")
    table = customers(2_400, seed=4).assign(day=days.strftime("%Y-%m-%d %H:%M:%S"))
    upload(platform, table.iloc[:800], "first")
    promote(platform)
    jumped = (days.month == 5) & (table["plan"] == "basic")
    upload(platform, table.assign(age=np.where(jumped, table["age"] + 40, table["age"])), "all")
    return platform


def months(platform, **payload):
    return platform.monitoring.execute(PROJECT, {"current": "all", "every": "1mo", **payload}, job_context(platform))


def test_one_job_computes_a_report_for_each_window(timed):
    context = job_context(timed)
    found = timed.monitoring.execute(PROJECT, {"current": "all", "every": "1mo", "min_rows": 100}, context)
    assert [report.id for report in found] == [f"{context.job.id}-{number:03d}" for number in range(1, 8)]
    assert [report.since.month for report in found] == [1, 2, 3, 4, 5, 6, 7]
    assert [report.drifted for report in found] == [False] * 4 + [True] + [False] * 2
    assert [report.engine for report in found] == ["exact"] * 7
    assert found[4].fires
    assert found[4].performance.dropped is not None
    assert found[0].performance.rows < found[0].rows_current, "rows the champion learned from are left out"
    again = timed.monitoring.execute(PROJECT, {"current": "all", "every": "1mo", "min_rows": 100}, context)
    assert again == found
    with timed.store.read() as work:
        assert len(work.reports.outlines(PROJECT, series=context.job.id)) == 7


def test_a_drift_is_traced_to_the_part_it_comes_from_and_to_rows(timed):
    age = next(column for column in months(timed, min_rows=100)[4].columns if column.name == "age")
    assert (age.segments[0].column, age.segments[0].value) == ("plan", "basic")
    assert age.segments[0].without < 0.7 * age.statistic < age.segments[0].distance
    rows = timed.datasets.frame(timed.datasets.resolve(PROJECT, "all")).iloc[list(age.rows)]
    assert set(rows["plan"]) == {"basic"}
    assert len(rows) == 10


def test_windows_can_be_compared_with_the_one_before(timed):
    found = months(timed, versus="previous", min_rows=100)
    assert [report.drifted for report in found] == [False] * 4 + [True, True] + [False]
    assert found[4].reference == "April 2025 of all@1"
    assert found[0].reference == "first@1"


def test_a_season_is_compared_with_the_one_a_year_before(timed):
    """Two winters that are alike and two summers that are not; the summers differ from the winters in any case."""
    days = [day for year in (2024, 2025) for month in ("01", "07") for day in [f"{year}-{month}-10"] * 300]
    table = customers(1_200, seed=5).assign(day=days)
    summer, later = table["day"].str.contains("-07-"), table["day"] == "2025-07-10"
    upload(timed, table.assign(age=table["age"] + 30 * summer + 30 * later), "years")
    asked = {"current": "years", "every": "1mo", "min_rows": 50}
    found = timed.monitoring.execute(PROJECT, {**asked, "versus": "last-year"}, job_context(timed))
    told = {report.current.split(" of ")[0]: report for report in found if report.rows_current}
    assert {name: report.outcome for name, report in told.items()} == {
        "January 2024": "untested",
        "July 2024": "untested",
        "January 2025": "stable",
        "July 2025": "drifted",
    }
    first, last = told["January 2024"], told["July 2025"]
    assert (last.reference, last.rows_reference) == ("July 2024 of years@1, a year before", 300)
    assert "no row lies in January 2023 of years@1, a year before, so there is nothing to compare" in first.summary
    assert {column.reason for column in first.columns if column.role == "feature"} == {
        "no row lies in January 2023 of years@1, a year before"
    }
    assert (first.fires, first.rows_reference) == (False, 0)


def test_windows_of_rows_and_the_last_rows(timed):
    context = job_context(timed)
    found = timed.monitoring.execute(PROJECT, {"current": "all", "every": "800rows", "slide": "400rows"}, context)
    assert [report.rows_current for report in found] == [800] * 5
    (last,) = timed.monitoring.execute(PROJECT, {"current": "all", "last_rows": 300}, job_context(timed))
    assert (last.rows_current, last.current) == (300, "the last 300 rows of all@1")


def test_a_project_without_time_cannot_be_cut_by_time(shop):
    with pytest.raises(NothingToCompare, match="has no time column, so its rows cannot be cut into windows of time"):
        shop.monitoring.submit(LOCAL, PROJECT, current="customers@1", every="1d")
