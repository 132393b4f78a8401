"""Quality of windows beside the reference and by the contract: each bad input with its stated outcome."""

import numpy as np
import pandas as pd
import pytest

from core.monitoring.quality import FAIL, PASSED, UNCHECKED, WARN, outcome_of
from core.records.access import LOCAL
from core.records.alert import AlertRuleDraft, Condition, Watched
from core.records.contract import Draft, RangeCheck, RowsCheck
from core.records.monitor import ReportKind
from core.records.project import Task
from tests.builders import FakeClock
from tests.core.monitoring.house import PROJECT, create, customers, house, job_context, promote, upload

ROWS = 400


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    platform = house(tmp_path_factory.mktemp("quality"), FakeClock())
    create(platform)
    upload(platform, customers(800))
    promote(platform)
    return platform


def run(platform, table=None, **payload):
    if table is not None:
        payload["current"] = upload(platform, table, "later")
    found = platform.monitoring.execute(PROJECT, {"kinds": ["quality"], **payload}, job_context(platform))
    assert all(one.kind is ReportKind.QUALITY for one in found)
    return found[-1]


def wrong(report):
    return {(one.check, one.column): one.outcome for one in report.checks if one.outcome in (WARN, FAIL)}


def later(**changes):
    return customers(ROWS, seed=1).assign(**changes)


def test_data_like_the_reference_pass_every_check(shop):
    report = run(shop, later())
    assert (wrong(report), report.drifted, report.outcome) == ({}, False, "stable")
    assert report.summary == "All 11 checks pass."
    assert report.figures["failed"] == report.figures["nulls"] == report.figures["schema"] == 0


@pytest.mark.parametrize(
    ("table", "expected", "words"),
    [
        (later(age=None), {("nulls", "age"): FAIL}, "age: missing, 100.0% of 400."),
        (later(age=np.where(np.arange(ROWS) < 20, np.nan, later()["age"])), {("nulls", "age"): WARN}, "5.0% of 400"),
        (
            later(plan=np.where(np.arange(ROWS) < 60, "mega", later()["plan"])),
            {("new_categories", "plan"): FAIL},
            "15.0% of 400 (mega)",
        ),
        (later(age=later()["age"] + 500), {("out_of_range", "age"): FAIL}, "100.0% of 400 outside of"),
        (later(id=7), {("repeated_ids", "id"): FAIL}, "99.8% of 400 rows have an id that came before"),
        (
            pd.concat([later()[:300], later()[:100].assign(id=range(1_000, 1_100))]),
            {("duplicates", ""): FAIL},
            "25.0% of 400 rows repeat another, 0.0% in the reference",
        ),
        (later().drop(columns="plan"), {("schema", "plan"): FAIL}, "plan: schema, the column is gone"),
        (later().drop(columns="left"), {("schema", "left"): WARN}, "left: schema, the column is gone"),
        (later(colour="red"), {("schema", "colour"): WARN}, "colour: schema, the column came"),
        (
            later().rename(columns={"age": "years"}),
            {("schema", "age"): FAIL, ("schema", "years"): WARN},
            "age: schema, the column is gone",
        ),
        (later(age="young"), {("schema", "age"): FAIL}, "number became text"),
        (later(plan=True), {("schema", "plan"): FAIL}, "text became boolean"),
        (
            later(plan=[f"text {place} of many" for place in range(ROWS)]),
            {("new_categories", "plan"): FAIL},
            "100.0% of 400",
        ),
        (later(age=40.0, plan="gold"), {}, "All 11 checks pass."),
    ],
    ids=lambda value: None,
)
def test_bad_input_has_a_stated_outcome(shop, table, expected, words):
    report = run(shop, table)
    assert wrong(report) == expected
    assert words in report.summary
    assert report.drifted == (FAIL in expected.values())
    assert all(np.isfinite(value) for value in report.figures.values())


def test_one_row_is_told_apart_from_good_data(shop):
    report = run(shop, later()[:1])
    shares = {one.outcome for one in report.checks if one.check in ("nulls", "out_of_range", "duplicates")}
    assert shares == {UNCHECKED}
    assert report.checks[0].observed == "1 values; 30 are needed"


def test_the_contract_is_asked_of_each_window_as_far_as_a_part_can_answer(shop):
    checks = (RangeCheck(column="age", minimum=0.0, maximum=90.0), RowsCheck(minimum=1_000))
    shop.contracts.set(LOCAL, PROJECT, "later", Draft(checks=checks))
    table = later()
    table.loc[350:, "age"] = 95.0
    upload(shop, table, "later")
    payload = {"kinds": ["quality"], "current": "later", "every": "200rows"}
    first, second = shop.monitoring.execute(PROJECT, payload, job_context(shop))
    assert ("contract", "age") not in wrong(first)
    assert wrong(second)["contract", "age"] == FAIL
    assert second.figures["contract"] == 1
    whole = run(shop, current="later")
    assert wrong(whole)["contract", ""] == FAIL, "a whole version is asked for its rows, too"
    rule = AlertRuleDraft(
        name="Broken", watched=Watched.FIGURE, subject="quality:contract", condition=Condition(limit=0.5)
    )
    assert shop.alerts.backtest(PROJECT, rule).fired >= 2


def test_served_inputs_are_asked_the_contract_of_what_the_champion_learned_from(shop):
    shop.contracts.set(LOCAL, PROJECT, "customers", Draft(checks=(RangeCheck(column="age", maximum=50.0),)))
    shop.serving.predict(LOCAL, PROJECT, customers(60, seed=3)[["age", "plan"]].to_dict("records"))
    report = run(shop)
    assert report.current.startswith("logged predictions")
    assert wrong(report) == {("contract", "age"): FAIL}
    assert not any(one.check == "schema" for one in report.checks), "the target is not asked of inputs"


def test_an_empty_window_is_no_good_news(tmp_path):
    platform = house(tmp_path, FakeClock())
    fields = {"task": Task.REGRESSION, "target": "spent", "id_column": "id", "time_column": "day"}
    platform.projects.create(LOCAL, name=PROJECT, **fields)
    table = customers(200).assign(day=["2025-01-01 10:00:00"] * 100 + ["2025-01-03 10:00:00"] * 100)
    upload(platform, table)
    payload = {"reference": "customers", "current": "customers", "every": "1d", "kinds": ["quality", "concept"]}
    found = platform.monitoring.execute(PROJECT, payload, job_context(platform))
    empty = [found[1], found[4]]
    assert [one.outcome for one in empty] == ["untested", "untested"]
    assert empty[0].summary == "No verdict: no row lies in this window."
    assert empty[1].summary == "No verdict on the error: there is no champion whose errors could be told."


@pytest.mark.parametrize(
    ("share", "rows", "usual", "outcome"),
    [
        (0.0, 400, 0.0, PASSED),
        (0.03, 400, 0.0, WARN),
        (0.2, 400, 0.0, FAIL),
        (0.2, 400, 0.19, PASSED),
        (0.04, 50, 0.0, PASSED),
    ],
)
def test_a_share_counts_by_what_is_more_than_in_the_reference_beyond_chance(share, rows, usual, outcome):
    assert outcome_of(share, rows, usual, 1_000) == outcome
