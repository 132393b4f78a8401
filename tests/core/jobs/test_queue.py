"""The front of the queue, over the memory store."""

from pathlib import Path

import pytest

from core.errors import Denied, IllegalTransition, JobNotFound
from core.jobs.queue import PERMISSIONS, JobQueue
from core.records.access import LOCAL, Actor, Role
from core.records.job import Cause, JobKind, JobState, WorkerBeat
from core.settings import Settings
from storage.memory.store import MemoryStore
from tests.builders import FakeClock

VIEWER = Actor(name="vera", role=Role.VIEWER)


@pytest.fixture
def store() -> MemoryStore:
    return MemoryStore()


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def queue(store: MemoryStore, clock: FakeClock, tmp_path: Path) -> JobQueue:
    return JobQueue(store, clock, Settings(home=tmp_path, job_timeout=77, job_memory_mb=999))


def submit(queue: JobQueue, **changes):
    wanted = {"kind": JobKind.TRAIN, "project": None, "title": "Train", "payload": {"seed": 1}, **changes}
    return queue.submit(LOCAL, **wanted)


def finish(store: MemoryStore, clock: FakeClock, state: JobState, error: str | None = None) -> None:
    with store.write() as work:
        job = work.jobs.claim("w", clock.now(), 20)
        work.jobs.finish(job.id, job.token, state, clock.now(), error=error)
        work.commit()


def actions(store: MemoryStore) -> list[str]:
    with store.read() as work:
        return [event.action for event in work.events.all()]


def test_a_submitted_job_is_queued_with_the_limits_of_the_settings(queue):
    job = submit(queue)
    assert queue.get(job.id) == job
    assert (job.state, job.engine, job.timeout_s, job.memory_mb) == (JobState.QUEUED, "local", 77, 999)
    assert (job.created_by, job.attempt, job.max_attempts, job.priority) == ("local", 0, 3, 0)


def test_limits_given_win_over_the_settings(queue):
    job = submit(queue, timeout_s=5, memory_mb=300, max_attempts=1, priority=4)
    assert (job.timeout_s, job.memory_mb, job.max_attempts, job.priority) == (5, 300, 1, 4)


def test_the_same_key_gives_the_same_job_and_one_audit_event(queue, store, clock):
    first = submit(queue, key="form-1")
    clock.advance(1)
    assert submit(queue, key="form-1") == first
    assert len(queue.find()) == 1
    assert actions(store) == ["job.submit"]


def test_every_kind_of_job_needs_a_permission():
    assert set(PERMISSIONS) == set(JobKind)


@pytest.mark.parametrize("act", ["submit", "cancel", "retry"])
def test_a_viewer_changes_nothing(queue, store, act):
    job = submit(queue)
    deeds = {
        "submit": lambda: queue.submit(VIEWER, kind=JobKind.TRAIN, project=None, title="t", payload={}),
        "cancel": lambda: queue.cancel(VIEWER, job.id),
        "retry": lambda: queue.retry(VIEWER, job.id),
    }
    with pytest.raises(Denied):
        deeds[act]()
    assert queue.find() == [job]
    assert actions(store) == ["job.submit"]


def test_a_job_enqueued_in_a_transaction_that_fails_does_not_exist(queue, store):
    with store.write() as work:
        queue.enqueue(work, kind=JobKind.RETRAIN, project=None, title="r", payload={}, created_by="schedule")
    assert queue.find() == []


def test_find_narrows_by_state_and_kind(queue, store, clock):
    train, monitor = submit(queue), submit(queue, kind=JobKind.MONITOR)
    finish(store, clock, JobState.SUCCEEDED)
    assert [job.id for job in queue.find(states=(JobState.SUCCEEDED,))] == [train.id]
    assert [job.id for job in queue.find(kinds=(JobKind.MONITOR,))] == [monitor.id]
    assert [job.id for job in queue.find(limit=1)] == [monitor.id]


def test_cancelling_a_queued_job_ends_it(queue, store):
    job = queue.cancel(LOCAL, submit(queue).id)
    assert job.state is JobState.CANCELLED
    assert actions(store) == ["job.submit", "job.cancel"]


def test_cancelling_a_running_job_marks_it_for_its_worker(queue, store, clock):
    number = submit(queue).id
    with store.write() as work:
        work.jobs.claim("w", clock.now(), 20)
        work.commit()
    job = queue.cancel(LOCAL, number)
    assert (job.state, job.cancel_requested) == (JobState.RUNNING, True)


def test_cancelling_a_finished_job_leaves_it_and_the_trail_as_they_are(queue, store, clock):
    number = submit(queue).id
    finish(store, clock, JobState.SUCCEEDED)
    before = queue.get(number)
    assert queue.cancel(LOCAL, number) == before
    assert actions(store) == ["job.submit"]


def test_a_retry_is_a_new_job_that_names_the_old_one_and_why_it_failed(queue, store, clock):
    old = submit(queue, priority=3, key="k", max_attempts=1)
    finish(store, clock, JobState.FAILED, "no luck")
    new = queue.retry(LOCAL, old.id)
    assert new.id != old.id
    assert new.cause == Cause(kind="retry", id=old.id, note="no luck")
    assert (new.payload, new.priority, new.max_attempts, new.state) == ({"seed": 1}, 3, 1, JobState.QUEUED)


def test_retrying_twice_gives_the_same_new_job(queue, store, clock):
    old = submit(queue)
    queue.cancel(LOCAL, old.id)
    assert queue.retry(LOCAL, old.id) == queue.retry(LOCAL, old.id)


@pytest.mark.parametrize("state", [JobState.QUEUED, JobState.SUCCEEDED])
def test_only_a_failed_or_cancelled_job_can_be_retried(queue, store, clock, state):
    job = submit(queue)
    if state is JobState.SUCCEEDED:
        finish(store, clock, state)
    with pytest.raises(IllegalTransition, match=f"Job {job.id} is {state.value}; it cannot become queued again"):
        queue.retry(LOCAL, job.id)


def test_a_log_is_read_on_from_where_the_last_reading_ended(queue):
    job = submit(queue)
    assert queue.log(job.id) == ("", 0)
    queue.log_path(job.id).parent.mkdir()
    queue.log_path(job.id).write_bytes(b"one\n")
    assert queue.log(job.id) == ("one\n", 4)
    with queue.log_path(job.id).open("ab") as file:
        file.write(b"two\n")
    assert queue.log(job.id, 4) == ("two\n", 8)
    assert queue.log(job.id, 8) == ("", 8)


def test_a_letter_still_half_written_waits_for_the_next_reading(queue):
    job = submit(queue)
    queue.log_path(job.id).parent.mkdir()
    queue.log_path(job.id).write_bytes("é".encode()[:1])
    assert queue.log(job.id) == ("", 0)
    queue.log_path(job.id).write_bytes("é".encode())
    assert queue.log(job.id) == ("é", 2)


def test_bytes_that_are_no_text_are_shown_as_such(queue):
    job = submit(queue)
    queue.log_path(job.id).parent.mkdir()
    queue.log_path(job.id).write_bytes(b"a\xffb")
    assert queue.log(job.id) == ("a\ufffdb", 3)


def test_a_log_is_found_only_by_the_id_of_a_job(queue, tmp_path):
    (tmp_path / "secret.log").write_text("secret")
    with pytest.raises(JobNotFound):
        queue.log("../secret")


def test_a_worker_counts_as_alive_for_fifteen_seconds(queue, store, clock):
    now = clock.now()
    beat = WorkerBeat(worker="w", host="h", pid=1, slots=2, leader=True, started_at=now, seen_at=now)
    with store.write() as work:
        work.workers.beat(beat)
        work.commit()
    assert queue.alive(clock.advance(15)) == [beat]
    assert queue.alive(clock.advance(1)) == []
    assert queue.workers() == [beat]


def test_a_job_that_was_tried_again_leads_to_the_new_one(queue, store, clock):
    old = submit(queue)
    finish(store, clock, JobState.FAILED, "broken")
    assert queue.retried_as(old.id) is None
    again = queue.retry(LOCAL, old.id)
    assert queue.retried_as(old.id) == again
    assert (again.cause.kind, again.cause.id, again.cause.note) == ("retry", old.id, "broken")


def test_jobs_alike_tell_how_long_they_took(queue, store, clock):
    for estimator, seconds, end in (
        ("ridge", 4, JobState.SUCCEEDED),
        ("forest", 50, JobState.SUCCEEDED),
        ("ridge", 6, JobState.SUCCEEDED),
        ("ridge", 99, JobState.FAILED),
    ):
        submit(queue, payload={"estimator": estimator})
        with store.write() as work:
            job = work.jobs.claim("w", clock.now(), 20)
            work.jobs.finish(job.id, job.token, end, clock.advance(seconds))
            work.commit()
    assert queue.durations(submit(queue, payload={"estimator": "ridge"})) == (6.0, 4.0)
    assert queue.durations(submit(queue, payload={"estimator": "svm"})) == ()
