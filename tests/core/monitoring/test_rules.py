"""Rules are kept in versions, tried on what is stored, and reviews are told."""

import pytest

from core.errors import Denied, InvalidInput, ProjectNotFound, ReportNotFound
from core.monitoring import cost
from core.records.access import LOCAL, Actor, Role
from core.records.drift_rule import ColumnRule, ReviewDecision, RuleDraft
from core.records.job import JobKind
from core.records.monitor import Performance
from core.records.project import CostMatrix, Project, Task
from tests.builders import START, FakeClock
from tests.core.monitoring.house import PROJECT, create, customers, house, job_context, upload
from tests.core.monitoring.test_backtest import window

VERA = Actor(name="vera", role=Role.VIEWER)


@pytest.fixture
def shop(tmp_path):
    platform = house(tmp_path, FakeClock())
    create(platform)
    upload(platform, customers(300))
    upload(platform, customers(300, shift=1.0, seed=1))
    return platform


def check(platform):
    payload = {"reference": "customers@1", "current": "customers@2"}
    (report,) = platform.monitoring.execute(PROJECT, payload, job_context(platform))
    return report


def test_a_rule_is_kept_in_versions_and_not_twice(shop):
    assert shop.drift_rules.newest(PROJECT) is None
    first = shop.drift_rules.save(LOCAL, PROJECT, RuleDraft(share=0.3), "stricter")
    assert shop.drift_rules.save(LOCAL, PROJECT, RuleDraft(share=0.3)) == first
    second = shop.drift_rules.save(LOCAL, PROJECT, RuleDraft(share=0.9))
    assert [rule.number for rule in shop.drift_rules.history(PROJECT)] == [2, 1]
    assert shop.drift_rules.newest(PROJECT) == second
    events = shop.audit.events(LOCAL, PROJECT)
    assert [event.subject for event in events if event.action == "monitor.rule"] == ["rule 2", "rule 1"]


@pytest.mark.parametrize(
    ("draft", "problem"),
    [
        (RuleDraft(windows_drifted=2), "2 of 1 windows cannot be drifted"),
        (RuleDraft(numbers=ColumnRule(test="chisquare")), "'chisquare' is no test for numbers. Choose one of: ks_dist"),
        (RuleDraft(columns={"age": ColumnRule(test="magic")}), "'magic' is no test for age"),
    ],
)
def test_a_rule_without_sense_is_refused(shop, draft, problem):
    with pytest.raises(InvalidInput, match=problem):
        shop.drift_rules.save(LOCAL, PROJECT, draft)
    with pytest.raises(InvalidInput, match=problem):
        shop.drift_rules.try_out(PROJECT, draft)


def test_a_check_follows_the_rule_in_force_and_says_which(shop):
    assert check(shop).rule == 0
    shop.drift_rules.save(
        LOCAL, PROJECT, RuleDraft(numbers=ColumnRule(test="wasserstein", threshold=5.0), answers=False)
    )
    report = check(shop)
    assert (report.rule, report.drifted) == (1, False)
    assert next(column for column in report.columns if column.name == "age").test == "wasserstein"


def test_a_rule_is_tried_on_what_is_stored(shop):
    check(shop)
    assert shop.drift_rules.try_out(PROJECT, RuleDraft()).sentence.startswith("This rule would have fired once")
    hardly = RuleDraft(numbers=ColumnRule(threshold=0.9))
    assert shop.drift_rules.try_out(PROJECT, hardly).fired == ()


def test_a_review_is_kept_with_its_note_and_told(shop):
    report = check(shop)
    said = shop.drift_rules.review(LOCAL, report.id, ReviewDecision.EXPECTED, "the new tariff", column="age")
    assert shop.drift_rules.reviews(PROJECT, report.id) == [said]
    event = shop.audit.events(LOCAL, PROJECT)[0]
    assert (event.action, event.subject, event.details["decision"]) == ("monitor.review", report.id, "expected")
    with pytest.raises(InvalidInput, match="needs a note"):
        shop.drift_rules.review(LOCAL, report.id, ReviewDecision.EXPECTED, " ")
    with pytest.raises(InvalidInput, match="no column 'shoe'"):
        shop.drift_rules.review(LOCAL, report.id, ReviewDecision.EXPECTED, "x", column="shoe")
    with pytest.raises(ReportNotFound):
        shop.drift_rules.review(LOCAL, "nope", ReviewDecision.EXPECTED, "x")


def test_who_may_not_monitor_keeps_neither(shop):
    with pytest.raises(Denied):
        shop.drift_rules.save(VERA, PROJECT, RuleDraft())
    with pytest.raises(Denied):
        shop.drift_rules.review(VERA, "any", ReviewDecision.EXPECTED, "x")
    with pytest.raises(ProjectNotFound):
        shop.drift_rules.save(LOCAL, "nowhere", RuleDraft())


MONEY = CostMatrix(true_positive=10.0, false_positive=-1.0)


def project(costs):
    fields = {"name": "shop", "task": Task.BINARY, "target": "left", "positive": "yes", "metric": "f1"}
    return Project(**fields, cost_matrix=costs, created_at=START, created_by="ann")


def lost(day, amount):
    told = Performance(
        metric="f1",
        value=0.5,
        expected=0.6,
        rows=500,
        version=1,
        dropped=True,
        worth=100.0 - amount,
        worth_expected=100.0,
    )
    return window(day, 0.2, performance=told)


@pytest.mark.parametrize(
    ("costs", "windows", "rate", "sentence"),
    [
        (None, [lost(0, 30)], 1.0, "Give it a cost matrix."),
        (MONEY, [window(0, 0.2)], 1.0, "no window has answers whose truth is known"),
        (MONEY, [lost(0, 30), lost(1, -40)], 1.0, "Drift has cost nothing in 2 windows"),
        (MONEY, [lost(0, 30), lost(1, 20)], 0.0, "Drift has cost 50 in 2 windows; a retraining takes 180 s. Set what"),
        (
            MONEY,
            [lost(0, 30), lost(1, 20)],
            100.0,
            "cost 50 in 2 windows, a retraining 5.00: it pays when it wins back 10.0%",
        ),
        (MONEY, [lost(0, 30)], 10_000.0, "a retraining 500.00: waiting is cheaper so far."),
    ],
)
def test_the_cost_of_drift_stands_beside_that_of_retraining(shop, costs, windows, rate, sentence):
    job = job_context(shop, JobKind.RETRAIN).job
    ended = job.model_copy(update={"started_at": START, "finished_at": START.replace(minute=START.minute + 3)})
    found = cost.of(project(costs), windows, ended, rate)
    assert sentence in found.sentence


def test_without_a_training_that_ended_the_cost_says_so(shop):
    assert "none has ended well yet" in cost.of(project(MONEY), [lost(0, 30)], None, 1.0).sentence
    assert shop.drift_rules.cost(PROJECT).lost is None
