"""Schedules from adding to removing, and retraining the champion's recipe with real models."""

from datetime import timedelta

import pytest

from core.data_errors import NoOrigin
from core.errors import (
    DatasetNotFound,
    Denied,
    InvalidSchedule,
    InvalidSpec,
    NoChampion,
    ProjectNotFound,
    ScheduleNotFound,
)
from core.jobs.context import detached
from core.records.access import LOCAL, Actor, Role
from core.records.job import JobKind
from core.records.model import Alias
from core.records.origin import Origin
from core.records.schedule import (
    Conduct,
    FiringOutcome,
    MissedPolicy,
    ScheduleAction,
    ScheduleDraft,
    Trigger,
    TriggerKind,
)
from tests.builders import START, FakeClock
from tests.core.monitoring.house import PROJECT, create, customers, house, job_context, promote, upload

DAILY = Trigger(kind=TriggerKind.CRON, expression="30 2 * * *", timezone="Europe/Berlin")
HOURLY = Trigger(kind=TriggerKind.EVERY, expression="1h", timezone="UTC")
VIEWER = Actor(name="vera", role=Role.VIEWER)


@pytest.fixture
def clock():
    return FakeClock()


@pytest.fixture
def bare(tmp_path, clock):
    platform = house(tmp_path, clock)
    create(platform)
    upload(platform, customers(300))
    return platform


@pytest.fixture
def shop(bare):
    """A project with a champion."""
    promote(bare)
    return bare


def add(platform, trigger=HOURLY, action=ScheduleAction.RETRAIN, **more):
    return platform.retraining.add(LOCAL, PROJECT, ScheduleDraft(action=action, trigger=trigger, **more))


def retrain(platform, **payload):
    return platform.retrainer.carry_out(PROJECT, payload, job_context(platform, JobKind.RETRAIN))


def test_a_schedule_is_stored_with_its_next_moment_and_an_audit_event(bare):
    made = add(bare, DAILY, conduct=Conduct(missed=MissedPolicy.SKIP))
    assert made.next_at.isoformat() == "2026-03-03T01:30:00+00:00"
    assert (made.enabled, made.conduct.missed, made.created_by) == (True, MissedPolicy.SKIP, "local")
    assert bare.retraining.schedule(made.id) == made
    assert bare.retraining.schedules(PROJECT) == bare.retraining.schedules() == [made]
    event = bare.audit.events(LOCAL, PROJECT)[0]
    assert (event.action, event.subject) == ("schedule.add", made.id)
    when = "at 02:30 (Europe/Berlin)"
    assert event.details == {"action": "retrain", "when": when, "conduct": {"missed": "skip"}}


@pytest.mark.parametrize(
    ("trigger", "payload", "problem"),
    [
        (Trigger(kind=TriggerKind.CRON, expression="0 0 31 2 *", timezone="UTC"), {}, "never fires"),
        (Trigger(kind=TriggerKind.AT, expression="2026-01-01T00:00", timezone="UTC"), {}, "in the past"),
        (Trigger(kind=TriggerKind.EVERY, expression="1h", timezone="Nowhere"), {}, "no time zone"),
        (HOURLY, {"dataset": "nothing"}, "no dataset version 'nothing'"),
        (HOURLY, {"since": "2026-01-01"}, "'since' means nothing to retrain; it takes dataset"),
    ],
)
def test_a_schedule_that_cannot_work_is_refused_and_nothing_is_stored(bare, trigger, payload, problem):
    with pytest.raises((InvalidSchedule, DatasetNotFound)) as caught:
        add(bare, trigger, payload=payload)
    assert problem in str(caught.value)
    assert bare.retraining.schedules() == []


def test_only_what_was_fetched_can_be_refreshed_on_schedule(bare, tmp_path):
    for payload, error in (({}, InvalidSchedule), ({"dataset": "customers"}, NoOrigin)):
        with pytest.raises(error):
            add(bare, HOURLY, ScheduleAction.INGEST, payload=payload)
    (tmp_path / "more.csv").write_text("a,b\n1,2\n")
    bare.origins.add(LOCAL, PROJECT, Origin(url=f"file://{tmp_path}/more.csv"))
    made = add(bare, HOURLY, ScheduleAction.INGEST, payload={"dataset": "more"})
    job = bare.retraining.run_now(LOCAL, made.id)
    assert (job.kind, job.payload) == (JobKind.INGEST, {"dataset": "more"})


def test_an_unknown_project_and_a_person_without_the_right_are_refused(bare):
    with pytest.raises(ProjectNotFound):
        bare.retraining.add(LOCAL, "nowhere", ScheduleDraft(action=ScheduleAction.RETRAIN, trigger=HOURLY))
    with pytest.raises(Denied):
        bare.retraining.add(VIEWER, PROJECT, ScheduleDraft(action=ScheduleAction.RETRAIN, trigger=HOURLY))
    for change in (bare.retraining.pause, bare.retraining.resume, bare.retraining.remove, bare.retraining.run_now):
        with pytest.raises(Denied):
            change(VIEWER, "s")
        with pytest.raises(ScheduleNotFound):
            change(LOCAL, "s")
    with pytest.raises(Denied):
        bare.retraining.retrain(VIEWER, PROJECT)


def test_pausing_takes_the_next_moment_away_and_resuming_counts_from_now(bare, clock):
    made = add(bare)
    paused = bare.retraining.pause(LOCAL, made.id)
    assert (paused.enabled, paused.next_at) == (False, None)
    clock.advance(90 * 60)
    resumed = bare.retraining.resume(LOCAL, made.id)
    assert (resumed.enabled, resumed.next_at) == (True, START + timedelta(hours=2))
    assert bare.retraining.resume(LOCAL, made.id) == resumed
    actions = [event.action for event in bare.audit.events(LOCAL, PROJECT)[:3]]
    assert actions == ["schedule.resume", "schedule.pause", "schedule.add"]


def test_a_one_off_whose_moment_passed_cannot_be_resumed(bare, clock):
    made = add(bare, Trigger(kind=TriggerKind.AT, expression="2026-03-02T10:00", timezone="UTC"))
    bare.retraining.pause(LOCAL, made.id)
    clock.advance(7_200)
    with pytest.raises(InvalidSchedule, match="in the past"):
        bare.retraining.resume(LOCAL, made.id)


def test_removing_a_schedule_keeps_its_ledger(shop, clock):
    made = add(shop)
    shop.retraining.fire_due(clock.advance(3_600))
    shop.retraining.remove(LOCAL, made.id)
    assert shop.retraining.schedules() == []
    assert len(shop.retraining.firings(PROJECT, made.id)) == 1


def test_running_a_schedule_now_queues_its_job_once_and_needs_a_champion(bare):
    made = add(bare)
    with pytest.raises(NoChampion):
        bare.retraining.run_now(LOCAL, made.id)
    promote(bare)
    job = bare.retraining.run_now(LOCAL, made.id)
    assert (job.kind, job.created_by, job.cause.id, job.cause.note) == (JobKind.RETRAIN, "local", made.id, "run now")
    assert bare.retraining.run_now(LOCAL, made.id).id == job.id
    assert [row.job_id for row in bare.retraining.firings(PROJECT)] == [job.id]


def test_retraining_without_a_champion_is_refused_before_the_job_is_queued(bare):
    with pytest.raises(NoChampion):
        bare.retraining.retrain(LOCAL, PROJECT)
    assert bare.queue.find(PROJECT, kinds=(JobKind.RETRAIN,)) == []
    with pytest.raises(NoChampion):
        retrain(bare)


def test_retraining_queues_a_job_that_names_what_it_will_do(shop):
    job = shop.retraining.retrain(LOCAL, PROJECT, key="k")
    assert (job.kind, job.title) == (JobKind.RETRAIN, "Retrain version 1 on the newest data")
    assert shop.retraining.retrain(LOCAL, PROJECT, key="k").id == job.id
    named = shop.retraining.retrain(LOCAL, PROJECT, dataset="customers")
    assert (named.title, named.payload) == ("Retrain version 1 on customers@1", {"dataset": "customers"})
    with pytest.raises(DatasetNotFound):
        shop.retraining.retrain(LOCAL, PROJECT, dataset="customers@7")
    with pytest.raises(ProjectNotFound):
        shop.retraining.retrain(LOCAL, "nowhere")


def test_the_champions_recipe_is_trained_on_the_newest_data_and_becomes_the_challenger(shop):
    upload(shop, customers(400, shift=1.0, seed=1))
    result = retrain(shop)
    assert result == {
        "run_id": result["run_id"],
        "version": 2,
        "dataset": "customers@2",
        "champion_version": 1,
        "note": "Trained ridge like champion version 1 on customers@2; the champion was trained on customers@1.",
    }
    champion = shop.models.champion(PROJECT)
    made = shop.models.version(PROJECT, 2)
    assert champion.version == 1
    assert (made.run_id, made.aliases) == (result["run_id"], (Alias.CHALLENGER,))
    old = shop.training.run(PROJECT, champion.run_id).spec
    assert shop.training.run(PROJECT, result["run_id"]).spec == old.model_copy(
        update={"dataset": shop.datasets.resolve(PROJECT, "customers@2").ref},
    )


def test_without_new_data_nothing_is_trained_and_that_is_the_outcome(shop):
    assert retrain(shop) == {
        "outcome": "no new data",
        "note": "customers@1 is what champion version 1 was trained on, in the same way.",
        "champion_version": 1,
    }
    upload(shop, customers(120, seed=3))
    assert retrain(shop)["version"] == 2
    assert retrain(shop)["note"] == "version 2 was made of customers@2 in the same way."
    outcomes = [found.outcome.value for found in shop.plans.retrainings(PROJECT)]
    assert outcomes == ["no new data", "waits", "no new data"]


def test_a_second_attempt_of_the_job_makes_no_second_version(shop):
    upload(shop, customers(120, seed=3))
    context = job_context(shop, JobKind.RETRAIN)
    first = shop.retrainer.carry_out(PROJECT, {}, context)
    again = detached(context.job.model_copy(update={"attempt": 2, "token": 2}), shop.clock)
    assert shop.retrainer.carry_out(PROJECT, {}, again) == first
    assert [version.version for version in shop.models.versions(PROJECT)] == [2, 1]


def test_data_that_do_not_fit_the_recipe_fail_with_the_reason(shop):
    upload(shop, customers(300).drop(columns="plan"))
    with pytest.raises(InvalidSpec, match="'plan'"):
        retrain(shop)
    assert [version.version for version in shop.models.versions(PROJECT)] == [1]


def test_changing_a_schedule_keeps_its_ledger_and_counts_from_now(shop, clock):
    made = add(shop)
    shop.retraining.fire_due(clock.advance(3_600))
    draft = made.draft.model_copy(update={"name": "nightly", "trigger": DAILY, "conduct": Conduct(at_once=2)})
    changed = shop.retraining.change(LOCAL, made.id, draft)
    assert (changed.draft, changed.id) == (draft, made.id)
    assert changed.next_at.isoformat() == "2026-03-03T01:30:00+00:00"
    assert shop.retraining.schedule(made.id) == changed
    assert len(shop.retraining.firings(PROJECT, made.id)) == 1
    event = shop.audit.events(LOCAL, PROJECT)[0]
    assert (event.action, event.details["before"]["when"]) == ("schedule.change", "every hour")
    assert event.details["after"]["name"] == "nightly"
    assert shop.retraining.change(LOCAL, made.id, draft) == changed
    assert shop.audit.events(LOCAL, PROJECT)[0] == event


def test_a_changed_name_leaves_the_beat_of_a_period_and_a_paused_schedule_stays_paused(bare, clock):
    made = add(bare)
    clock.advance(1_800)
    named = bare.retraining.change(LOCAL, made.id, made.draft.model_copy(update={"name": "hourly"}))
    assert named.next_at == START + timedelta(hours=1)
    bare.retraining.pause(LOCAL, made.id)
    still = bare.retraining.change(LOCAL, made.id, made.draft)
    assert (still.enabled, still.next_at, still.due_at) == (False, None, None)


def test_a_change_that_cannot_work_changes_nothing(bare):
    made = add(bare)
    late = {"ends_at": START + timedelta(minutes=5)}
    for update, problem in ((late, "never fire"), ({"payload": {"since": "x"}}, "means nothing")):
        with pytest.raises(InvalidSchedule, match=problem):
            bare.retraining.change(LOCAL, made.id, made.draft.model_copy(update=update))
    backwards = {"starts_at": START + timedelta(hours=3), "ends_at": START + timedelta(hours=2)}
    with pytest.raises(InvalidSchedule, match="ends before it starts"):
        bare.retraining.change(LOCAL, made.id, made.draft.model_copy(update=backwards))
    assert bare.retraining.schedule(made.id) == made


def test_a_missed_moment_can_be_made_up_for_once(shop, clock):
    made = add(shop, conduct=Conduct(missed=MissedPolicy.SKIP))
    shop.retraining.fire_due(clock.advance(2 * 3_600 + 120))
    slot = START + timedelta(hours=1)
    firing = shop.retraining.run_missed(LOCAL, made.id, slot)
    assert firing.outcome is FiringOutcome.LATE
    assert firing.reason == "missed at its time; local started it 1 h 2 min later"
    assert shop.queue.get(firing.job_id).cause.id == made.id
    with pytest.raises(InvalidSchedule, match="was not missed"):
        shop.retraining.run_missed(LOCAL, made.id, slot)
    outcomes = [row.outcome for row in shop.retraining.firings(PROJECT)]
    assert outcomes == [FiringOutcome.MISSED, FiringOutcome.LATE]
    assert len(shop.queue.find(PROJECT, kinds=(JobKind.RETRAIN,))) == 1


def test_a_run_by_hand_is_in_the_ledger_beside_the_moments(shop, clock):
    made = add(shop)
    clock.advance(600)
    job = shop.retraining.run_now(LOCAL, made.id)
    assert shop.retraining.run_now(LOCAL, made.id) == job
    (row,) = shop.retraining.firings(PROJECT)
    assert (row.slot, row.outcome, row.job_id) == (clock.now(), FiringOutcome.RAN, job.id)
    assert row.reason == "started by local, beside its moments"
    assert job.title == "Retrain as scheduled, by hand"
