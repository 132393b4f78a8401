"""Simulations: the past played through, the recommendation chosen without what came after, and made the plan."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pandas as pd
import pytest

from core.errors import Denied, InvalidSchedule, NoChampion
from core.records.access import LOCAL, Actor, Role
from core.records.job import JobKind
from core.records.plan import DataChoice
from core.records.simulation import PolicyKind, PolicyResult, RetrainPolicy
from core.retraining.policies import parse, words
from core.retraining.replaying import recommend
from core.retraining_errors import CannotSimulate, SimulationNotFound
from tests.builders import FakeClock
from tests.conformance.test_reports import rule as drift_rule
from tests.core.monitoring.house import PROJECT, house, job_context, promote, upload

START = datetime(2026, 1, 1, tzinfo=UTC)
NEVER = RetrainPolicy(kind=PolicyKind.NEVER)
WEEKLY = RetrainPolicy(kind=PolicyKind.EVERY, amount=1)
FALLS = RetrainPolicy(kind=PolicyKind.PERFORMANCE, amount=50)


def turning(rows=400):
    """Two rows a day; from the 120th day on what is spent falls with the age instead of rising."""
    rng = np.random.default_rng(0)
    age = rng.uniform(0, 1, size=rows)
    slope = np.where(np.arange(rows) < 240, 1.0, -1.0)
    day = pd.date_range("2026-01-01", periods=rows, freq="12h").strftime("%Y-%m-%dT%H:%M")
    return pd.DataFrame({"id": np.arange(rows), "day": day, "age": age, "spent": slope * age})


@pytest.fixture
def shop(tmp_path):
    platform = house(tmp_path, FakeClock())
    platform.projects.create(LOCAL, name=PROJECT, task="regression", target="spent", id_column="id", time_column="day")
    upload(platform, turning())
    promote(platform, features=("age",))
    return platform


def simulate(platform, *policies, **how):
    request = platform.simulations.propose(PROJECT, policies=policies, since=START + timedelta(days=60), **how)
    return platform.simulations.execute(
        PROJECT, request.model_dump(mode="json"), job_context(platform, JobKind.SIMULATE)
    )


def test_a_simulation_tells_when_it_would_have_retrained_and_what_that_gains(shop):
    window = WEEKLY.model_copy(update={"span": "21d"})
    found = simulate(shop, NEVER, window, FALLS, held_back=START + timedelta(days=160))
    never, weekly, falls = found.results
    assert [result.retrainings for result in (never, weekly)] == [0, 19]
    assert [check.at for check in never.checks] == [START + timedelta(days=60 + 7 * n) for n in range(1, 21)]
    assert sum(check.rows for check in never.checks) == 280
    first = next(check for check in falls.checks if check.retrained)
    assert (first.at, first.value) == (START + timedelta(days=123), pytest.approx(first.value))
    assert "worse than" in first.reason
    assert never.held_back_value > 0.9
    assert weekly.held_back_value < 0.01
    assert found.recommended == 1
    assert found.summary.startswith("Recommended: retrain every 7 days on the last 21d (19 retrainings,")
    assert "which it was not chosen by, rmse is" in found.summary
    assert shop.simulations.simulation(found.id) == found
    assert shop.simulations.simulations(PROJECT) == [found]


def test_a_repeated_job_adds_no_second_simulation(shop):
    context = job_context(shop, JobKind.SIMULATE)
    request = shop.simulations.propose(PROJECT, policies=[NEVER], since=START + timedelta(days=150))
    for _ in range(2):
        shop.simulations.execute(PROJECT, request.model_dump(mode="json"), context)
    assert [found.id for found in shop.simulations.simulations(PROJECT)] == [context.job.id]


def test_a_retraining_whose_model_is_no_better_is_a_false_alarm(shop):
    policies = [RetrainPolicy(kind=PolicyKind.EVERY, amount=2, span=span) for span in ("", "3d")]
    more, fewer = simulate(shop, *policies, until=START + timedelta(days=100)).results
    assert (more.retrainings, more.false_alarms) == (2, 0)
    assert (fewer.retrainings, fewer.false_alarms) == (2, 2)


def test_the_cheapest_of_those_near_the_best_is_recommended():
    def made(value, retrainings):
        return PolicyResult(
            policy=NEVER,
            words="",
            retrainings=retrainings,
            false_alarms=0,
            seconds=1.0,
            value=value,
            held_back_value=None,
            checks=(),
        )

    results = [made(10.0, 0), made(5.0, 50), made(5.04, 10), made(None, 0)]
    assert recommend(results, higher_is_better=False) == 2
    assert recommend(results, higher_is_better=True) == 0
    assert recommend(results[3:], higher_is_better=True) == 0


def test_policies_are_said_in_words():
    day = 86_400
    assert words(RetrainPolicy(kind=PolicyKind.ROWS, amount=2000, span="90d"), day) == (
        "retrain at 2,000 new rows on the last 90d"
    )
    assert words(FALLS, day) == "retrain when the performance falls by 50% on all rows"
    with pytest.raises(ValueError, match="needs an amount"):
        RetrainPolicy(kind=PolicyKind.EVERY)


def test_policies_are_read_from_text():
    assert parse("rows:2000@90d") == RetrainPolicy(kind=PolicyKind.ROWS, amount=2000, span="90d")
    assert parse("drift:3") == RetrainPolicy(kind=PolicyKind.DRIFT)
    for text in ("often", "every", "every:x"):
        with pytest.raises(CannotSimulate, match=f"{text!r} is no policy"):
            parse(text)
    with pytest.raises(InvalidSchedule):
        parse("drift@long")


def test_what_is_compared_by_itself_has_a_window_of_a_quarter_of_the_time_before(shop):
    request = shop.simulations.propose(PROJECT, since=START + timedelta(days=100))
    assert [words(policy, request.step_s) for policy in request.policies] == [
        "never retrain",
        "retrain every 28 days on all rows",
        "retrain every 28 days on the last 25d",
        "retrain when the performance falls by 10% on the last 25d",
        "retrain when data drift on the last 25d",
    ]


def test_a_policy_is_made_the_plan_with_what_starts_it(shop):
    found = simulate(shop, NEVER, WEEKLY.model_copy(update={"span": "21d"}), FALLS)
    plan = shop.simulations.adopt(LOCAL, found.id, 1)
    assert (plan.data, plan.span, plan.dataset) == (DataChoice.WINDOW, "21d", "customers")
    (schedule,) = shop.retraining.schedules(PROJECT)
    assert (schedule.trigger.expression, schedule.action.value) == ("7d", "retrain")
    assert shop.simulations.adopt(LOCAL, found.id, 2).data is DataChoice.LATEST
    (rule,) = shop.rules.rules(PROJECT)
    assert (rule.conditions[0].sign.value, rule.conditions[0].amount, rule.mode.value) == ("performance", 50, "act")
    with pytest.raises(SimulationNotFound):
        shop.simulations.adopt(LOCAL, found.id, 7)
    with pytest.raises(SimulationNotFound):
        shop.simulations.adopt(LOCAL, "nope")
    with pytest.raises(Denied):
        shop.simulations.adopt(Actor(name="vera", role=Role.VIEWER), found.id)


def test_what_cannot_be_played_through_is_refused(tmp_path, shop):
    with pytest.raises(CannotSimulate, match="in this order"):
        shop.simulations.propose(PROJECT, since=START, held_back=START - timedelta(days=1))
    with pytest.raises(Denied):
        shop.simulations.submit(Actor(name="vera", role=Role.VIEWER), PROJECT, shop.simulations.propose(PROJECT))
    bare = house(tmp_path, FakeClock())
    bare.projects.create(LOCAL, name=PROJECT, task="regression", target="spent")
    with pytest.raises(NoChampion):
        bare.simulations.propose(PROJECT)
    job = shop.simulations.submit(LOCAL, PROJECT, shop.simulations.propose(PROJECT))
    assert (job.kind, job.title) == (JobKind.SIMULATE, "Simulate 5 retraining policies on customers@1")


def test_drift_and_new_rows_are_seen_at_the_check_at_which_they_come(shop):
    rows = turning()
    rows.loc[240:, "age"] += 5
    upload(shop, rows)
    with shop.store.write() as work:
        work.drift_rules.add(drift_rule(project=PROJECT, min_rows=20, share=0.5, columns={}))
        work.commit()
    how = [RetrainPolicy(kind=PolicyKind.DRIFT), RetrainPolicy(kind=PolicyKind.ROWS, amount=100)]
    drift, new = simulate(shop, *how, step_s=28 * 86_400).results
    days = [(check.at - START).days for check in new.checks if check.retrained]
    assert days == [116, 172]
    first = next(check for check in drift.checks if check.retrained)
    assert ((first.at - START).days, "1 of 1 tested features drifted" in first.reason) == (144, True)
