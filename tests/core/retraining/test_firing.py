"""Firing due schedules: one row and at most one job per slot, whoever looks and however late."""

import logging
import multiprocessing
import threading
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from core.records.access import LOCAL
from core.records.job import JobKind, JobState
from core.records.schedule import (
    Conduct,
    FiringOutcome,
    MissedPolicy,
    Overlap,
    ScheduleAction,
    ScheduleDraft,
    Trigger,
    TriggerKind,
)
from core.retraining.firing import Firer
from core.settings import load
from storage.database import migrate, open_store
from tests.builders import START, FakeClock
from tests.core.monitoring.house import PROJECT, create, customers, house, upload

RAN, LATE, MERGED = FiringOutcome.RAN, FiringOutcome.LATE, FiringOutcome.MERGED
SKIPPED, MISSED = FiringOutcome.SKIPPED, FiringOutcome.MISSED
REFERENCE = {"reference": "customers@1"}


@pytest.fixture
def clock():
    return FakeClock()


@pytest.fixture
def shop(tmp_path, clock):
    platform = house(tmp_path, clock)
    create(platform)
    upload(platform, customers(10))
    return platform


def schedule(
    platform,
    expression="1h",
    kind=TriggerKind.EVERY,
    action=ScheduleAction.MONITOR,
    payload=REFERENCE,
    more=None,
    **how,
):
    trigger = Trigger(kind=kind, expression=expression, timezone="UTC")
    draft = ScheduleDraft(action=action, trigger=trigger, payload=payload, conduct=Conduct(**how), **(more or {}))
    return platform.retraining.add(LOCAL, PROJECT, draft)


def fire(platform, clock, seconds=0.0):
    return platform.retraining.fire_due(clock.advance(seconds))


def rows(platform):
    found = platform.retraining.firings(PROJECT, limit=1_000)
    return [((row.slot - START).total_seconds() / 3_600, row.outcome) for row in reversed(found)]


def jobs(platform):
    return platform.queue.find(PROJECT, kinds=(JobKind.MONITOR, JobKind.RETRAIN), limit=1_000)


def finish_all(platform):
    with platform.store.write() as work:
        while job := work.jobs.claim("w", platform.clock.now(), 20):
            work.jobs.finish(job.id, job.token, JobState.SUCCEEDED, platform.clock.now(), {})
        work.commit()


def test_nothing_fires_before_its_time(shop, clock):
    schedule(shop)
    assert fire(shop, clock, 3_599) == 0
    assert rows(shop) == []


def test_a_slot_that_came_gets_its_row_its_job_and_the_next_moment(shop, clock):
    made = schedule(shop)
    assert fire(shop, clock, 3_600) == 1
    assert rows(shop) == [(1.0, RAN)]
    (job,) = jobs(shop)
    (row,) = shop.retraining.firings(PROJECT)
    assert (row.job_id, row.reason, row.decided_at) == (job.id, "", clock.now())
    assert (job.kind, job.payload, job.created_by) == (JobKind.MONITOR, REFERENCE, "system")
    assert (job.cause.kind, job.cause.id, job.cause.note) == ("schedule", made.id, "slot 2026-03-02T10:00:00+00:00")
    assert shop.retraining.schedule(made.id).next_at == START + timedelta(hours=2)


def test_looking_again_changes_nothing(shop, clock):
    schedule(shop)
    assert [fire(shop, clock, 3_600), fire(shop, clock), fire(shop, clock, 1)] == [1, 0, 0]
    assert rows(shop) == [(1.0, RAN)]


@pytest.mark.parametrize(
    ("policy", "expected", "made"),
    [
        (MissedPolicy.RUN_ONCE, [*((float(hour), MERGED) for hour in range(1, 72)), (72.0, LATE)], 1),
        (MissedPolicy.SKIP, [(float(hour), MISSED) for hour in range(1, 73)], 0),
    ],
)
def test_after_three_days_without_a_worker_each_of_72_slots_has_its_row_and_at_most_one_job_runs(
    shop, clock, policy, expected, made
):
    before = schedule(shop, missed=policy)
    assert fire(shop, clock, 72 * 3_600 + 120) == made
    assert rows(shop) == expected
    assert len(jobs(shop)) == made
    assert shop.retraining.schedule(before.id).next_at == START + timedelta(hours=73)
    finish_all(shop)
    assert fire(shop, clock, 3_600 - 120) == 1
    assert rows(shop)[-1] == (73.0, RAN)


def test_while_the_job_of_an_earlier_slot_is_at_work_the_next_is_skipped_with_the_reason(shop, clock):
    schedule(shop)
    fire(shop, clock, 3_600)
    assert fire(shop, clock, 3_600) == 0
    assert rows(shop) == [(1.0, RAN), (2.0, SKIPPED)]
    latest = shop.retraining.firings(PROJECT)[0]
    assert latest.reason == f"the job of an earlier moment, {jobs(shop)[0].id}, is still queued"
    finish_all(shop)
    assert fire(shop, clock, 3_600) == 1
    assert rows(shop)[-1] == (3.0, RAN)


def test_without_a_champion_nothing_is_started_and_the_row_says_why(shop, clock):
    schedule(shop, payload={}, action=ScheduleAction.RETRAIN)
    assert fire(shop, clock, 3_600) == 0
    assert rows(shop) == [(1.0, SKIPPED)]
    assert "has no champion yet" in shop.retraining.firings(PROJECT)[0].reason


def test_a_clock_set_back_a_day_fires_nothing_again(shop, clock):
    schedule(shop)
    fire(shop, clock, 3_600)
    finish_all(shop)
    assert fire(shop, clock, -86_400) == 0
    assert [fire(shop, clock, 3_600) for _ in range(24)] == [0] * 24
    assert fire(shop, clock, 3_600) == 1
    assert rows(shop) == [(1.0, RAN), (2.0, RAN)]
    assert len(jobs(shop)) == 2


def test_a_schedule_resumed_on_a_clock_set_back_reuses_no_slot_for_a_second_job(shop, clock):
    made = schedule(shop)
    fire(shop, clock, 3_600)
    finish_all(shop)
    clock.advance(-1_800)
    shop.retraining.pause(LOCAL, made.id)
    shop.retraining.resume(LOCAL, made.id)
    assert fire(shop, clock, 1_800) == 0
    assert rows(shop) == [(1.0, RAN)]
    assert len(jobs(shop)) == 1


def test_a_one_off_fires_once_and_is_over(shop, clock):
    made = schedule(shop, "2026-03-02T10:00", TriggerKind.AT)
    assert [fire(shop, clock, 3_600), fire(shop, clock, 86_400)] == [1, 0]
    assert shop.retraining.schedule(made.id).next_at is None
    assert rows(shop) == [(1.0, RAN)]


def test_a_paused_or_removed_schedule_does_not_fire(shop, clock):
    paused, removed = schedule(shop), schedule(shop)
    shop.retraining.pause(LOCAL, paused.id)
    shop.retraining.remove(LOCAL, removed.id)
    assert fire(shop, clock, 7_200) == 0
    assert rows(shop) == []


def test_the_schedules_of_a_deleted_project_are_gone(shop, clock):
    schedule(shop)
    shop.projects.delete(LOCAL, PROJECT, confirmed=True)
    assert fire(shop, clock, 7_200) == 0


def test_a_schedule_whose_zone_is_gone_is_paused_with_a_row_and_the_others_fire(shop, clock, caplog):
    caplog.set_level(logging.ERROR)
    broken, sound = schedule(shop), schedule(shop)
    trigger = Trigger(kind=TriggerKind.CRON, expression="0 * * * *", timezone="Mars/Olympus")
    with shop.store.write() as work:
        work.schedules.remove(broken.id)
        work.schedules.add(broken.model_copy(update={"trigger": trigger}))
        work.commit()
    assert fire(shop, clock, 3_600) == 1
    assert not shop.retraining.schedule(broken.id).enabled
    (row,) = shop.retraining.firings(PROJECT, broken.id)
    assert row.outcome is SKIPPED
    assert "there is no time zone 'Mars/Olympus'" in row.reason
    assert len(shop.retraining.firings(PROJECT, sound.id)) == 1
    assert f"Schedule {broken.id} is paused" in caplog.text


def test_a_moment_that_the_rules_of_its_zone_no_longer_know_is_moved_once(shop, clock):
    """As after an update of the machine, which a new process sees: Berlin stayed on summer time, say."""
    kept = schedule(shop)
    berlin = Trigger(kind=TriggerKind.CRON, expression="30 14 * * *", timezone="Europe/Berlin")
    draft = ScheduleDraft(action=ScheduleAction.MONITOR, trigger=berlin, payload=REFERENCE)
    made = shop.retraining.add(LOCAL, PROJECT, draft)
    right = START + timedelta(hours=4.5)
    assert made.next_at == right
    for hours, expected in ((1, right), (-1, right), (5, right + timedelta(days=1))):
        with shop.store.write() as work:
            work.schedules.update(made.model_copy(update={"next_at": right + timedelta(hours=hours)}))
            work.commit()
        assert Firer(shop.store, shop.queue).settle(clock.now()) == 1
        assert shop.retraining.schedule(made.id).next_at == expected
    assert shop.retraining.schedule(kept.id) == kept
    assert [event.action for event in shop.audit.events(LOCAL, PROJECT)[:3]] == ["schedule.settle"] * 3
    assert Firer(shop.store, shop.queue).settle(clock.now()) == 0


def test_nothing_is_read_before_the_next_moment_while_nothing_is_written(shop, clock):
    schedule(shop)
    assert fire(shop, clock, 1) == 0
    reads = []
    read = shop.store.read
    shop.store.read = lambda: reads.append(1) or read()
    assert [fire(shop, clock, 60) for _ in range(10)] == [0] * 10
    assert reads == []
    assert fire(shop, clock, 3_000) == 1
    schedule(shop, "10m")
    assert fire(shop, clock, 600) == 1


def test_one_schedule_that_cannot_fire_keeps_no_other_of_its_transaction(shop, clock, caplog, monkeypatch):
    made = [schedule(shop) for _ in range(3)]
    decide = Firer._decide

    def stumble(self, work, schedule, *more):
        if schedule.id == made[1].id:
            raise ZeroDivisionError
        return decide(self, work, schedule, *more)

    with monkeypatch.context() as patched:
        patched.setattr(Firer, "_decide", stumble)
        assert fire(shop, clock, 3_600) == 2
    assert f"Schedule {made[1].id} could not fire" in caplog.text
    assert fire(shop, clock, 1) == 1
    assert len(rows(shop)) == 3


def test_more_schedules_than_one_look_takes_all_fire_at_once(shop, clock):
    template = schedule(shop)
    with shop.store.write() as work:
        for number in range(600):
            work.schedules.add(template.model_copy(update={"id": f"s{number}"}))
        work.commit()
    assert fire(shop, clock, 3_600) == 601
    assert len({row.schedule_id for row in shop.retraining.firings(PROJECT, limit=2_000)}) == 601


def test_four_schedulers_in_threads_make_one_row_and_one_job_for_each_slot(shop, clock):
    for _ in range(20):
        schedule(shop)
    now = clock.advance(3 * 3_600)
    made = []
    threads = [threading.Thread(target=lambda: made.append(shop.retraining.fire_due(now))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(made) == len(jobs(shop)) == 20
    assert len(rows(shop)) == 60


def fire_in_a_process(home: Path, now: datetime, barrier, answers) -> None:
    platform = house(home, FakeClock(now), open_store(load(home).database_url))
    barrier.wait()
    answers.put(platform.retraining.fire_due(now))
    platform.close()


def test_three_processes_on_one_sqlite_file_make_one_row_and_one_job_for_each_slot(tmp_path, clock):
    settings = load(tmp_path)
    migrate(settings.database_url, settings.home)
    platform = house(settings.home, clock, open_store(settings.database_url))
    create(platform)
    upload(platform, customers(10))
    for _ in range(30):
        schedule(platform)
    now = clock.advance(2 * 3_600)
    spawn = multiprocessing.get_context("spawn")
    barrier, answers = spawn.Barrier(3), spawn.Queue()
    children = [spawn.Process(target=fire_in_a_process, args=(settings.home, now, barrier, answers)) for _ in range(3)]
    for child in children:
        child.start()
    made = [answers.get(timeout=120) for _ in children]
    for child in children:
        child.join()
    assert sum(made) == len(jobs(platform)) == 30
    found = platform.retraining.firings(PROJECT, limit=1_000)
    assert len({(row.schedule_id, row.slot) for row in found}) == len(found) == 60
    assert {row.job_id for row in found if row.job_id} == {job.id for job in jobs(platform)}
    platform.close()


def test_a_schedule_that_makes_up_for_what_it_missed_runs_its_newest_moments_one_after_the_other(shop, clock):
    schedule(shop, missed=MissedPolicy.RUN_ALL, most_missed=3)
    assert fire(shop, clock, 5 * 3_600 + 120) == 1
    assert rows(shop) == [(1.0, MISSED), (2.0, MISSED), (3.0, LATE)]
    assert [fire(shop, clock), fire(shop, clock, 5)] == [0, 0]
    finish_all(shop)
    assert fire(shop, clock) == 1
    finish_all(shop)
    assert fire(shop, clock) == 1
    assert rows(shop)[2:] == [(3.0, LATE), (4.0, LATE), (5.0, LATE)]
    finish_all(shop)
    assert fire(shop, clock, 3_600 - 125) == 1
    assert rows(shop)[-1] == (6.0, RAN)
    assert len(jobs(shop)) == 4


def test_a_moment_that_queues_waits_for_the_job_before_it_and_those_after_it_merge(shop, clock):
    made = schedule(shop, overlap=Overlap.QUEUE)
    fire(shop, clock, 3_600)
    assert [fire(shop, clock, 3_600), fire(shop, clock, 1)] == [0, 0]
    assert rows(shop) == [(1.0, RAN)]
    assert shop.retraining.schedule(made.id).waiting_since == START + timedelta(hours=2)
    fire(shop, clock, 3_600)
    finish_all(shop)
    assert fire(shop, clock, 1) == 1
    assert rows(shop) == [(1.0, RAN), (2.0, MERGED), (3.0, LATE)]
    assert shop.retraining.firings(PROJECT)[0].reason == "it waited 1 h 2 s for the job of an earlier moment"
    assert shop.retraining.schedule(made.id).waiting_since is None


def test_as_many_jobs_as_may_be_are_at_work_at_once(shop, clock):
    schedule(shop, at_once=2)
    assert [fire(shop, clock, 3_600) for _ in range(3)] == [1, 1, 0]
    assert rows(shop) == [(1.0, RAN), (2.0, RAN), (3.0, SKIPPED)]


def test_jitter_moves_each_moment_by_a_length_of_its_own_and_no_moment_is_lost(shop, clock):
    made = schedule(shop, "10m", jitter_s=1_800, at_once=16)
    waits = (made.due_at - made.next_at).total_seconds()
    assert 0 <= waits <= 1_800
    assert fire(shop, clock, 600 + waits - 1) == 0
    assert fire(shop, clock, 1) == 1
    for _ in range(40):
        fire(shop, clock, 300)
        finish_all(shop)
    slots = [row.slot for row in reversed(shop.retraining.firings(PROJECT, limit=100))]
    assert slots == [START + timedelta(minutes=10) * number for number in range(1, len(slots) + 1)]
    assert len(slots) >= 17


def test_a_schedule_fires_between_its_start_and_its_end_and_is_over_then(shop, clock):
    start = START + timedelta(hours=5, minutes=30)
    made = schedule(shop, more={"starts_at": start, "ends_at": start + timedelta(hours=1)})
    assert made.next_at == start
    for _ in range(10):
        fire(shop, clock, 3_600)
        finish_all(shop)
    assert rows(shop) == [(5.5, LATE), (6.5, LATE)]
    after = shop.retraining.schedule(made.id)
    assert (after.next_at, after.due_at, after.is_over) == (None, None, True)
