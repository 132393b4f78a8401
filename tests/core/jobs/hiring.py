"""The worker over a real store, with a clock that tests hold and real processes."""

import time
from collections.abc import Callable

from core.jobs.worker import Worker
from core.records.job import Job, JobState
from tests.faults.small_platform import SmallPlatform


class Recorder:
    """A scheduler that notes what is asked of it."""

    def __init__(self) -> None:
        self.calls: list[str] = []

    def start(self) -> None:
        self.calls.append("start")

    def stop(self) -> None:
        self.calls.append("stop")


def until(is_so: Callable[[], object], worker: Worker | None = None, seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < deadline, "it did not happen"
        if worker is not None:
            worker.tick()
        time.sleep(0.01)


def state(platform: SmallPlatform, job: Job) -> JobState:
    return platform.queue.get(job.id).state


def see_through(platform: SmallPlatform, worker: Worker, job: Job) -> Job:
    until(lambda: state(platform, job).is_finished and not worker.running, worker)
    return platform.queue.get(job.id)


def is_stage(platform: SmallPlatform, job: Job, stage: str) -> Callable[[], bool]:
    return lambda: platform.queue.get(job.id).stage == stage
