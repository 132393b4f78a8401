"""Workers killed around the moments of schedules: every slot has exactly one row and at most one job, none is lost."""

import os
import random
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from core.records.base import new_id
from core.records.job import JobKind, JobState
from core.records.schedule import Conduct, FiringOutcome, Overlap, Schedule, ScheduleAction, Trigger, TriggerKind
from core.retraining import timing
from tests import builders
from tests.faults import small_platform
from tests.faults.small_platform import SmallPlatform, effects
from tests.faults.test_kill import Workers, until
from tests.postgres import running_server

PERIOD_S = 10
BURSTS, EACH = 6, 4
"""Schedules come in bursts, so that a kill at such a moment finds some of them fired and some not."""

LEASE_S = 4.0
SECOND = timedelta(seconds=1)
STARTS_A_JOB = (FiringOutcome.RAN, FiringOutcome.LATE)


def add_schedules(platform: SmallPlatform) -> list[Schedule]:
    """Store schedules whose moments come in bursts, from two seconds after now on."""
    now = platform.clock.now()
    made = []
    with platform.store.write() as work:
        work.projects.add(builders.project())
        for number in range(BURSTS * EACH):
            first = now + 2 * SECOND + (number // EACH) * SECOND * PERIOD_S / BURSTS
            schedule = Schedule(
                id=new_id(),
                project="churn",
                action=ScheduleAction.TIDY,
                trigger=Trigger(kind=TriggerKind.EVERY, expression=f"{PERIOD_S}s", timezone="UTC"),
                conduct=Conduct(overlap=(Overlap.SKIP, Overlap.QUEUE)[number % 2]),
                enabled=True,
                anchor=first - SECOND * PERIOD_S,
                next_at=None,
                due_at=None,
                created_at=now,
                created_by="ann",
            )
            made.append(timing.moved(schedule, first))
            work.schedules.add(made[-1])
        work.commit()
    return made


def near_a_moment(schedules: list[Schedule], now: datetime, dice: random.Random) -> float:
    """Return how many seconds from now a kill hits the firing of the next burst, just before, or just after."""
    coming = min(timing.next_slot(schedule, now) for schedule in schedules)
    return max((coming - now).total_seconds() + dice.uniform(-0.1, 0.4), 0.0)


def torment(platform: SmallPlatform, workers: Workers, count: int, kills: int, dice: random.Random) -> list[Schedule]:
    """Let ``count`` workers fire, and kill -9 one of them again and again around firings."""
    schedules = add_schedules(platform)
    running = [workers.start(lease_s=LEASE_S, fires=True) for _ in range(count)]
    until(lambda: any(beat.leader for beat in platform.queue.workers()))
    for _ in range(kills):
        time.sleep(near_a_moment(schedules, platform.clock.now(), dice))
        victim = dice.choice(running)
        victim.kill()
        victim.wait()
        running[running.index(victim)] = workers.start(lease_s=LEASE_S, fires=True)
    end = platform.clock.now() + 2 * SECOND
    until(lambda: all(slot > end for slot in next_slots(platform)))
    with platform.store.write() as work:
        for schedule in work.schedules.find():
            work.schedules.update(timing.moved(schedule, None, enabled=False))
        work.commit()
    until(lambda: not platform.queue.find(states=(JobState.QUEUED, JobState.RUNNING), limit=1))
    return schedules


def next_slots(platform: SmallPlatform) -> list[datetime]:
    with platform.store.read() as work:
        return [schedule.next_at for schedule in work.schedules.find() if schedule.next_at is not None]


def check_ledger(platform: SmallPlatform, schedules: list[Schedule]) -> str:
    """Compare rows and jobs with the moments that were expected; return the figures."""
    with platform.store.read() as work:
        rows = work.schedules.firings("churn", limit=100_000)
    jobs = platform.queue.find(kinds=(JobKind.MAINTENANCE,), limit=100_000)
    decided = Counter((row.schedule_id, row.slot) for row in rows)
    for schedule in schedules:
        found = sorted(slot for of, slot in decided if of == schedule.id)
        assert found == [schedule.next_at, *timing.slots(schedule, schedule.next_at, len(found) - 1)], "a slot is lost"
    assert set(decided.values()) == {1}
    started = [row.job_id for row in rows if row.job_id]
    assert {row.outcome for row in rows if row.job_id} <= set(STARTS_A_JOB)
    assert all(row.job_id for row in rows if row.outcome in STARTS_A_JOB)
    assert len(started) == len(set(started)), "a job stands in two rows"
    assert set(started) == {job.id for job in jobs}, "a job without a row, or a row without a job"
    assert {job.id: effects(platform, job.id) for job in jobs} == {job.id: 1 for job in jobs}
    assert {job.state for job in jobs} == {JobState.SUCCEEDED}
    outcomes = Counter(row.outcome.value for row in rows)
    return f"{len(rows)} slots, {len(jobs)} jobs, {dict(outcomes)}"


@contextmanager
def a_home(folder: Path) -> Iterator[tuple[SmallPlatform, Workers]]:
    platform = small_platform.prepare(folder)
    workers = Workers(platform.settings.home)
    try:
        yield platform, workers
    finally:
        workers.end_all()
        platform.store.close()


def run(home: Path, count: int, kills: int, capsys: pytest.CaptureFixture[str]) -> None:
    seed = int(os.environ.get("KILL_SEED", random.SystemRandom().randrange(2**32)))
    with a_home(home) as (platform, workers):
        found = check_ledger(platform, torment(platform, workers, count, kills, random.Random(seed)))
    with capsys.disabled():
        sys.stdout.write(f" [KILL_SEED={seed}: {count} worker(s), {kills} kills, {found}] ")


def test_every_slot_has_one_row_and_at_most_one_job_when_workers_are_killed_around_firings(tmp_path, capsys):
    run(tmp_path / "home", 2, 6, capsys)


@pytest.mark.torture
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("count", [1, 2, 4])
@pytest.mark.parametrize("server", ["sqlite", "postgresql"])
def test_a_hundred_kills_around_firings_lose_no_slot_and_fire_none_twice(server, count, tmp_path, capsys, monkeypatch):
    kills = int(os.environ.get("KILLS", "100"))
    if server == "sqlite":
        run(tmp_path / "home", count, kills, capsys)
        return
    with running_server() as postgres:
        monkeypatch.setenv("PILOTHOUSE_DATABASE_URL", postgres.prepared)
        run(tmp_path / "home", count, kills, capsys)
