"""The worker over a real store, with a clock that tests hold and real processes."""

import os
import signal
import threading

import pytest

from core.errors import StoreBusy
from core.jobs.engines import groups
from core.jobs.worker import Worker
from core.records.access import LOCAL
from core.records.job import JobState, WorkerBeat
from tests.builders import project
from tests.core.jobs.hiring import Recorder, is_stage, see_through, state, until
from tests.faults import small_platform
from tests.faults.small_platform import submit


def test_a_queued_job_is_run_and_its_answer_kept(platform, hire):
    done = see_through(platform, hire(), submit(platform, "work"))
    assert (done.state, done.attempt, done.result) == (JobState.SUCCEEDED, 1, {"attempt": 1})


def test_no_more_jobs_run_at_once_than_there_are_slots(platform, hire):
    worker = hire(slots=2)
    jobs = [submit(platform, "sleep") for _ in range(3)]
    worker.tick()
    assert [state(platform, job) for job in jobs] == [JobState.RUNNING, JobState.RUNNING, JobState.QUEUED]


def test_the_process_of_a_running_job_is_in_its_row(platform, hire):
    worker, job = hire(), submit(platform, "sleep")
    until(lambda: platform.queue.get(job.id).process, worker)
    process = platform.queue.get(job.id).process
    assert process == worker.running[0].handle.process()
    until(lambda: os.getpgid(process.pgid) == process.pgid)


@pytest.mark.parametrize(
    ("do", "how"),
    [
        ("crash", "The process was ended by signal 11 (SIGSEGV)."),
        ("leave", "The process ended with exit code 9 before it gave an answer."),
    ],
)
def test_a_poison_job_is_given_up_after_its_attempts_while_the_queue_flows(platform, hire, do, how):
    worker = hire(slots=1)
    poison, next_one = submit(platform, do, max_attempts=2), submit(platform, "nothing")
    see_through(platform, worker, next_one)
    failed = see_through(platform, worker, poison)
    assert (failed.state, failed.attempt, failed.error_code, failed.error) == (JobState.FAILED, 2, "lost", how)
    assert state(platform, next_one) is JobState.SUCCEEDED


def test_each_attempt_has_its_header_in_the_log(platform, hire):
    job = see_through(platform, hire(), submit(platform, "leave", max_attempts=2))
    text, _ = platform.queue.log(job.id)
    assert [line.rsplit(", ")[-1] for line in text.splitlines() if line.startswith("---")] == [
        "attempt 1 of 2",
        "attempt 2 of 2",
    ]


def test_a_job_that_takes_too_long_is_stopped_and_failed(platform, hire, clock):
    worker, job = hire(), submit(platform, "sleep", timeout_s=30)
    until(is_stage(platform, job, "sleeping"), worker)
    clock.advance(31)
    failed = see_through(platform, worker, job)
    assert (failed.state, failed.attempt, failed.error_code) == (JobState.FAILED, 1, "timeout")
    assert failed.error == "The job took longer than its limit of 30 seconds and was stopped."


def test_a_job_that_ignores_the_signal_is_killed_with_its_children(platform, hire, clock):
    worker, job = hire(), submit(platform, "be stubborn", timeout_s=30)
    file = platform.settings.home / "pids"
    until(file.exists, worker)
    clock.advance(31)
    worker.tick()
    assert state(platform, job) is JobState.RUNNING
    clock.advance(4)
    assert see_through(platform, worker, job).error_code == "timeout"
    assert [pid for pid in map(int, file.read_text().split()) if groups.is_running(pid)] == []


def test_a_job_over_its_memory_limit_is_stopped_and_failed(platform, hire, clock):
    worker, job = hire(), submit(platform, "hog")
    until(lambda: worker.running and worker.running[0].handle.memory_mb() > 600, worker)
    clock.advance(1)
    failed = see_through(platform, worker, job)
    assert (failed.state, failed.attempt, failed.error_code) == (JobState.FAILED, 1, "memory_limit")


def test_a_running_job_is_cancelled_through_its_process(platform, hire, clock):
    worker, job = hire(), submit(platform, "sleep")
    until(is_stage(platform, job, "sleeping"), worker)
    platform.queue.cancel(LOCAL, job.id)
    clock.advance(0.5)
    cancelled = see_through(platform, worker, job)
    assert (cancelled.state, cancelled.error) == (JobState.CANCELLED, None)


def test_a_job_that_hears_of_its_cancellation_first_is_cancelled_all_the_same(platform, hire):
    worker, job = hire(), submit(platform, "check")
    until(lambda: platform.queue.get(job.id).process, worker)
    platform.queue.cancel(LOCAL, job.id)
    until(lambda: worker.running[0].handle.poll())
    assert state(platform, job) is JobState.CANCELLED
    assert see_through(platform, worker, job).state is JobState.CANCELLED


def test_a_cancelled_job_whose_process_dies_is_cancelled_and_not_run_again(platform, hire):
    worker, job = hire(), submit(platform, "sleep")
    until(is_stage(platform, job, "sleeping"), worker)
    platform.queue.cancel(LOCAL, job.id)
    worker.running[0].handle.kill()
    assert see_through(platform, worker, job).state is JobState.CANCELLED


def test_the_lease_of_a_running_job_is_renewed(platform, hire, clock):
    worker, job = hire(lease_s=20), submit(platform, "sleep")
    worker.tick()
    for _ in range(5):
        clock.advance(6)
        worker.tick()
    assert (platform.queue.get(job.id).lease_until - clock.now()).total_seconds() == 20
    assert platform.queue.get(job.id).attempt == 1


def test_a_clock_set_a_day_ahead_does_not_cost_the_worker_its_own_job(platform, hire, clock):
    worker = small_platform.make_worker(platform, clock=clock, ticks=lambda: 100.0, lease_s=20)
    worker._engine = hire()._engine
    job = submit(platform, "sleep")
    worker.tick()
    clock.advance(86_400)
    worker.tick()
    assert [running.job.id for running in worker.running] == [job.id]
    assert platform.queue.get(job.id).attempt == 1
    worker.running[0].handle.kill()
    until(worker.running[0].handle.poll)


def test_a_worker_whose_job_went_to_another_ends_its_process_and_says_nothing(platform, hire, clock):
    worker, job = hire(lease_s=20), submit(platform, "sleep")
    until(lambda: platform.queue.get(job.id).process, worker)
    pgid = platform.queue.get(job.id).process.pgid
    with platform.store.write() as work:
        taken = work.jobs.claim("other", clock.advance(30), 20)
        work.commit()
    until(lambda: not worker.running, worker)
    assert not groups.is_running(pgid)
    assert platform.queue.get(job.id).worker == taken.worker == "other"
    assert platform.queue.get(job.id).token == taken.token


def test_a_job_deleted_with_its_project_is_ended_and_the_worker_goes_on(platform, hire, clock):
    with platform.store.write() as work:
        work.projects.add(project(name="churn"))
        work.commit()
    worker, job = hire(), submit(platform, "sleep", project="churn")
    until(is_stage(platform, job, "sleeping"), worker)
    pgid = worker.running[0].handle.process().pgid
    with platform.store.write() as work:
        work.projects.delete("churn")
        work.commit()
    clock.advance(6)
    until(lambda: not worker.running, worker)
    assert not groups.is_running(pgid)
    assert see_through(platform, worker, submit(platform, "nothing")).state is JobState.SUCCEEDED


def test_what_is_left_of_a_dead_attempt_is_ended_before_the_next_begins(platform, hire, clock):
    first, job = hire(), submit(platform, "be stubborn")
    file = platform.settings.home / "pids"
    until(lambda: file.exists() and platform.queue.get(job.id).process, first)
    before = [int(pid) for pid in file.read_text().split()]
    file.unlink()
    clock.advance(60)
    second = hire()
    until(file.exists, second)
    assert [pid for pid in before if groups.is_running(pid)] == []
    assert platform.queue.get(job.id).attempt == 2


def test_jobs_of_a_worker_that_died_on_this_host_are_run_at_once(platform, hire, clock):
    dead = os.fork()
    if dead == 0:
        os._exit(0)
    os.waitpid(dead, 0)
    job = submit(platform, "nothing")
    now = clock.now()
    beat = WorkerBeat(
        worker="dead", host=groups.this_host(), pid=dead, slots=1, leader=True, started_at=now, seen_at=now
    )
    with platform.store.write() as work:
        work.workers.beat(beat)
        work.workers.lead("scheduler", "dead", now, 20)
        work.jobs.claim("dead", now, 20)
        work.commit()
    scheduler = Recorder()
    worker = hire(scheduler=scheduler)
    done = see_through(platform, worker, job)
    assert (done.state, done.attempt, done.worker) == (JobState.SUCCEEDED, 2, worker.id)
    assert [seen.worker for seen in platform.queue.workers()] == [worker.id]
    clock.advance(6)
    worker.tick()
    assert scheduler.calls == ["start"]


def test_the_jobs_of_a_living_or_a_distant_worker_are_left_alone(platform, hire, clock):
    jobs = [submit(platform, "nothing") for _ in range(2)]
    now = clock.now()
    with platform.store.write() as work:
        for name, host, pid in (("living", groups.this_host(), os.getpid()), ("distant", "elsewhere", 2**22 - 1)):
            beat = WorkerBeat(worker=name, host=host, pid=pid, slots=1, leader=False, started_at=now, seen_at=now)
            work.workers.beat(beat)
            work.jobs.claim(name, now, 20)
        work.commit()
    hire().tick()
    assert [platform.queue.get(job.id).worker for job in jobs] == ["living", "distant"]


def test_a_worker_shows_its_signs_of_life(platform, hire, clock):
    worker = hire(slots=3)
    worker.tick()
    (beat,) = platform.queue.alive(clock.now())
    assert (beat.worker, beat.pid, beat.slots, beat.leader) == (worker.id, os.getpid(), 3, False)
    clock.advance(6)
    worker.tick()
    assert platform.queue.workers()[0].seen_at == clock.now()


def test_one_of_two_workers_leads_and_runs_the_schedules(platform, hire, clock):
    schedulers = [Recorder(), Recorder()]
    workers = [hire(scheduler=scheduler) for scheduler in schedulers]
    for _ in range(5):
        for worker in workers:
            worker.tick()
        clock.advance(6)
    assert [scheduler.calls for scheduler in schedulers] == [["start"], []]
    assert [beat.leader for beat in platform.queue.workers() if beat.worker == workers[0].id] == [True]


def test_a_leader_that_was_replaced_stops_its_scheduler(platform, hire, clock):
    scheduler = Recorder()
    worker = hire(scheduler=scheduler)
    worker.tick()
    with platform.store.write() as work:
        work.workers.lead("scheduler", "other", clock.advance(30), 20)
        work.commit()
    worker.tick()
    assert scheduler.calls == ["start", "stop"]


def test_a_drained_worker_puts_its_jobs_back_and_leaves(platform, hire, clock):
    scheduler = Recorder()
    worker, job = hire(scheduler=scheduler), submit(platform, "sleep")
    until(is_stage(platform, job, "sleeping"), worker)
    worker.stop()
    worker.run()
    left = platform.queue.get(job.id)
    assert (left.state, left.message, left.worker) == (JobState.QUEUED, "The worker was stopped.", None)
    assert scheduler.calls == ["start", "stop"]
    assert platform.queue.workers() == []


def test_a_job_that_finished_while_its_worker_drained_keeps_its_answer(platform, hire):
    worker, job = hire(), submit(platform, "nothing")
    worker.tick()
    until(lambda: worker.running[0].handle.poll())
    worker.stop()
    worker.run()
    assert state(platform, job) is JobState.SUCCEEDED


def test_tidying_follows_a_death_and_not_an_answer(platform, hire):
    worker, tidied = hire(), platform.settings.home / "tidied"
    until(tidied.exists, worker)
    until(lambda: worker._tidying is None, worker)
    tidied.unlink()
    see_through(platform, worker, submit(platform, "nothing"))
    worker.tick()
    assert worker._tidying is None
    see_through(platform, worker, submit(platform, "leave", max_attempts=1))
    until(tidied.exists, worker)


def test_a_store_that_does_not_answer_delays_the_worker_and_does_not_end_it(platform, hire, clock, caplog):
    worker, job = hire(), submit(platform, "nothing")
    write = platform.store.write

    def busy():
        raise StoreBusy(problem="another writer holds it")

    platform.store.write = busy
    worker.tick()
    assert "The worker has to wait: The metadata store is busy" in caplog.text
    platform.store.write = write
    assert see_through(platform, worker, job).state is JobState.SUCCEEDED


def test_a_process_whose_lease_cannot_be_renewed_is_ended_before_the_lease_is_over(platform, hire):
    warm = hire()
    worker = small_platform.make_worker(platform, lease_s=4.0)
    worker._engine = warm._engine
    job = submit(platform, "sleep", max_attempts=1)
    until(is_stage(platform, job, "sleeping"), worker)
    lease_until = platform.queue.get(job.id).lease_until
    _fuse_until_gone(worker, worker.running[0].handle.process().pgid)
    assert platform.clock.now() < lease_until
    failed = see_through(platform, worker, job)
    assert (failed.error_code, failed.error) == ("lost", "The worker could not renew its lease.")


def _fuse_until_gone(worker: Worker, pgid: int) -> None:
    over = threading.Event()
    fuse = threading.Thread(target=worker._fuse, args=(over,))
    fuse.start()
    until(lambda: not groups.is_running(pgid))
    over.set()
    fuse.join()


def test_signals_ask_the_worker_to_stop(platform, hire):
    from core.jobs.worker import stop_on_signals

    before = signal.getsignal(signal.SIGTERM), signal.getsignal(signal.SIGINT)
    worker = hire()
    try:
        stop_on_signals(worker)
        signal.raise_signal(signal.SIGTERM)
    finally:
        signal.signal(signal.SIGTERM, before[0])
        signal.signal(signal.SIGINT, before[1])
    worker.run()
    assert platform.queue.workers() == []


def test_planned_stops_use_up_no_attempt(platform, hire, clock):
    job = submit(platform, "sleep", max_attempts=1)
    for _ in range(3):
        worker = hire()
        until(is_stage(platform, job, "sleeping"), worker)
        worker._drain()
        assert (state(platform, job), platform.queue.get(job.id).attempt) == (JobState.QUEUED, 0)


def test_what_a_job_uses_is_stored_while_it_runs_and_when_it_ends(platform, hire, clock):
    worker, job = hire(), submit(platform, "sleep")
    until(is_stage(platform, job, "sleeping"), worker)
    for _ in range(16):
        clock.advance(0.5)
        worker.tick()
    usage = platform.queue.usage(job.id)
    assert usage is not None
    assert len(usage.samples) > 3
    assert usage.peak_mb >= max(sample.memory_mb for sample in usage.samples)
    platform.queue.cancel(LOCAL, job.id)
    clock.advance(0.5)
    see_through(platform, worker, job)
    later = platform.queue.usage(job.id)
    assert len(later.samples) > len(usage.samples)


def test_a_cancelled_job_that_ignores_the_signal_is_killed_within_the_second(platform, hire, clock):
    worker, job = hire(), submit(platform, "be stubborn")
    file = platform.settings.home / "pids"
    until(file.exists, worker)
    platform.queue.cancel(LOCAL, job.id)
    clock.advance(0.5)
    worker.tick()
    assert state(platform, job) is JobState.RUNNING
    clock.advance(0.9)
    assert see_through(platform, worker, job).state is JobState.CANCELLED
    assert [pid for pid in map(int, file.read_text().split()) if groups.is_running(pid)] == []
