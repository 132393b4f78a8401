from datetime import timedelta

import pytest

from core.errors import IllegalTransition, JobNotFound, LeaseLost, ProjectNotFound
from core.ports.unit_of_work import Store
from core.records.job import Cause, Job, JobKind, JobState, JobUsage, Process, UsageSample
from tests.builders import START, job_request

LEASE = 20.0
LATER = START + timedelta(seconds=LEASE)
PROCESS = Process(host="here", pgid=4242, started=1234.5)


def add(store: Store, **changes: object) -> Job:
    with store.write() as work:
        job = work.jobs.add(job_request(**changes), "local", START)
        work.commit()
    return job


def claim(store: Store, worker: str = "w1", now: object = START, engine: str = "local") -> Job | None:
    with store.write() as work:
        job = work.jobs.claim(worker, now, LEASE, engine)  # type: ignore[arg-type]
        work.commit()
    return job


def claimed(store: Store, **changes: object) -> Job:
    add(store, **changes)
    job = claim(store)
    assert job is not None
    return job


def get(store: Store, id: str) -> Job:
    with store.read() as work:
        return work.jobs.get(id)


def finish(store: Store, job: Job, state: JobState = JobState.SUCCEEDED, **facts: object) -> Job:
    with store.write() as work:
        done = work.jobs.finish(job.id, job.token, state, LATER, **facts)  # type: ignore[arg-type]
        work.commit()
    return done


def test_a_new_job_waits_with_everything_that_was_asked(store: Store) -> None:
    request = {
        "payload": {"spec": {"params": [1, 2.5, None, "ü"]}},
        "priority": 3,
        "key": "k1",
        "cause": Cause(kind="schedule", id="s1", note="nightly"),
        "max_attempts": 5,
    }
    job = add(store, **request)
    assert {name: getattr(job, name) for name in request} == request
    assert (job.state, job.attempt, job.token, job.engine) == (JobState.QUEUED, 0, 0, "local")
    assert (job.fraction, job.worker, job.created_at) == (0.0, None, START)
    assert get(store, job.id) == job


def test_the_same_key_gives_the_same_job_whatever_else_differs(store: Store) -> None:
    first = add(store, key="once")
    assert add(store, key="once", title="another") == first
    assert add(store, key=None).id != add(store, key=None).id
    with store.read() as work:
        assert len(work.jobs.find()) == 3


def test_a_key_stays_taken_when_its_job_has_ended(store: Store) -> None:
    job = finish(store, claimed(store, key="once"))
    assert add(store, key="once") == job


def test_a_job_may_belong_to_no_project_but_not_to_an_unknown_one(store: Store) -> None:
    assert add(store, project=None).project is None
    with pytest.raises(ProjectNotFound):
        add(store, project="nope")


def test_jobs_are_found_newest_first_by_project_state_and_kind(store: Store) -> None:
    ids = [
        add(store).id,
        add(store, project="bikes", kind=JobKind.MONITOR).id,
        add(store, kind=JobKind.MONITOR).id,
    ]
    with store.write() as work:
        work.jobs.take(ids[0], "w1", START, LEASE)
        assert [job.id for job in work.jobs.find()] == ids[::-1]
        assert [job.id for job in work.jobs.find(limit=1)] == [ids[2]]
        assert [job.id for job in work.jobs.find("churn")] == [ids[2], ids[0]]
        assert [job.id for job in work.jobs.find(states=(JobState.RUNNING,))] == [ids[0]]
        assert [job.id for job in work.jobs.find("churn", (JobState.QUEUED,), (JobKind.MONITOR,))] == [ids[2]]
        assert work.jobs.find(states=(JobState.FAILED, JobState.SUCCEEDED)) == []


def test_claims_follow_priority_and_then_age(store: Store) -> None:
    titles = [("old", 0), ("urgent", 9), ("young", 0), ("lazy", -1)]
    for title, priority in titles:
        add(store, title=title, priority=priority)
    order = []
    while job := claim(store):
        order.append(job.title)
    assert order == ["urgent", "old", "young", "lazy"]


def test_a_claim_gives_a_lease_a_token_and_an_attempt(store: Store) -> None:
    job = claimed(store)
    assert (job.state, job.worker, job.attempt, job.token) == (JobState.RUNNING, "w1", 1, 1)
    assert (job.lease_until, job.started_at) == (LATER, START)
    assert get(store, job.id) == job


def test_a_claim_takes_only_jobs_of_its_engine(store: Store) -> None:
    add(store)
    assert claim(store, engine="ray") is None
    assert claim(store) is not None


def test_a_leased_job_is_not_claimed_before_its_lease_ends(store: Store) -> None:
    claimed(store)
    assert claim(store, "w2", LATER - timedelta(microseconds=1)) is None


def test_a_job_whose_lease_ended_is_claimed_again_under_a_new_token(store: Store) -> None:
    first = claimed(store)
    with store.write() as work:
        work.jobs.set_process(first.id, first.token, PROCESS)
        work.jobs.progress(first.id, first.token, "fit", 0.5, "half")
        work.commit()
    second = claim(store, "w2", LATER)
    assert second is not None
    assert (second.id, second.worker, second.attempt, second.token) == (first.id, "w2", 2, 2)
    assert second.process == PROCESS
    assert (second.stage, second.fraction, second.message) == ("", 0.0, "")
    assert second.lease_until == LATER + timedelta(seconds=LEASE)


def test_a_heartbeat_keeps_others_off(store: Store) -> None:
    job = claimed(store)
    with store.write() as work:
        work.jobs.heartbeat(job.id, job.token, LATER, LEASE)
        work.commit()
    assert claim(store, "w2", LATER) is None
    assert claim(store, "w2", LATER + timedelta(seconds=LEASE)) is not None


def test_a_stale_token_writes_nothing(store: Store) -> None:
    stale = claimed(store)
    fresh = claim(store, "w2", LATER)
    assert fresh is not None
    steps = (
        lambda jobs: jobs.heartbeat(stale.id, stale.token, LATER, 900.0),
        lambda jobs: jobs.set_process(stale.id, stale.token, PROCESS),
        lambda jobs: jobs.progress(stale.id, stale.token, "late", 0.9, "late"),
        lambda jobs: jobs.finish(stale.id, stale.token, JobState.SUCCEEDED, LATER, {"late": True}),
        lambda jobs: jobs.release(stale.id, stale.token, "late", LATER),
    )
    for step in steps:
        with store.write() as work:
            with pytest.raises(LeaseLost, match="token 1 is stale"):
                step(work.jobs)
            work.commit()
    assert get(store, stale.id) == fresh


def test_a_token_of_a_finished_unknown_or_deleted_job_is_stale(store: Store) -> None:
    job = finish(store, claimed(store))
    with store.write() as work:
        with pytest.raises(LeaseLost):
            work.jobs.heartbeat(job.id, job.token, LATER, LEASE)
        with pytest.raises(LeaseLost):
            work.jobs.finish(job.id, job.token, JobState.FAILED, LATER)
        with pytest.raises(LeaseLost):
            work.jobs.progress("nope", 1, "fit", 0.5, "")


def test_progress_shows_and_keeps_the_lease_as_it_is(store: Store) -> None:
    job = claimed(store)
    with store.write() as work:
        work.jobs.progress(job.id, job.token, "fit", 0.25, "tree 50 of 200")
        work.commit()
    now = get(store, job.id)
    assert (now.stage, now.fraction, now.message) == ("fit", 0.25, "tree 50 of 200")
    assert now.lease_until == job.lease_until


def test_success_keeps_the_result_and_shows_all_as_done(store: Store) -> None:
    done = finish(store, claimed(store), result={"run_id": "r1", "metrics": {"auc": 0.75}})
    assert (done.state, done.fraction, done.finished_at) == (JobState.SUCCEEDED, 1.0, LATER)
    assert done.result == {"run_id": "r1", "metrics": {"auc": 0.75}}
    assert (done.lease_until, done.process, done.error) == (None, None, None)
    assert get(store, done.id) == done


@pytest.mark.parametrize("state", [JobState.FAILED, JobState.CANCELLED])
def test_any_other_end_is_never_shown_as_all_done(store: Store, state: JobState) -> None:
    job = claimed(store)
    with store.write() as work:
        work.jobs.progress(job.id, job.token, "log", 1.0, "")
        work.commit()
    done = finish(store, job, state, error_code="no_target", error="The target is missing.")
    assert (done.state, done.error_code, done.error) == (state, "no_target", "The target is missing.")
    assert done.fraction < 1.0


@pytest.mark.parametrize("state", [JobState.QUEUED, JobState.RUNNING])
def test_a_job_cannot_finish_as_something_that_is_no_end(store: Store, state: JobState) -> None:
    job = claimed(store)
    with pytest.raises(IllegalTransition):
        finish(store, job, state)
    assert get(store, job.id) == job


def test_a_job_whose_workers_all_vanish_fails_after_its_last_attempt(store: Store) -> None:
    job = claimed(store, max_attempts=3)
    moment = START
    for attempt in (2, 3):
        moment += timedelta(seconds=LEASE)
        again = claim(store, f"w{attempt}", moment)
        assert again is not None
        assert again.attempt == attempt
    moment += timedelta(seconds=LEASE)
    assert claim(store, "w4", moment) is None
    lost = get(store, job.id)
    assert (lost.state, lost.error_code, lost.attempt, lost.finished_at) == (JobState.FAILED, "lost", 3, moment)
    assert lost.error == "The job was lost: its worker w3 gave no sign of life during attempt 3."


def test_a_poisoned_job_does_not_hold_up_the_one_behind_it(store: Store) -> None:
    claimed(store, max_attempts=1)
    behind = add(store)
    next_job = claim(store, "w2", LATER)
    assert next_job is not None
    assert next_job.id == behind.id


def test_a_released_job_runs_again_until_its_last_attempt(store: Store) -> None:
    job = claimed(store, max_attempts=2)
    with store.write() as work:
        released = work.jobs.release(job.id, job.token, "killed by signal 9", LATER)
        work.commit()
    assert (released.state, released.worker, released.lease_until) == (JobState.QUEUED, None, None)
    assert released.message == "killed by signal 9"
    again = claim(store, "w1", LATER)
    assert again is not None
    assert again.token == 2
    with store.write() as work:
        lost = work.jobs.release(again.id, again.token, "killed by signal 9", LATER)
        work.commit()
    assert (lost.state, lost.error_code, lost.error) == (JobState.FAILED, "lost", "killed by signal 9")
    assert lost.finished_at == LATER


def test_an_end_by_release_without_a_moment_is_dated_all_the_same(store: Store) -> None:
    job = claimed(store, max_attempts=1)
    with store.write() as work:
        assert work.jobs.release(job.id, job.token, "gone").finished_at is not None


def test_a_queued_job_is_cancelled_at_once(store: Store) -> None:
    job = add(store)
    with store.write() as work:
        done = work.jobs.request_cancel(job.id, LATER)
        work.commit()
    assert (done.state, done.cancel_requested, done.finished_at) == (JobState.CANCELLED, True, LATER)
    assert claim(store) is None


def test_a_running_job_is_marked_for_its_worker(store: Store) -> None:
    job = claimed(store)
    with store.write() as work:
        assert work.jobs.request_cancel(job.id, LATER).state is JobState.RUNNING
        work.commit()
    with store.write() as work:
        assert work.jobs.heartbeat(job.id, job.token, START, LEASE).cancel_requested


def test_a_finished_job_stays_as_it_is_when_cancelled(store: Store) -> None:
    done = finish(store, claimed(store))
    with store.write() as work:
        assert work.jobs.request_cancel(done.id, LATER) == done
        with pytest.raises(JobNotFound):
            work.jobs.request_cancel("nope", LATER)


@pytest.mark.parametrize("way", ["lease ended", "released"])
def test_a_job_to_be_cancelled_is_not_started_again(store: Store, way: str) -> None:
    job = claimed(store)
    with store.write() as work:
        work.jobs.request_cancel(job.id, START)
        if way == "released":
            work.jobs.release(job.id, job.token, "killed", LATER)
        work.commit()
    assert claim(store, "w2", LATER) is None
    done = get(store, job.id)
    assert (done.state, done.finished_at) == (JobState.CANCELLED, LATER)


def test_one_job_can_be_taken_by_its_id(store: Store) -> None:
    add(store)
    second = add(store)
    with store.write() as work:
        taken = work.jobs.take(second.id, "me", START, LEASE)
        work.commit()
    assert (taken.id, taken.state, taken.token, taken.worker) == (second.id, JobState.RUNNING, 1, "me")
    with store.write() as work:
        with pytest.raises(IllegalTransition):
            work.jobs.take(second.id, "other", START, LEASE)
        with pytest.raises(JobNotFound):
            work.jobs.take("nope", "me", START, LEASE)
        assert work.jobs.take(second.id, "other", LATER, LEASE).token == 2


def test_a_worker_sees_the_running_jobs_it_holds(store: Store) -> None:
    mine, finished = claimed(store), claimed(store)
    finish(store, finished)
    add(store)
    assert claim(store, "w2") is not None
    with store.read() as work:
        assert [job.id for job in work.jobs.held("w1")] == [mine.id]
        assert work.jobs.held("w3") == []


def test_what_a_caller_does_to_a_record_does_not_reach_the_store(store: Store) -> None:
    payload = {"list": [1]}
    job = add(store, payload=payload)
    payload["list"].append(2)
    get(store, job.id).payload["list"].append(3)
    assert get(store, job.id).payload == {"list": [1]}


def usage(*cores: float) -> JobUsage:
    samples = tuple(UsageSample(at_s=float(at), cpu=cpu, memory_mb=100.0) for at, cpu in enumerate(cores))
    return JobUsage(samples=samples, cpu_s=1.5, peak_mb=120.0)


def test_an_attempt_ended_on_purpose_is_given_back(store: Store) -> None:
    job = claimed(store, max_attempts=1)
    for _ in range(3):
        with store.write() as work:
            drained = work.jobs.release(job.id, job.token, "The worker was stopped.", LATER, counted=False)
            work.commit()
        assert (drained.state, drained.attempt, drained.message) == (JobState.QUEUED, 0, "The worker was stopped.")
        again = claim(store, "w1", LATER)
        assert again is not None
        job = again
    assert (job.attempt, job.token, job.is_repeated) == (1, 4, True)


def test_figures_are_the_newest_of_the_present_attempt(store: Store) -> None:
    job = claimed(store)
    with store.write() as work:
        work.jobs.tell(job.id, job.token, {"loss": 0.5})
        work.jobs.tell(job.id, job.token, {"loss": 0.25})
        work.commit()
    assert get(store, job.id).figures == {"loss": 0.25}
    with store.write() as work:
        work.jobs.release(job.id, job.token, "killed", LATER)
        work.commit()
    again = claim(store, "w2", LATER)
    assert again is not None
    assert again.figures == {}
    with store.write() as work, pytest.raises(LeaseLost):
        work.jobs.tell(job.id, job.token, {"loss": 1.0})


def test_what_an_attempt_used_is_kept_and_replaced_and_that_of_an_earlier_one_ignored(store: Store) -> None:
    job = claimed(store)
    with store.write() as work:
        assert work.jobs.usage(job.id) is None
        work.jobs.record_usage(job.id, job.token, usage(0.5))
        work.jobs.record_usage(job.id, job.token, usage(0.5, 1.0))
        work.jobs.record_usage(job.id, job.token - 1, usage(9.0))
        work.jobs.record_usage("nope", 1, usage(9.0))
        work.commit()
    with store.read() as work:
        assert work.jobs.usage(job.id) == usage(0.5, 1.0)


def test_what_a_finished_job_used_can_still_be_told(store: Store) -> None:
    done = finish(store, claimed(store))
    with store.write() as work:
        work.jobs.record_usage(done.id, done.token, usage(1.0))
        assert work.jobs.usage(done.id) == usage(1.0)


def test_usage_goes_with_its_project(store: Store) -> None:
    job = claimed(store)
    with store.write() as work:
        work.jobs.record_usage(job.id, job.token, usage(1.0))
        work.projects.delete("churn")
        assert work.jobs.usage(job.id) is None


def test_a_job_is_found_by_its_key(store: Store) -> None:
    job = add(store, key="retry:1")
    with store.read() as work:
        assert work.jobs.keyed("retry:1") == job
        assert work.jobs.keyed("retry:2") is None
