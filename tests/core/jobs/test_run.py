"""One attempt at a job, in this process, over a real store."""

import threading
from pathlib import Path

import pytest

from core.errors import IllegalTransition, JobCancelled, LeaseLost
from core.jobs.run import run_here, run_job
from core.records.access import LOCAL
from core.records.job import Job, JobKind, JobState
from tests.faults import small_platform
from tests.faults.small_platform import HANDLERS, SmallPlatform, build, submit


@pytest.fixture
def platform(tmp_path: Path):
    platform = small_platform.prepare(tmp_path / "home")
    yield platform
    platform.store.close()


def claim(platform: SmallPlatform) -> Job:
    with platform.store.write() as work:
        job = work.jobs.claim("w", platform.clock.now(), 20)
        work.commit()
    return job


def run(platform: SmallPlatform, job: Job, handlers=HANDLERS) -> Job:
    built: list[SmallPlatform] = []

    def build_once(settings):
        built.append(build(settings))
        return built[0]

    try:
        run_job(job.id, job.token, platform.settings.home, build=build_once, handlers=handlers)
    finally:
        built[0].store.close()
    return platform.queue.get(job.id)


def handling(deed):
    return {JobKind.PIPELINE: lambda platform, job, context: deed(platform, job, context)}


def test_what_the_handler_returns_is_the_result(platform):
    submit(platform, "nothing")
    done = run(platform, claim(platform), handling(lambda platform, job, context: {"rows": (1, 2)}))
    assert (done.state, done.result, done.fraction, done.error) == (JobState.SUCCEEDED, {"rows": [1, 2]}, 1.0, None)


@pytest.mark.parametrize(
    ("do", "code", "error"),
    [
        ("refuse", "invalid_spec", "The training cannot start: the target is missing"),
        ("ask for too much", "memory_limit", "The job needed more than its limit of 512 MB of memory."),
        ("stumble", "internal", "The job stopped on an unexpected error. Its log has the details under reference"),
        ("answer nan", "internal", "The job stopped on an unexpected error."),
    ],
)
def test_a_failing_handler_fails_the_job_with_a_sentence(platform, do, code, error):
    submit(platform, do)
    failed = run(platform, claim(platform))
    assert (failed.state, failed.error_code) == (JobState.FAILED, code)
    assert failed.error.startswith(error)
    assert "secret" not in failed.error


def test_an_unexpected_error_is_in_the_log_under_its_reference(platform, caplog):
    submit(platform, "stumble")
    failed = run(platform, claim(platform))
    assert failed.error.removesuffix(".").split()[-1] in caplog.text
    assert "the secret inside" in caplog.text


def test_a_handler_that_heeds_a_cancellation_leaves_the_job_cancelled(platform):
    job = submit(platform, "nothing")

    def deed(platform, job, context):
        raise JobCancelled(id=job.id)

    assert run(platform, claim(platform), handling(deed)).state is JobState.CANCELLED
    assert platform.queue.get(job.id).error is None


def test_a_stale_token_starts_nothing(platform):
    submit(platform, "work")
    job = claim(platform)
    with pytest.raises(LeaseLost):
        run(platform, job.model_copy(update={"token": job.token - 1}))
    assert not (platform.settings.home / "attempts").exists()


def test_an_attempt_that_lost_its_job_gives_no_answer(platform):
    submit(platform, "nothing")
    job = claim(platform)

    def deed(platform, job, context):
        with platform.store.write() as work:
            work.jobs.release(job.id, job.token, "taken away")
            work.commit()
        return {"made": "in vain"}

    with pytest.raises(LeaseLost):
        run(platform, job, handling(deed))
    assert (platform.queue.get(job.id).state, platform.queue.get(job.id).result) == (JobState.QUEUED, None)


def test_a_job_run_inline_is_finished_when_it_returns_and_has_a_log(platform):
    job = run_here(platform, submit(platform, "refuse").id, HANDLERS)
    assert (job.state, job.attempt, job.worker.split("-")[0]) == (JobState.FAILED, 1, "inline")
    assert "the target is missing" in platform.queue.log(job.id)[0]


def test_a_job_run_inline_is_not_run_twice(platform):
    job = submit(platform, "nothing")
    run_here(platform, job.id, HANDLERS)
    with pytest.raises(IllegalTransition):
        run_here(platform, job.id, HANDLERS)


def test_an_interrupted_inline_job_is_queued_again(platform):
    job = submit(platform, "nothing")

    def deed(platform, job, context):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run_here(platform, job.id, handling(deed))
    assert platform.queue.get(job.id).state is JobState.QUEUED
    assert platform.queue.get(job.id).message == "The command that ran it was interrupted."


def test_an_inline_job_leaves_no_thread_behind(platform):
    before = threading.active_count()
    run_here(platform, submit(platform, "nothing").id, HANDLERS)
    assert threading.active_count() == before


def test_an_answer_waits_for_a_busy_store(platform, monkeypatch):
    from core.errors import StoreBusy
    from core.jobs import run as module

    monkeypatch.setattr(module, "FINISH_WAITS_S", (0.0,))
    job = submit(platform, "nothing")
    calls: list[int] = []
    write = platform.store.write

    def busy_once(handled: SmallPlatform):
        def begin():
            calls.append(1)
            if len(calls) == 1:
                raise StoreBusy(problem="another writer holds it")
            return write()

        handled.store.write = begin

    assert run_here(platform, job.id, handling(lambda p, j, c: busy_once(p) or {})).state is JobState.SUCCEEDED
    assert len(calls) == 2


def test_cancelling_an_inline_job_is_heard_by_a_handler_that_asks(platform):
    job = submit(platform, "nothing")

    def deed(platform, job, context):
        platform.queue.cancel(LOCAL, job.id)
        context.check()

    assert run_here(platform, job.id, handling(deed)).state is JobState.CANCELLED
