"""Workers and jobs killed at any moment: nothing acknowledged is lost, nothing happens twice."""

import contextlib
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from core.jobs.engines import groups
from core.records.access import LOCAL
from core.records.job import Job, JobState
from tests.faults import small_platform
from tests.faults.small_platform import SmallPlatform, effects, submit

ROOT = Path(__file__).resolve().parents[2]
PATIENCE_S = 60.0


class Workers:
    """Real worker processes over one HOME."""

    def __init__(self, home: Path) -> None:
        self._home = home
        self._started: list[subprocess.Popen[bytes]] = []

    def start(
        self, *, slots: int = 2, lease_s: float = 20.0, host: str = "", fires: bool = False
    ) -> "subprocess.Popen[bytes]":
        options = [str(self._home), str(slots), str(lease_s), host, str(int(fires))]
        command = [sys.executable, "-m", "tests.faults.small_platform", *options]
        with (self._home / "workers.log").open("ab") as log:
            process = subprocess.Popen(command, cwd=ROOT, stdout=log, stderr=log, start_new_session=True)
        self._started.append(process)
        return process

    def replace(self, worker: "subprocess.Popen[bytes]") -> "subprocess.Popen[bytes]":
        """Kill -9 a worker, if that has not happened yet, and start the next."""
        worker.kill()
        worker.wait()
        return self.start()

    def end_all(self) -> None:
        for process in self._started:
            process.send_signal(signal.SIGCONT)
            groups.end(process.pid)
            process.wait()


@pytest.fixture
def platform(tmp_path: Path):
    platform = small_platform.prepare(tmp_path / "home")
    yield platform
    platform.store.close()


@pytest.fixture
def workers(platform: SmallPlatform):
    workers = Workers(platform.settings.home)
    yield workers
    workers.end_all()


def until(is_so: Callable[[], object], seconds: float = PATIENCE_S) -> None:
    deadline = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.02)


def state(platform: SmallPlatform, job: Job) -> JobState:
    return platform.queue.get(job.id).state


def attempts(platform: SmallPlatform) -> list[tuple[str, int, int]]:
    """Return (job, attempt, process) of every attempt that began."""
    file = platform.settings.home / "attempts"
    lines = file.read_text().splitlines() if file.exists() else []
    return [(line.split()[0], int(line.split()[1]), int(line.split()[2])) for line in lines]


def has_begun(platform: SmallPlatform, job: Job) -> bool:
    return any(begun == job.id for begun, _, _ in attempts(platform))


def kill_something(worker: "subprocess.Popen[bytes]", platform: SmallPlatform, dice: random.Random) -> None:
    """Kill -9 the worker, its whole group, its fork server, a job, or a job's guard."""
    target = dice.choice(["worker", "group", "fork server", "job", "guard"])
    running = platform.queue.find(states=(JobState.RUNNING,))
    guards = [job.process.pgid for job in running if job.process]
    if target == "group":
        os.killpg(worker.pid, signal.SIGKILL)
    elif target == "fork server":
        for child in psutil.Process(worker.pid).children():
            child.kill()
    elif target in ("job", "guard") and guards:
        guard = dice.choice(guards)
        inside = [process.pid for process in groups.members(guard) if process.pid != guard]
        victim = guard if target == "guard" or not inside else inside[0]
        if groups.is_running(victim):
            os.kill(victim, signal.SIGKILL)
    else:
        worker.kill()


def torment(platform: SmallPlatform, workers: Workers, kills: int, seed: int) -> None:
    dice = random.Random(seed)
    ledger: list[Job] = []
    worker = workers.start()
    for _ in range(kills):
        ledger.append(submit(platform, "work", max_attempts=1000))
        time.sleep(dice.uniform(0.0, 1.2))
        with contextlib.suppress(psutil.NoSuchProcess, ProcessLookupError):
            kill_something(worker, platform, dice)
        if dice.random() < 0.7:
            worker = workers.replace(worker)
    workers.replace(worker)
    until(lambda: not platform.queue.find(states=(JobState.QUEUED, JobState.RUNNING)), seconds=PATIENCE_S + kills)
    check_ledger(platform, ledger)


def check_ledger(platform: SmallPlatform, ledger: list[Job]) -> None:
    home = platform.settings.home
    assert {job.id: state(platform, job) for job in ledger} == {job.id: JobState.SUCCEEDED for job in ledger}
    assert {job.id: effects(platform, job.id) for job in ledger} == {job.id: 1 for job in ledger}
    begun = [(job, attempt) for job, attempt, _ in attempts(platform)]
    assert len(begun) == len(set(begun)), "an attempt began twice"
    assert not (home / "overlaps").exists(), "two attempts at one job ran at once"
    until(lambda: leftovers(home) == [])


def leftovers(home: Path) -> list[int]:
    """Return the processes that still hold a log of a job open."""
    logs = str(home / "logs")
    found = []
    for fd in Path("/proc").glob("[0-9]*/fd/1"):
        try:
            if str(fd.readlink()).startswith(logs) and not fd.readlink().name.startswith("worker"):
                found.append(int(fd.parts[2]))
        except OSError:
            continue
    return found


def test_nothing_is_lost_and_nothing_done_twice_when_anything_is_killed_at_twenty_random_moments(
    platform, workers, capsys
):
    seed = int(os.environ.get("KILL_SEED", random.SystemRandom().randrange(2**32)))
    with capsys.disabled():
        sys.stdout.write(f" [KILL_SEED={seed}] ")
    torment(platform, workers, kills=20, seed=seed)


@pytest.mark.torture
@pytest.mark.timeout(1800)
def test_nothing_is_lost_and_nothing_done_twice_over_two_hundred_kills(platform, workers, capsys):
    seed = int(os.environ.get("KILL_SEED", random.SystemRandom().randrange(2**32)))
    with capsys.disabled():
        sys.stdout.write(f" [KILL_SEED={seed}] ")
    torment(platform, workers, kills=200, seed=seed)


def test_two_workers_run_each_of_a_hundred_jobs_once(platform, workers):
    jobs = [submit(platform, "nothing") for _ in range(100)]
    for _ in range(2):
        workers.start(slots=2)
    until(lambda: not platform.queue.find(states=(JobState.QUEUED, JobState.RUNNING)), seconds=120)
    assert sorted(begun for begun, _, _ in attempts(platform)) == sorted(job.id for job in jobs)
    assert {platform.queue.get(job.id).attempt for job in jobs} == {1}


def test_a_worker_frozen_past_its_lease_and_its_job_commit_nothing_when_they_wake(platform, workers):
    """The other worker is made to believe it runs elsewhere, so only the token can stop the first attempt."""
    frozen = workers.start(slots=1, lease_s=2.0)
    job = submit(platform, "freeze before the end")
    until(lambda: has_begun(platform, job))
    ((_, _, first),) = attempts(platform)
    until(lambda: psutil.Process(first).status() == psutil.STATUS_STOPPED)
    with platform.store.write():  # so that the worker is not frozen while it holds the lock of the file
        frozen.send_signal(signal.SIGSTOP)
    workers.start(slots=1, host="elsewhere")
    until(lambda: state(platform, job).is_finished)
    finished = platform.queue.get(job.id)
    os.kill(first, signal.SIGCONT)
    until(lambda: not groups.is_running(first))
    assert "belongs to another worker now" in platform.queue.log(job.id)[0]
    frozen.send_signal(signal.SIGCONT)
    until(lambda: len(platform.queue.alive(platform.clock.now())) == 2)
    assert platform.queue.get(job.id) == finished
    assert (finished.state, finished.result, effects(platform, job.id)) == (JobState.SUCCEEDED, {"attempt": 2}, 1)


def test_an_attempt_whose_job_was_ended_meanwhile_commits_nothing(platform, workers):
    workers.start(slots=1)
    job = submit(platform, "work", pace=0.05)
    until(lambda: has_begun(platform, job))
    with platform.store.write() as work:
        held = work.jobs.get(job.id)
        work.jobs.finish(job.id, held.token, JobState.FAILED, platform.clock.now(), error="ended by hand")
        work.commit()
    until(lambda: leftovers(platform.settings.home) == [])
    assert effects(platform, job.id) == 0
    assert platform.queue.get(job.id).error == "ended by hand"


def test_a_cancelled_job_is_ended_by_its_worker(platform, workers):
    workers.start()
    job = submit(platform, "sleep")
    until(lambda: platform.queue.get(job.id).stage == "sleeping" and platform.queue.get(job.id).process)
    process = platform.queue.get(job.id).process
    platform.queue.cancel(LOCAL, job.id)
    until(lambda: state(platform, job) is JobState.CANCELLED)
    assert not groups.is_running(process.pgid)


def test_a_job_cancelled_at_any_moment_ends_once_and_stays_as_it_ended(platform, workers):
    workers.start()
    jobs = [submit(platform, "work", pace=0.01) for _ in range(12)]
    dice = random.Random(7)
    for job in jobs:
        time.sleep(dice.uniform(0, 0.3))
        platform.queue.cancel(LOCAL, job.id)
    until(lambda: not platform.queue.find(states=(JobState.QUEUED, JobState.RUNNING)))
    ended = {job.id: platform.queue.get(job.id) for job in jobs}
    for job in ended.values():
        assert job.state in (JobState.SUCCEEDED, JobState.CANCELLED)
        assert effects(platform, job.id) <= 1
        assert (job.state is JobState.SUCCEEDED) == (job.result is not None)
        platform.queue.cancel(LOCAL, job.id)
    assert {job.id: platform.queue.get(job.id) for job in jobs} == ended


def test_a_killed_worker_takes_its_jobs_and_their_children_along(platform, workers):
    worker = workers.start()
    submit(platform, "be stubborn")
    file = platform.settings.home / "pids"
    until(file.exists)
    worker.kill()
    until(lambda: not any(groups.is_running(int(pid)) for pid in file.read_text().split()))


def test_a_worker_told_to_stop_puts_its_job_back_and_leaves_nothing_running(platform, workers):
    worker = workers.start()
    job = submit(platform, "sleep")
    until(lambda: platform.queue.get(job.id).stage == "sleeping")
    worker.terminate()
    assert worker.wait(PATIENCE_S) == 0
    assert state(platform, job) is JobState.QUEUED
    assert leftovers(platform.settings.home) == []
    assert platform.queue.workers() == []


def test_the_queue_flows_past_a_poison_job(platform, workers):
    workers.start(slots=1)
    poison, after = submit(platform, "crash"), submit(platform, "work")
    until(lambda: state(platform, after).is_finished and state(platform, poison).is_finished)
    failed = platform.queue.get(poison.id)
    assert (failed.state, failed.attempt, failed.error_code) == (JobState.FAILED, 3, "lost")
    assert state(platform, after) is JobState.SUCCEEDED


def test_fifty_one_equal_submissions_at_once_make_one_job(platform):
    """A double click, a retried request, a refreshed browser."""
    code = (
        "import sys; from pathlib import Path; from core.settings import load; from core.records.job import JobKind; "
        "from core.records.access import LOCAL; from tests.faults.small_platform import build; "
        "queue = build(load(Path(sys.argv[1]))).queue; "
        "[print(queue.submit(LOCAL, kind=JobKind.TRAIN, project=None, title='t', payload={}, key='click').id) "
        "for _ in range(17)]"
    )
    command = [sys.executable, "-c", code, str(platform.settings.home)]
    clicks = [subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) for _ in range(3)]
    ids = [line for click in clicks for line in click.communicate()[0].split()]
    assert (len(ids), len(set(ids)), len(platform.queue.find())) == (51, 1, 1)
