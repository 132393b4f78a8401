"""Retraining plans: which data, what then, and the way back of a champion that does worse."""

from datetime import timedelta

import pandas as pd
import pytest

from core.errors import ChampionChanged, DatasetNotFound, Denied, ProjectNotFound
from core.records.access import LOCAL, Actor, Role
from core.records.contract import Draft, RangeCheck
from core.records.job import JobKind, JobState
from core.records.monitor import Performance
from core.records.plan import DataChoice, PlanDraft, RetrainingOutcome, Trial
from core.records.prediction import LoggedPrediction
from core.records.training import Recency
from core.retraining.plans import describe
from core.retraining_errors import InvalidPlan
from tests.builders import START, FakeClock
from tests.conformance.test_reports import report
from tests.conformance.test_verdicts import verdict
from tests.core.monitoring.house import PROJECT, customers, house, job_context, promote, upload

DAY = timedelta(days=1)
WAITS, PROMOTED, KEPT = RetrainingOutcome.CHALLENGER, RetrainingOutcome.PROMOTED, RetrainingOutcome.KEPT


@pytest.fixture
def shop(tmp_path):
    """A project with a time column and a champion."""
    platform = house(tmp_path, FakeClock())
    platform.projects.create(LOCAL, name=PROJECT, task="regression", target="spent", id_column="id", time_column="day")
    upload(platform, dated(120))
    promote(platform)
    return platform


def dated(rows, **how):
    return customers(rows, **how).assign(day=pd.date_range("2026-01-01", periods=rows).strftime("%Y-%m-%d"))


def plan(platform, **how):
    return platform.plans.set(LOCAL, PROJECT, PlanDraft(**how))


def retrain(platform):
    context = job_context(platform, JobKind.RETRAIN)
    return platform.retrainer.carry_out(PROJECT, {}, context)


def spec_of(platform, told):
    return platform.training.run(PROJECT, told["run_id"]).spec


def newest(platform):
    return platform.plans.retrainings(PROJECT)[0]


def measured(platform, value, version=2):
    found = Performance(metric="rmse", value=value, expected=1.0, rows=80, version=version, dropped=None)
    made = report(id=f"r{value}", project=PROJECT, performance=found, created_at=platform.clock.now())
    with platform.store.write() as work:
        work.reports.add(made)
        work.commit()


def challenger(platform):
    upload(platform, dated(150, seed=4))
    retrain(platform)


def following(platform):
    """Return the one job that follows a retraining and was not done yet."""
    (job,) = [job for job in platform.queue.find(PROJECT, kinds=(JobKind.RETRAIN,)) if job.payload.get("do")]
    return job


def do(platform, job):
    return platform.follower.execute(PROJECT, job.payload, job_context(platform, JobKind.RETRAIN))


def judged(platform, outcome="promote"):
    made = verdict(
        id=f"v{outcome}",
        project=PROJECT,
        version=2,
        bundle_sha256=platform.models.version(PROJECT, 2).bundle_sha256,
        champion=1,
        policy=0,
        outcome=outcome,
        summary="All gates passed.",
    )
    with platform.store.write() as work:
        work.verdicts.add(made)
        work.commit()
    return platform.follower.follow(platform.clock.advance(1))


def promoted(platform):
    challenger(platform)
    platform.models.promote(LOCAL, PROJECT, 2, "better", override=True)
    platform.follower.follow(platform.clock.advance(1))


def test_a_plan_is_said_in_plain_words():
    assert describe(PlanDraft()) == (
        "Train the champion's parameters on all rows of the newest version of the champion's data. Register the "
        "version as challenger and judge it by the project's gates. Ask a person before promoting it. Roll it back if "
        "it does 10% worse than at training within 7 d."
    )
    told = describe(
        PlanDraft(data="window", span="90d", trials=20, seconds=600, trial=Trial.CANARY, promote=True, probation_s=0)
    )
    assert told == (
        "Train the best of 20 trials in 600 s on the last 90d of the newest version of the champion's data. "
        "Register the version as challenger and judge it by the project's gates. Let it answer 10% of the requests "
        "for 1 d first. Promote it when the verdict says so, otherwise ask."
    )


def test_a_plan_is_kept_with_an_audit_event_and_only_by_those_who_may(shop):
    assert shop.plans.plan(PROJECT).draft == PlanDraft()
    kept = plan(shop, data="weighted", span="30d")
    assert shop.plans.plan(PROJECT) == kept
    assert shop.audit.events(LOCAL, PROJECT)[0].details["after"] == describe(kept)
    scientist = Actor(name="sue", role=Role.SCIENTIST)
    with pytest.raises(Denied):
        shop.plans.set(scientist, PROJECT, PlanDraft(promote=True))
    with pytest.raises(Denied):
        shop.plans.set(Actor(name="vera", role=Role.VIEWER), PROJECT, PlanDraft())
    with pytest.raises(ProjectNotFound):
        shop.plans.set(LOCAL, "nope", PlanDraft())
    with pytest.raises(InvalidPlan, match="is no length"):
        plan(shop, data="window", span="long")
    with pytest.raises(DatasetNotFound):
        plan(shop, dataset="nothing")
    with pytest.raises(ValueError, match="such as 90d"):
        PlanDraft(data="window")
    assert shop.plans.plan(PROJECT) == kept


def test_a_window_of_time_is_learned_from(shop):
    plan(shop, data="window", span="60d")
    told = retrain(shop)
    assert told["note"].startswith("Trained ridge like champion version 1 on customers@1, the last 60d of it;")
    assert spec_of(shop, told).recency == Recency(column="day", window="60d")
    assert shop.retrainer.carry_out(PROJECT, {}, job_context(shop, JobKind.RETRAIN))["outcome"] == "no new data"


def test_older_rows_count_less(shop):
    plan(shop, data="weighted", span="30d")
    assert spec_of(shop, retrain(shop)).recency == Recency(column="day", half_life="30d")


def test_what_was_served_and_came_true_is_learned_from(shop):
    plan(shop, data="labelled")
    assert retrain(shop)["outcome"] == "too little data"
    assert newest(shop).note == "0 logged predictions have a label; 50 are needed to learn from them."
    rows = dated(60, seed=9)
    logged = [
        LoggedPrediction(
            prediction_id=f"p{n}",
            at=START + n * timedelta(hours=1),
            version=1,
            features={"age": row["age"], "plan": row["plan"]},
            prediction=1.0,
            score=None,
            latency_ms=1.0,
        )
        for n, row in enumerate(rows.to_dict("records"))
    ]
    shop.log.append(PROJECT, logged)
    truth = [{"prediction_id": f"p{n}", "label": value} for n, value in enumerate(rows["spent"])]
    shop.clock.advance(100 * 3_600)
    shop.labels.add(LOCAL, PROJECT, truth)
    told = retrain(shop)
    assert told["dataset"] == "customers-labelled@1"
    version = shop.datasets.resolve(PROJECT, "customers-labelled")
    assert ([column.name for column in version.columns], version.rows) == (["age", "plan", "spent", "day"], 60)
    assert retrain(shop)["outcome"] == "no new data"


def test_the_hyperparameters_are_searched_anew_within_a_budget(shop):
    plan(shop, trials=3)
    context = job_context(shop, JobKind.RETRAIN)
    told = shop.retrainer.carry_out(PROJECT, {}, context)
    study = shop.tuning.study(context.job.id)
    assert (study.done, study.state.value) == (3, "finished")
    best = next(trial for trial in shop.tuning.trials(study.id) if trial.number == study.best)
    params = spec_of(shop, told).params
    assert {name: params[name] for name in best.params} == best.params
    assert told["note"].endswith("Its hyperparameters are the best of 3 trials at most.")


def test_weights_count_in_the_search_as_well(shop):
    plan(shop, data=DataChoice.WEIGHTED, span="20d", trials=1)
    context = job_context(shop, JobKind.RETRAIN)
    told = shop.retrainer.carry_out(PROJECT, {}, context)
    (weighed,) = shop.tuning.trials(context.job.id)
    assert spec_of(shop, told).recency.half_life == "20d"
    plan(shop, trials=1)
    context = job_context(shop, JobKind.RETRAIN)
    shop.retrainer.carry_out(PROJECT, {}, context)
    (alike,) = shop.tuning.trials(context.job.id)
    assert weighed.params == alike.params
    assert weighed.scores != alike.scores


@pytest.mark.parametrize(
    ("state", "error", "note"),
    [(JobState.FAILED, "The job was lost.", "The job was lost."), (JobState.CANCELLED, None, "it was cancelled")],
)
def test_a_retraining_whose_job_failed_is_in_the_table_once(shop, state, error, note):
    job = shop.retraining.retrain(LOCAL, PROJECT)
    with shop.store.write() as work:
        held = work.jobs.take(job.id, "w", shop.clock.now(), 20)
        work.jobs.finish(held.id, held.token, state, shop.clock.advance(30), None, "lost", error)
        work.commit()
    for _ in range(2):
        shop.follower.follow(shop.clock.advance(1))
    (found,) = shop.plans.retrainings(PROJECT)
    assert (found.id, found.outcome.value, found.note, found.seconds) == (job.id, "failed", note, 30)
    assert (found.champion, found.version, found.cause) == (1, None, "person")


def test_data_that_fail_their_contract_are_an_outcome_with_its_reason(shop):
    shop.contracts.set(LOCAL, PROJECT, "customers", Draft(checks=(RangeCheck(column="age", minimum=1000),)))
    upload(shop, dated(150, seed=4))
    told = retrain(shop)
    assert told["outcome"] == "data failed"
    assert "customers@2" in newest(shop).note
    assert [version.version for version in shop.models.versions(PROJECT)] == [1]


def test_a_retraining_tells_cause_champion_and_figures_on_the_same_rows(shop):
    challenger(shop)
    found = newest(shop)
    assert (found.outcome, found.champion, found.version, found.metric) == (WAITS, 1, 2, "rmse")
    assert found.value == shop.training.run(PROJECT, shop.models.version(PROJECT, 2).run_id).metrics["rmse"]
    assert (found.dataset, found.cause, found.reason) == ("customers@2", "person", "asked for by ann")


def test_a_challenger_that_is_promoted_is_watched_and_kept(shop):
    promoted(shop)
    found = newest(shop)
    assert (found.outcome, found.note) == (PROMOTED, "local promoted it: better")
    assert found.due_at == shop.models.champion(PROJECT).since + 7 * DAY
    measured(shop, 1.05)
    assert shop.follower.follow(shop.clock.advance(86_400)) == 0
    assert newest(shop).outcome is PROMOTED
    shop.follower.follow(shop.clock.advance(7 * 86_400))
    assert (newest(shop).outcome, newest(shop).note) == (KEPT, "rmse was 1.05 on 80 rows, 1 at training: 5.0% worse")


def test_without_a_measurement_the_probation_ends_and_says_so(shop):
    promoted(shop)
    shop.follower.follow(shop.clock.advance(8 * 86_400))
    assert newest(shop).note == "nothing was measured in its probation that speaks against it"


def test_a_champion_that_does_worse_is_rolled_back_once(shop):
    promoted(shop)
    measured(shop, 1.2)
    assert [shop.follower.follow(shop.clock.advance(1)) for _ in range(3)] == [1, 0, 0]
    job = following(shop)
    assert (job.title, job.cause.note) == (
        "Roll back to version 1",
        "rmse was 1.2 on 80 rows, 1 at training: 20.0% worse",
    )
    context = job_context(shop, JobKind.RETRAIN)
    for _ in range(2):
        told = shop.follower.execute(PROJECT, job.payload, context)
        assert told["champion_version"] == shop.models.champion(PROJECT).version == 1
    assert newest(shop).outcome is RetrainingOutcome.ROLLED_BACK
    assert [item.version for item in shop.models.history(PROJECT)] == [1, 2, 1]
    assert "Rolled back by itself" in shop.models.champion(PROJECT).reason
    assert shop.follower.follow(shop.clock.advance(1)) == 0


def test_a_person_who_rolls_back_ends_the_probation(shop):
    promoted(shop)
    shop.models.rollback(LOCAL, PROJECT, "no good")
    shop.follower.follow(shop.clock.advance(1))
    assert (newest(shop).outcome, newest(shop).note) == (RetrainingOutcome.ROLLED_BACK, "another version serves again")


def test_a_challenger_that_another_overtakes_is_passed_over(shop):
    challenger(shop)
    upload(shop, dated(160, seed=5))
    retrain(shop)
    shop.follower.follow(shop.clock.advance(1))
    second, first = shop.plans.retrainings(PROJECT)
    assert (first.outcome, first.note) == (RetrainingOutcome.PASSED_OVER, "version 3 came after it")
    assert second.outcome is WAITS


def test_a_verdict_that_says_no_holds_and_one_that_says_yes_waits_for_a_person(shop):
    challenger(shop)
    assert judged(shop, "hold") == 0
    assert (newest(shop).outcome, newest(shop).verdict) == (RetrainingOutcome.HELD, "hold")
    assert judged(shop) == 0
    assert (newest(shop).outcome, newest(shop).verdict) == (WAITS, "promote")
    assert newest(shop).note == "it passed its gates and waits for a person to decide"
    assert shop.follower.follow(shop.clock.advance(1)) == 0


def test_what_passed_its_gates_is_promoted_once_where_the_plan_allows_it(shop):
    plan(shop, promote=True)
    challenger(shop)
    assert judged(shop) == 0
    assert [shop.follower.follow(shop.clock.advance(1)) for _ in range(2)] == [1, 0]
    job = following(shop)
    assert job.title == "Promote version 2"
    for _ in range(2):
        do(shop, job)
    assert [item.version for item in shop.models.history(PROJECT)] == [2, 1]
    shop.follower.follow(shop.clock.advance(1))
    assert newest(shop).outcome is PROMOTED
    assert newest(shop).note.startswith("system promoted it: Promoted by itself, as the retraining plan allows")


def test_another_champion_meanwhile_is_never_replaced_by_itself(shop):
    plan(shop, promote=True)
    challenger(shop)
    judged(shop)
    shop.follower.follow(shop.clock.advance(1))
    promote(shop, "decision_tree")
    with pytest.raises(ChampionChanged):
        do(shop, following(shop))
    shop.follower.follow(shop.clock.advance(1))
    assert newest(shop).outcome is RetrainingOutcome.PASSED_OVER


def test_a_challenger_is_tried_on_requests_first_and_then_waits(shop):
    plan(shop, trial="canary", trial_s=3_600, share=0.2)
    challenger(shop)
    judged(shop)
    assert shop.follower.follow(shop.clock.advance(1)) == 1
    do(shop, following(shop))
    traffic = shop.traffic.current(PROJECT)
    assert (traffic.version, traffic.mode.value, traffic.share) == (2, "canary", 0.2)
    assert newest(shop).outcome is RetrainingOutcome.ON_TRIAL
    assert newest(shop).due_at == shop.clock.now() + timedelta(hours=1)
    assert shop.follower.follow(shop.clock.advance(60)) == 0
    assert shop.follower.follow(shop.clock.advance(3_600)) == 1
    stop = next(j for j in shop.queue.find(PROJECT, kinds=(JobKind.RETRAIN,)) if j.payload.get("do") == "stop")
    do(shop, stop)
    assert shop.traffic.current(PROJECT) is None
    assert newest(shop).outcome is RetrainingOutcome.TRIED
    assert shop.follower.follow(shop.clock.advance(1)) == 0


def test_a_trial_that_was_rolled_back_holds_the_challenger(shop):
    plan(shop, trial="shadow", promote=True)
    challenger(shop)
    judged(shop)
    shop.follower.follow(shop.clock.advance(1))
    do(shop, following(shop))
    shop.traffic.roll_back(shop.traffic.current(PROJECT), "its answers failed")
    shop.follower.follow(shop.clock.advance(1))
    assert (newest(shop).outcome, newest(shop).note) == (
        RetrainingOutcome.HELD,
        "system ended its trial: its answers failed",
    )
