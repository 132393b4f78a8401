"""What a handler says and hears."""

import logging

import pytest

from core.errors import JobCancelled, LeaseLost
from core.jobs.context import QueuedContext, detached
from core.records.job import Job, JobState
from storage import job_rules
from storage.memory.store import MemoryStore
from tests.builders import START, FakeClock, job_request


@pytest.fixture
def store() -> MemoryStore:
    return MemoryStore()


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def job(store, clock) -> Job:
    with store.write() as work:
        work.jobs.add(job_request(project=None), "local", clock.now())
        job = work.jobs.claim("w", clock.now(), 20)
        work.commit()
    return job


@pytest.fixture
def context(job, store, clock) -> QueuedContext:
    return QueuedContext(job, store, clock)


def now_in(store: MemoryStore, job: Job) -> Job:
    with store.read() as work:
        return work.jobs.get(job.id)


def claim_again(store: MemoryStore, clock: FakeClock) -> Job:
    with store.write() as work:
        job = work.jobs.claim("other", clock.advance(30), 20)
        work.commit()
    return job


def test_progress_is_stored(context, store, job):
    context.progress("fit", 0.4, "tree 80 of 200")
    seen = now_in(store, job)
    assert (seen.stage, seen.fraction, seen.message) == ("fit", 0.4, "tree 80 of 200")


def test_progress_of_one_stage_is_stored_at_most_four_times_a_second(context, store, clock, job):
    context.progress("fit", 0.1)
    clock.advance(0.2)
    context.progress("fit", 0.2)
    assert now_in(store, job).fraction == 0.1
    clock.advance(0.05)
    context.progress("fit", 0.3)
    assert now_in(store, job).fraction == 0.3


def test_a_new_stage_is_stored_at_once(context, store, job):
    context.progress("fit", 0.1)
    context.progress("evaluate", 0.8)
    assert now_in(store, job).stage == "evaluate"


def test_a_clock_set_back_does_not_silence_progress(context, store, clock, job):
    context.progress("fit", 0.1)
    clock.advance(-3600)
    context.progress("fit", 0.2)
    assert now_in(store, job).fraction == 0.2


@pytest.mark.parametrize(("said", "stored"), [(-0.5, 0.0), (1.5, 1.0)])
def test_a_fraction_out_of_range_is_brought_into_it(context, store, job, said, stored):
    context.progress("fit", said)
    assert now_in(store, job).fraction == stored


def test_a_busy_store_costs_a_progress_message_and_not_the_job(job, clock, caplog):
    store = MemoryStore(busy_s=0.01)
    context = QueuedContext(job, store, clock)
    with store.write():
        context.progress("fit", 0.5)
    assert "Progress of job" in caplog.text


def test_a_job_nobody_stops_may_go_on(context):
    context.check()


def test_a_cancelled_job_hears_of_it(context, store, clock, job):
    with store.write() as work:
        work.jobs.request_cancel(job.id, clock.now())
        work.commit()
    with pytest.raises(JobCancelled, match=f"Job {job.id} was cancelled"):
        context.check()


def test_an_attempt_that_lost_its_job_changes_nothing_more(context, store, clock, job):
    claimed = claim_again(store, clock)
    with pytest.raises(LeaseLost):
        context.progress("fit", 0.9)
    with pytest.raises(LeaseLost):
        context.check()
    with store.write() as work, pytest.raises(LeaseLost):
        context.fence(work)
    assert now_in(store, job) == claimed


def test_a_finished_job_is_not_an_attempt_s_any_more(context, store, clock, job):
    with store.write() as work:
        work.jobs.finish(job.id, job.token, JobState.SUCCEEDED, clock.now())
        work.commit()
    with pytest.raises(LeaseLost):
        context.check()


def test_a_detached_context_logs_and_never_stops(store, caplog):
    context = detached(job_rules.queued(job_request(project=None), "local", START))
    with caplog.at_level(logging.INFO), store.write() as work:
        context.progress("fit", 0.25, "half of a half")
        context.check()
        context.fence(work)
    assert "fit 25% half of a half" in caplog.text
