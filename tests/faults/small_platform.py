"""A platform small enough to start in no time: the real store and queue, and handlers made to be killed."""

import ctypes
import fcntl
import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core import audit
from core.clock import Clock, SystemClock
from core.errors import InvalidSpec
from core.jobs.context import JobContext
from core.jobs.engines import groups
from core.jobs.engines.local import LocalEngine
from core.jobs.leading import Background
from core.jobs.queue import JobQueue
from core.jobs.run import run_job
from core.jobs.worker import Worker, stop_on_signals
from core.ports.unit_of_work import Store
from core.records.access import LOCAL
from core.records.job import Job, JobKind
from core.settings import Settings, load
from storage.database import migrate, open_store

PRELOAD = ("tests.faults.small_platform",)


@dataclass(frozen=True)
class SmallPlatform:
    settings: Settings
    clock: Clock
    store: Store
    queue: JobQueue


def build(settings: Settings) -> SmallPlatform:
    store, clock = open_store(settings.database_url), SystemClock()
    return SmallPlatform(settings, clock, store, JobQueue(store, clock, settings))


def prepare(home: Path) -> SmallPlatform:
    settings = load(home)
    settings.logs.mkdir(parents=True)
    migrate(settings.database_url, home)
    return build(settings)


def submit(
    platform: SmallPlatform,
    do: str,
    *,
    max_attempts: int = 3,
    timeout_s: int = 60,
    project: str | None = None,
    **payload: object,
) -> Job:
    return platform.queue.submit(
        LOCAL,
        kind=JobKind.PIPELINE,
        project=project,
        title=do,
        payload={"do": do, **payload},
        max_attempts=max_attempts,
        timeout_s=timeout_s,
        memory_mb=512,
    )


def run(job_id: str, token: int, home: Path) -> None:
    """What a job's process runs."""
    run_job(job_id, token, home, build=build, handlers=HANDLERS)


def tidy(home: Path) -> None:
    """What runs after a job died."""
    (home / "tidied").touch()


def effects(platform: SmallPlatform, id: str) -> int:
    """Count what the job did for good."""
    with platform.store.read() as work:
        return sum(event.action == "effect" and event.subject == id for event in work.events.all())


def _dispatch(platform: SmallPlatform, job: Job, context: JobContext) -> dict[str, object]:
    _note(platform, job)
    return DEEDS[job.payload["do"]](platform, job, context) or {}


HANDLERS = {JobKind.PIPELINE: _dispatch, JobKind.MAINTENANCE: _dispatch}


def _note(platform: SmallPlatform, job: Job) -> None:
    """Leave a line of this attempt, and hold a lock that tells whether another attempt is alive."""
    home = platform.settings.home
    lock = os.open(home / f"{job.id}.lock", os.O_CREAT | os.O_RDWR)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        (home / "overlaps").touch()
    with (home / "attempts").open("a") as file:
        file.write(f"{job.id} {job.attempt} {os.getpid()} {time.time()}\n")


def _nothing(platform: SmallPlatform, job: Job, context: JobContext) -> None:
    return None


def _work(platform: SmallPlatform, job: Job, context: JobContext) -> dict[str, object]:
    """Like a training: stages, a helper process, at the end one thing that must exist once."""
    subprocess.Popen([sys.executable, "-S", "-c", "import time; time.sleep(600)"])
    for step in range(10):
        context.progress(f"step {step}", step / 10)
        time.sleep(job.payload.get("pace", 0.02))
    return _take_effect(platform, job, context)


def _freeze_before_the_end(platform: SmallPlatform, job: Job, context: JobContext) -> dict[str, object]:
    if job.attempt == 1:
        os.kill(os.getpid(), signal.SIGSTOP)
    return _take_effect(platform, job, context)


def _take_effect(platform: SmallPlatform, job: Job, context: JobContext) -> dict[str, object]:
    """Do, under the token of this attempt, what must happen once."""
    with platform.store.write() as work:
        context.fence(work)
        if not any(event.action == "effect" and event.subject == job.id for event in work.events.all()):
            audit.record(work, platform.clock.now(), "job", "effect", None, job.id, {"attempt": job.attempt})
            work.commit()
    return {"attempt": job.attempt}


def _crash(platform: SmallPlatform, job: Job, context: JobContext) -> None:
    ctypes.string_at(0)


def _leave(platform: SmallPlatform, job: Job, context: JobContext) -> None:
    os._exit(9)


def _be_stubborn(platform: SmallPlatform, job: Job, context: JobContext) -> None:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    code = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(600)"
    child = subprocess.Popen([sys.executable, "-c", code])
    with (platform.settings.home / "pids.part").open("w") as file:
        file.write(f"{os.getpid()} {child.pid}")
    (platform.settings.home / "pids.part").rename(platform.settings.home / "pids")
    time.sleep(600)


def _sleep(platform: SmallPlatform, job: Job, context: JobContext) -> None:
    context.progress("sleeping", 0.5)
    time.sleep(600)


def _hog(platform: SmallPlatform, job: Job, context: JobContext) -> None:
    held = bytearray(900 * 2**20)
    held[::4096] = b"x" * len(held[::4096])
    time.sleep(600)


def _ask_for_too_much(platform: SmallPlatform, job: Job, context: JobContext) -> None:
    bytearray(64 * 2**30)


def _refuse(platform: SmallPlatform, job: Job, context: JobContext) -> None:
    raise InvalidSpec(problem="the target is missing")


def _stumble(platform: SmallPlatform, job: Job, context: JobContext) -> None:
    raise ZeroDivisionError("the secret inside")


def _answer_nan(platform: SmallPlatform, job: Job, context: JobContext) -> dict[str, object]:
    return {"score": float("nan")}


def _check(platform: SmallPlatform, job: Job, context: JobContext) -> None:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    while True:
        context.check()
        time.sleep(0.02)


DEEDS = {
    "nothing": _nothing,
    "work": _work,
    "gc": _take_effect,
    "freeze before the end": _freeze_before_the_end,
    "crash": _crash,
    "leave": _leave,
    "be stubborn": _be_stubborn,
    "sleep": _sleep,
    "hog": _hog,
    "ask for too much": _ask_for_too_much,
    "refuse": _refuse,
    "stumble": _stumble,
    "answer nan": _answer_nan,
    "check": _check,
}


def make_worker(platform: SmallPlatform, *, slots: int = 2, lease_s: float = 20.0, **more: Any) -> Worker:
    home, logs = platform.settings.home, platform.settings.logs
    here = "tests.faults.small_platform"
    engine = LocalEngine(home, logs, entry=f"{here}:run", tidy=f"{here}:tidy", preload=PRELOAD)
    clock = more.pop("clock", platform.clock)
    return Worker(platform.store, clock, engine, slots=slots, lease_s=lease_s, **more)


def _scheduler(platform: SmallPlatform) -> Background:
    from core.retraining.firing import Firer
    from core.retraining.scheduler import Scheduler

    return Scheduler((Firer(platform.store, platform.queue).fire_due,), platform.clock)


def main() -> None:
    """Run a worker: HOME SLOTS LEASE HOST FIRES, where a host of "" is this one; it fires schedules if FIRES is 1."""
    home, slots, lease_s, host = Path(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3]), sys.argv[4]
    if host:
        groups.this_host = lambda: host
    platform = build(load(home))
    scheduler = _scheduler(platform) if sys.argv[5] == "1" else None
    worker = make_worker(platform, slots=slots, lease_s=lease_s, scheduler=scheduler)
    stop_on_signals(worker)
    worker.run()


if __name__ == "__main__":
    main()
