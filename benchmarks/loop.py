"""The loop on the demo table: start, queue, training overhead, screens, memory, promotion under load.

Peer in the same run: the script a scientist writes today, with bare scikit-learn for fit and score, and MLflow's
`log_model` with its defaults for the recording (`benchmarks/peers/log_model.py`).
"""

import gzip
import importlib
import json
import multiprocessing
import os
import re
import signal
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

from benchmarks.report import Figure, write
from core.bootstrap import build, prepare
from core.platform import Platform
from core.records.access import LOCAL
from core.records.job import Job, JobKind, JobState
from core.records.project import Task
from core.settings import load
from tests.installation import ROOT, Installation

PEER = ROOT / "benchmarks" / "peers" / "log_model.py"
CHURN = ROOT / "core" / "pipelines" / "demo_data" / "telco_wa_churn.csv.gz"
SCREENS = ("", "datasets", "train", "jobs", "runs", "models", "playground", "drift", "retraining", "settings")
FOREST = {"n_estimators": 200}


def finished(platform: Platform, job: Job) -> Job:
    """Wait for a job."""
    while not (job := platform.queue.get(job.id)).state.is_finished:
        time.sleep(0.01)
    assert job.state is JobState.SUCCEEDED, job.error
    return job


@contextmanager
def on_churn() -> Iterator[Platform]:
    """Give the platform of a running installation of its own, with the churn table in a project."""
    with tempfile.TemporaryDirectory() as folder:
        installation = Installation(Path(folder) / "home")
        os.environ["PILOTHOUSE_HOME"] = str(installation.home)
        installation.start()
        try:
            prepare(settings := load(installation.home))
            platform = build(settings)
            platform.projects.create(LOCAL, name="churn", task=Task.BINARY, target="churn", positive="Yes")
            with CHURN.open("rb") as source:
                platform.datasets.add_version(LOCAL, "churn", "customers", source, CHURN.name)
            yield platform
        finally:
            installation.stop()


def start_times(installation: Installation) -> list[Figure]:
    """Time the second start: everything installed, both databases there."""
    installation.start()
    installation.stop()
    seconds = installation.start()
    return [Figure("second start, until all three are ready", "<= 15 s", f"{seconds:.1f} s", seconds <= 15)]


def memory(installation: Installation) -> list[Figure]:
    """Sum the resident memory of everything the installation started, once idle."""
    resident, _, count = _memory(installation)
    found = f"{resident:.2f} GB in {count} processes"
    return [Figure("UI + worker + API resident when idle", "<= 1.2 GB", found, resident <= 1.2)]


def memory_in_use(installation: Installation) -> list[Figure]:
    """The same after all was used: models loaded, screens visited; pages that processes share count once (PSS)."""
    resident, proportional, count = _memory(installation)
    found = f"{proportional:.2f} GB in {count} processes ({resident:.2f} GB with shared pages counted in each)"
    claim = "the same after the demo, trainings and every screen, shared pages once"
    return [Figure(claim, "<= 1.2 GB", found, proportional <= 1.2)]


def _memory(installation: Installation) -> tuple[float, float, int]:
    assert installation.process is not None
    time.sleep(20)
    root = psutil.Process(installation.process.pid)
    family = [root, *root.children(recursive=True)]
    resident = sum(process.memory_info().rss for process in family) / 1e9
    proportional = sum(process.memory_full_info().pss for process in family) / 1e9
    return resident, proportional, len(family)


@dataclass(frozen=True)
class Script:
    """Seconds of the script a scientist writes today, medians of its runs.

    ``fit`` is on one core, scikit-learn's default, ``fit_all_cores`` as our jobs fit; ``record`` is what MLflow does.
    """

    fit: float
    fit_all_cores: float
    score: float
    record: float

    def over(self, seconds: float) -> float:
        """Return what ``seconds`` have over bare fit and score."""
        return seconds - self.fit - self.score

    def told(self, seconds: float) -> str:
        """Say how long something took beside bare fit and score; the second figure grants no more cores."""
        strict = seconds - self.fit_all_cores - self.score
        return (
            f"fit + score {self.fit + self.score:.2f} s + {self.over(seconds):.2f} s "
            f"(fitted on all cores too: {self.fit_all_cores + self.score:.2f} s + {strict:.2f} s)"
        )


def script(runs: int = 3) -> Script:
    """Run the peer's script in a process of its own, as its users do, without a setting of ours but no telemetry."""
    found = [_one_script() for _ in range(runs)]
    return Script(**{name: statistics.median(one[name] for one in found) for name in found[0]})


def _one_script() -> dict[str, float]:
    ours = ("PILOTHOUSE_", "OMP_", "OPENBLAS_", "JE_", "MLFLOW_")
    env = {name: text for name, text in os.environ.items() if not name.startswith(ours)}
    with tempfile.TemporaryDirectory() as folder:
        table = Path(folder) / "churn.csv"
        table.write_bytes(gzip.decompress(CHURN.read_bytes()))
        done = subprocess.run(
            [sys.executable, str(PEER), str(table), folder],
            env={**env, "MLFLOW_DISABLE_TELEMETRY": "true", "DO_NOT_TRACK": "true"},
            cwd=folder,
            capture_output=True,
            text=True,
            check=True,
        )
    seconds: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return seconds


def queue_latency(platform: Platform) -> list[Figure]:
    """Time from enqueue to the first line of the handler, as the job's own start time tells."""
    waits = []
    for number in range(10):
        content = f"a,b\n{number},1\n{number + 1},2\n".encode()
        with tempfile.TemporaryFile() as source:
            source.write(content)
            source.seek(0)
            upload = platform.uploads.put(LOCAL, "churn", "latency.csv", source)
        job = platform.queue.submit(
            LOCAL,
            kind=JobKind.INGEST,
            project="churn",
            title="latency",
            payload=platform.uploads.order(upload, "latency", "", {}),
        )
        finished(platform, job)
        log = platform.queue.log_path(job.id).read_text()
        told = re.search(r"The handler starts ([0-9.]+) s after", log)
        assert told is not None, log
        waits.append(float(told[1]))
    median = statistics.median(waits)
    found = f"median {median:.2f} s, worst {max(waits):.2f} s of 10"
    return [Figure("enqueue to the first line of the handler", "<= 0.7 s", found, max(waits) <= 0.7)]


def training(platform: Platform) -> list[Figure]:
    """Time the churn forest from enqueue to registered version, beside the bare fit."""
    peer = script()
    took = []
    for seed in range(3):
        spec = platform.training.spec(
            platform.projects.get("churn"),
            dataset="customers",
            estimator="random_forest",
            params=FOREST,
            seed=seed,
        )
        begun = time.perf_counter()
        job = finished(platform, platform.training.submit(LOCAL, spec))
        took.append(time.perf_counter() - begun)
        assert job.result is not None
        assert job.result["version"] is not None
    over = peer.over(statistics.median(took))
    found = f"{peer.told(statistics.median(took))} (three runs {', '.join(f'{t:.2f}' for t in took)} s)"
    ratio = f"{over:.2f} s against {peer.record:.2f} s: {peer.record / over:.1f}x less"
    return [
        Figure("churn forest of 200 trees, enqueue to registered version", "fit + 2.5 s", found, over <= 2.5),
        Figure(
            "whole overhead beside a script with MLflow's log_model and its defaults",
            ">= 4x less",
            ratio,
            over * 4 <= peer.record,
        ),
    ]


def screens(installation: Installation) -> list[Figure]:
    """Time each screen of the churn project in Chromium, warm, until its script has finished."""
    from playwright.sync_api import sync_playwright

    from tests.browser import FLAGS, chromium

    times: dict[str, list[float]] = {path: [] for path in SCREENS}
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=FLAGS)
        page = browser.new_page()
        page.add_init_script(WATCH)
        for _ in range(4):
            for path in SCREENS:
                times[path].append(_script_seconds(page, f"{installation.ui}/{path}?project=churn"))
        browser.close()
    warm = {path: statistics.median(taken[1:]) for path, taken in times.items()}
    median = statistics.median(warm.values())
    slowest = max(warm, key=lambda path: warm[path])
    found = f"median {median:.2f} s, slowest /{slowest} {warm[slowest]:.2f} s"
    return [Figure("a screen of the demo project, script finished", "<= 0.6 s median", found, median <= 0.6)]


WATCH = """
window.runs = [];
new MutationObserver(seen => seen.forEach(change => {
  const state = change.target.getAttribute("data-test-script-state");
  if (state) window.runs.push([state, performance.now()]);
})).observe(document, {subtree: true, childList: true, attributes: true, attributeFilter: ["data-test-script-state"]});
"""
"""Notes each change of the script's state with its time, in the page itself."""


def _script_seconds(page: Any, url: str) -> float:
    page.goto(url)
    page.wait_for_function("window.runs.some(run => run[0] === 'running')", timeout=30_000)
    page.wait_for_selector("[data-test-script-state='notRunning']", state="attached", timeout=30_000)
    page.wait_for_function("window.runs.at(-1)[0] === 'notRunning'", timeout=30_000)
    states: list[tuple[str, float]] = page.evaluate("window.runs")
    begun = next(at for state, at in states if state == "running")
    return (states[-1][1] - begun) / 1000


def keep_asking(url: str, record: dict[str, object], stop: Any, told: Any) -> None:
    """Ask for predictions until told to stop: one client, in a process of its own; tell (answered, failed)."""
    counts = [0, 0]
    request = urllib.request.Request(url, json.dumps(record).encode(), {"Content-Type": "application/json"})  # noqa: S310
    told.put("asking")
    while not stop.is_set():
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310
                answer.read()
            counts[0] += 1
        except OSError:
            counts[1] += 1
    told.put(tuple(counts))


def promotion(platform: Platform, installation: Installation) -> list[Figure]:
    """Promote back and forth while clients ask: time until the API answers with the new version.

    What reading a manifest needs is imported before, as the interface does when it starts.
    """
    importlib.import_module("core.training.bundle")
    example: dict[str, object] = installation.get("/projects/churn")["example"]
    first, *_, newest = sorted(version.version for version in platform.models.versions("churn"))
    spawn = multiprocessing.get_context("spawn")
    stop, told = spawn.Event(), spawn.Queue()
    clients = [
        spawn.Process(target=keep_asking, args=(f"{installation.api}/projects/churn/predict", example, stop, told))
        for _ in range(3)
    ]
    for client in clients:
        client.start()
    for _ in clients:
        assert told.get() == "asking"
    waits = [_promote(platform, installation, example, newest if turn % 2 else first) for turn in range(1, 21)]
    stop.set()
    counts, failures = zip(*(told.get() for _ in clients), strict=True)
    for client in clients:
        client.join()
    found = f"median {statistics.median(waits):.2f} s, worst {max(waits):.2f} s of {len(waits)}"
    lost = f"{sum(failures)} failed of {sum(counts)} requests during {len(waits)} promotions"
    return [
        Figure("promote (promise kept in SQL and MLflow) to served by the API", "<= 1 s", found, max(waits) <= 1.0),
        Figure("requests lost meanwhile", "0", lost, not sum(failures)),
    ]


def _promote(platform: Platform, installation: Installation, example: dict[str, object], version: int) -> float:
    champion = platform.models.champion("churn")
    if champion is not None and champion.version == version:
        return 0.0
    begun = time.perf_counter()
    platform.models.promote(LOCAL, "churn", version, "benchmark", override=True)
    while installation.post("/projects/churn/predict", example)["model_version"] != version:
        time.sleep(0.005)
    return time.perf_counter() - begun


def main() -> int:
    """Run all of it on an installation of its own."""
    with tempfile.TemporaryDirectory() as folder:
        installation = Installation(Path(folder) / "home")
        os.environ["PILOTHOUSE_HOME"] = str(installation.home)
        figures = start_times(installation)
        try:
            figures += memory(installation)
            installation.ask("demo")
            prepare(settings := load(installation.home))
            platform = build(settings)
            figures += queue_latency(platform)
            figures += training(platform)
            figures += screens(installation)
            figures += memory_in_use(installation)
            figures += promotion(platform, installation)
        finally:
            installation.stop()
    return 0 if write("The whole loop", figures) else 1


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.default_int_handler)
    sys.exit(main())
