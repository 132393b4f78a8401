"""The worker over a real store, with a clock that tests hold and real processes."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from core.jobs.worker import Worker
from tests.builders import FakeClock
from tests.core.jobs.hiring import until
from tests.faults import small_platform
from tests.faults.small_platform import SmallPlatform


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock(datetime.now(UTC))


@pytest.fixture
def platform(tmp_path: Path):
    platform = small_platform.prepare(tmp_path / "home")
    yield platform
    platform.store.close()


@pytest.fixture
def hire(platform: SmallPlatform, clock: FakeClock):
    hired: list[Worker] = []

    def make(**more: object) -> Worker:
        worker = small_platform.make_worker(platform, clock=clock, ticks=lambda: clock.now().timestamp(), **more)
        worker._engine.warm()
        until(worker._engine.ready)
        hired.append(worker)
        return worker

    yield make
    for worker in hired:
        for running in worker.running:
            running.handle.kill()
            until(running.handle.poll)
