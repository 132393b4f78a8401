"""Cancelling a training deep in native code: how long until it counts as cancelled, and until nothing is left of it.

Left behind would be a process of its group, or a run that MLflow still shows as running.
"""

import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psutil

from benchmarks.report import Figure, write
from core.bootstrap import build, prepare
from core.platform import Platform
from core.records.access import LOCAL
from core.records.job import Job
from core.records.project import Task
from core.settings import load

TIMES = 10
TREES = {"n_estimators": 20_000}


def table(rows: int = 4000) -> bytes:
    """Return a table that keeps a large forest busy for long."""
    lines = [f"{row % 97},{row % 89},{row % 83},{'Yes' if (row * row) % 7 < 3 else 'No'}" for row in range(rows)]
    return "\n".join(["a,b,c,left", *lines]).encode()


def running(platform: Platform, seed: int) -> Job:
    """Start a training and return it once it fits."""
    project = platform.projects.get("churn")
    spec = platform.training.spec(project, dataset=None, estimator="random_forest", params=TREES, seed=seed)
    job = platform.training.submit(LOCAL, spec)
    while platform.queue.get(job.id).stage != "fit" or platform.queue.get(job.id).process is None:
        time.sleep(0.01)
    time.sleep(1 + seed * 0.13)
    return platform.queue.get(job.id)


def cancelled(platform: Platform, job: Job) -> tuple[float, float]:
    """Cancel and return the seconds until the job counts as cancelled, and until nothing is left."""
    assert job.process is not None
    begun = time.perf_counter()
    platform.queue.cancel(LOCAL, job.id)
    while not platform.queue.get(job.id).state.is_finished:
        time.sleep(0.01)
    told = time.perf_counter() - begun
    while psutil.pid_exists(job.process.pgid) or platform.tracking.open_runs("churn"):
        time.sleep(0.02)
    return told, time.perf_counter() - begun


def main() -> int:
    """Measure, write, and tell by the exit code whether all was reached."""
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder) / "home"
        prepare(load(home))
        platform = build(load(home))
        platform.projects.create(LOCAL, name="churn", task=Task.BINARY, target="left", positive="Yes")
        data = Path(folder) / "rows.csv"
        data.write_bytes(table())
        with data.open("rb") as content:
            platform.datasets.add_version(LOCAL, "churn", "rows", content, "rows.csv")
        command = [sys.executable, "-m", "core.cli.main", "worker", "--home", str(home)]
        worker = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            found = [cancelled(platform, running(platform, seed)) for seed in range(TIMES)]
        finally:
            os.kill(worker.pid, signal.SIGTERM)
            worker.wait()
            platform.close()
    told, clean = max(one for one, _ in found), max(one for _, one in found)
    figures = [
        Figure(f"slowest of {TIMES} until cancelled", "<= 2 s", f"{told:.2f} s", told <= 2),
        Figure("slowest until no process and no open run is left", "<= 5 s", f"{clean:.2f} s", clean <= 5),
    ]
    return 0 if write("Cancelling", figures) else 1


if __name__ == "__main__":
    sys.exit(main())
