"""A proof goes on after its worker was killed half way, and is stored once."""

import io
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from core.jobs.run import run_here
from core.platform import Platform
from core.records.access import LOCAL
from core.records.job import JobState
from core.records.project import Task
from core.records.reproduction import ReproductionOutcome
from tests.core.training.test_service import csv

ROOT = Path(__file__).resolve().parents[2]
PATIENCE_S = 240.0


@pytest.fixture
def started() -> Iterator[list["subprocess.Popen[bytes]"]]:
    processes: list[subprocess.Popen[bytes]] = []
    yield processes
    for process in processes:
        process.kill()
        process.wait()


def worker(platform: Platform) -> "subprocess.Popen[bytes]":
    command = [sys.executable, "-m", "core.cli.main", "worker", "--home", str(platform.settings.home)]
    with (platform.settings.home / "worker.out").open("ab") as log:
        return subprocess.Popen(command, cwd=ROOT, stdout=log, stderr=log, start_new_session=True)


def until(is_so: Callable[[], object]) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not is_so():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.02)


def test_a_proof_whose_worker_was_killed_half_way_is_finished_by_the_next(platform: Platform, started):
    project = platform.projects.create(LOCAL, name="churn", task=Task.BINARY, target="churn", positive="Yes")
    platform.datasets.add_version(LOCAL, "churn", "customers", io.BytesIO(csv()), "customers.csv")
    params = {"n_estimators": 500}
    spec = platform.training.spec(project, dataset=None, estimator="random_forest", params=params)
    run_id = run_here(platform, platform.training.submit(LOCAL, spec).id).result["run_id"]
    job = platform.training.reproduce(LOCAL, "churn", run_id)

    started.append(worker(platform))
    until(lambda: platform.queue.get(job.id).stage == "fit")
    guard = platform.queue.get(job.id).process
    os.kill(started[0].pid, signal.SIGKILL)
    started[0].wait()
    if guard is not None:
        until(lambda: not psutil.pid_exists(guard.pgid))
    assert platform.training.reproductions("churn") == []

    started.append(worker(platform))
    until(lambda: platform.queue.get(job.id).state.is_finished)
    done = platform.queue.get(job.id)
    assert (done.state, done.attempt) == (JobState.SUCCEEDED, 2)
    (answer,) = platform.training.reproductions("churn", run_id)
    # The first run was computed by this process, with its own number of threads; the proof by a worker.
    assert answer.outcome is ReproductionOutcome.IDENTICAL, answer.summary
    events = [event for event in platform.audit.events(LOCAL, "churn") if event.action == "run.reproduce"]
    assert len(events) == 1
