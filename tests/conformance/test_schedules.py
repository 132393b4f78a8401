from datetime import datetime, timedelta, timezone

import pytest

from core.errors import Conflict, ProjectNotFound, ScheduleNotFound
from core.ports.unit_of_work import Store
from core.records.schedule import (
    Conduct,
    Firing,
    FiringOutcome,
    MissedPolicy,
    Schedule,
    ScheduleAction,
    Trigger,
    TriggerKind,
)
from tests.builders import START
from tests.conformance.actors import in_processes, push_schedule

HOUR = timedelta(hours=1)


def schedule(**changes: object) -> Schedule:
    fields = {
        "id": "s1",
        "project": "churn",
        "action": ScheduleAction.RETRAIN,
        "payload": {"dataset": None},
        "trigger": Trigger(kind=TriggerKind.CRON, expression="0 3 * * *", timezone="Europe/Berlin"),
        "conduct": Conduct(missed=MissedPolicy.RUN_ALL, jitter_s=30),
        "enabled": True,
        "anchor": START,
        "next_at": START,
        "due_at": START,
        "created_at": START,
        "created_by": "ann",
    }
    return Schedule.model_validate({**fields, **changes})


def firing(**changes: object) -> Firing:
    fields = {
        "schedule_id": "s1",
        "project": "churn",
        "slot": START,
        "outcome": FiringOutcome.RAN,
        "job_id": "j1",
        "reason": "",
        "decided_at": START,
    }
    return Firing.model_validate({**fields, **changes})


def test_a_schedule_comes_back_as_it_was_stored(store: Store) -> None:
    with store.write() as work:
        work.schedules.add(schedule())
        work.commit()
    with store.read() as work:
        assert work.schedules.get("s1") == schedule()


def test_a_moment_in_another_zone_comes_back_as_the_same_moment_in_utc(store: Store) -> None:
    there = datetime(2026, 3, 2, 14, 30, 0, 123456, tzinfo=timezone(timedelta(hours=5, minutes=30)))
    with store.write() as work:
        work.schedules.add(schedule())
        work.schedules.update(schedule(next_at=there))
        work.commit()
    with store.read() as work:
        assert str(work.schedules.get("s1").next_at) == "2026-03-02 09:00:00.123456+00:00"


def test_schedules_are_found_newest_first(store: Store) -> None:
    with store.write() as work:
        for name, project in (("a", "churn"), ("b", "bikes"), ("c", "churn")):
            work.schedules.add(schedule(id=name, project=project))
        assert [item.id for item in work.schedules.find()] == ["c", "b", "a"]
        assert [item.id for item in work.schedules.find("churn")] == ["c", "a"]


def test_due_schedules_are_enabled_and_not_after_now_earliest_first(store: Store) -> None:
    with store.write() as work:
        work.schedules.add(schedule(id="now", due_at=START))
        work.schedules.add(schedule(id="later", due_at=START + timedelta(microseconds=1)))
        work.schedules.add(schedule(id="paused", enabled=False))
        work.schedules.add(schedule(id="never", due_at=None))
        work.schedules.add(schedule(id="overdue", due_at=START - HOUR))
        assert [item.id for item in work.schedules.due(START)] == ["overdue", "now"]
        assert [item.id for item in work.schedules.due(START, limit=1)] == ["overdue"]


def test_the_next_moment_is_the_earliest_after_now_of_those_enabled(store: Store) -> None:
    with store.write() as work:
        assert work.schedules.next_due(START) is None
        work.schedules.add(schedule(id="now", due_at=START))
        work.schedules.add(schedule(id="latest", due_at=START + 3 * HOUR))
        work.schedules.add(schedule(id="later", due_at=START + 2 * HOUR))
        work.schedules.add(schedule(id="paused", due_at=START + HOUR, enabled=False))
        assert work.schedules.next_due(START) == START + 2 * HOUR
        assert work.schedules.next_due(START + 3 * HOUR) is None


def test_a_schedule_can_be_moved_paused_and_removed(store: Store) -> None:
    with store.write() as work:
        work.schedules.add(schedule())
        paused = schedule(
            enabled=False, next_at=None, due_at=None, name="nightly", starts_at=START, ends_at=START + HOUR
        )
        work.schedules.update(paused)
        assert work.schedules.get("s1") == paused
        waiting = schedule(waiting_since=START)
        work.schedules.update(waiting)
        assert work.schedules.get("s1") == waiting
        work.schedules.remove("s1")
        assert work.schedules.find() == []


def test_an_unknown_schedule_is_not_found(store: Store) -> None:
    with store.write() as work:
        work.schedules.add(schedule())
        for step in (
            lambda schedules: schedules.get("nope"),
            lambda schedules: schedules.update(schedule(id="nope")),
            lambda schedules: schedules.update(schedule(project="bikes")),
            lambda schedules: schedules.remove("nope"),
        ):
            with pytest.raises(ScheduleNotFound):
                step(work.schedules)


def test_a_taken_id_and_an_unknown_project_are_refused(store: Store) -> None:
    with store.write() as work:
        work.schedules.add(schedule())
        with pytest.raises(Conflict):
            work.schedules.add(schedule())
        with pytest.raises(ProjectNotFound):
            work.schedules.add(schedule(id="s2", project="nope"))
        with pytest.raises(ProjectNotFound):
            work.schedules.record(firing(project="nope"))


def test_only_a_missed_moment_is_made_up_for_and_only_once(store: Store) -> None:
    made_up = firing(outcome=FiringOutcome.LATE, job_id="j2", reason="started by ann")
    with store.write() as work:
        work.schedules.add(schedule())
        assert not work.schedules.amend(made_up)
        work.schedules.record(firing(outcome=FiringOutcome.MISSED, job_id=None))
        work.schedules.record(firing(slot=START + HOUR))
        assert work.schedules.amend(made_up)
        assert not work.schedules.amend(made_up)
        assert not work.schedules.amend(firing(slot=START + HOUR, reason="again"))
        assert work.schedules.firings("churn", "s1") == [firing(slot=START + HOUR), made_up]


def test_a_slot_fires_once(store: Store) -> None:
    with store.write() as work:
        assert work.schedules.record(firing())
        assert not work.schedules.record(firing(outcome=FiringOutcome.LATE))
        assert work.schedules.record(firing(schedule_id="s2"))
        assert work.schedules.record(firing(slot=START + HOUR))
        work.commit()
    with store.read() as work:
        assert work.schedules.firings("churn", "s1") == [firing(slot=START + HOUR), firing()]


def test_firings_are_listed_latest_slot_first_and_outlive_their_schedule(store: Store) -> None:
    with store.write() as work:
        work.schedules.add(schedule())
        for hour in (2, 0, 1):
            work.schedules.record(firing(slot=START + hour * HOUR))
        work.schedules.remove("s1")
        assert [item.slot for item in work.schedules.firings("churn")] == [START + hour * HOUR for hour in (2, 1, 0)]
        assert [item.slot for item in work.schedules.firings("churn", limit=1)] == [START + 2 * HOUR]
        assert work.schedules.firings("bikes") == []


def test_four_processes_reading_before_writing_lose_no_update(shared: Store, url: str) -> None:
    with shared.write() as work:
        work.schedules.add(schedule())
        work.commit()
    in_processes(4, push_schedule, url, "s1", 50)
    with shared.read() as work:
        assert work.schedules.get("s1").next_at == START + timedelta(seconds=200)
