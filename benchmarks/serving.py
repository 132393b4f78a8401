"""The scoring API under load, beside `mlflow models serve`, a tutorial's FastAPI endpoint, and an empty one.

Same models, same machine, one run. Every answer of ours is logged before it leaves; the peers log nothing.
"""

import gzip
import json
import os
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

import psutil

from benchmarks.load import Outcome, Plan
from benchmarks.loop import CHURN
from benchmarks.report import Figure, write
from core.bootstrap import build, prepare
from core.platform import Platform
from core.records.access import LOCAL
from core.records.model import Alias
from core.settings import load as load_settings
from core.training import verification
from core.training.compiled import edges, engine
from core.training.manifests import read_manifest
from tests.installation import ROOT, Installation, free_port

MODELS = {
    "logistic": ("logistic_regression",),
    "forest": ("random_forest", "--param", "n_estimators=200"),
    "boosting": ("hist_gradient_boosting",),
}
SWAPS, KILLS, OVERLOAD_S = 50, 20, 60.0
BASE = 16
"""Connections that keep the API busy; ten times as many are its overload."""


def train(installation: Installation, folder: Path) -> None:
    """Make a project for each model, with the churn table, and promote what is trained."""
    table = folder / "churn.csv"
    with gzip.open(CHURN) as packed, table.open("wb") as plain:
        shutil.copyfileobj(packed, plain)
    with process([sys.executable, "-m", "core.cli.main", "worker"], installation.env):
        for name, estimator in MODELS.items():
            installation.ask("project", "create", name, "--task", "binary", "--target", "churn", "--positive", "Yes")
            installation.ask("data", "add", name, str(table))
            installation.ask("train", name, "--estimator", *estimator, "--wait")
            installation.ask("promote", name, "1", "--reason", "benchmark", "--override")
        installation.ask("train", "logistic", "--estimator", *MODELS["forest"], "--wait")


@contextmanager
def process(command: list[str], env: dict[str, str], how: signal.Signals = signal.SIGTERM) -> Iterator[int]:
    """Run a server until the block ends; tell its pid."""
    running = subprocess.Popen(command, cwd=ROOT, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        yield running.pid
    finally:
        for child in psutil.Process(running.pid).children(recursive=True) if running.poll() is None else ():
            child.send_signal(how)
        running.send_signal(how)
        running.wait(60)


@contextmanager
def api(installation: Installation, how: signal.Signals = signal.SIGTERM) -> Iterator[int]:
    """Run our scoring API until the block ends."""
    with process([sys.executable, "-m", "core.cli.main", "api"], installation.env, how) as pid:
        wait_for(f"{installation.api}/readyz")
        yield pid


def wait_for(url: str, body: bytes | None = None) -> float:
    """Wait until a server answers with success; return the seconds."""
    begun = time.monotonic()
    while time.monotonic() - begun < 120:
        try:
            request = urllib.request.Request(url, body, {"Content-Type": "application/json"})  # noqa: S310
            urllib.request.urlopen(request, timeout=10).close()  # noqa: S310
        except OSError:
            time.sleep(0.1)
        else:
            return time.monotonic() - begun
    raise AssertionError(f"{url} does not answer")


def put_under_load(plan: Plan) -> Outcome:
    """Carry out a plan in a process of its own."""
    with tempfile.NamedTemporaryFile() as told:
        command = [sys.executable, "-m", "benchmarks.load", told.name]
        subprocess.run(command, cwd=ROOT, input=json.dumps(asdict(plan)).encode(), check=True, timeout=300)
        return Outcome(**json.loads(Path(told.name).read_text()))


def record_of(platform: Platform, project: str) -> dict[str, Any]:
    """Return a record of the table that the project's model was tested on."""
    with platform.store.read() as work:
        live = work.deployments.current(project, Alias.CHAMPION)
    assert live is not None
    manifest = read_manifest(platform.blobs, live.bundle_sha256)
    return dict(manifest.probe[0].features)


def rates(platform: Platform, installation: Installation, folder: Path) -> list[Figure]:
    """Ask each server for one row at a time over four connections."""
    bodies = {name: json.dumps(record_of(platform, name)) for name in ("logistic", "forest")}
    found: dict[tuple[str, str], Outcome] = {}
    port = free_port()
    with process([sys.executable, "-m", "benchmarks.peers", "empty", str(port)], dict(os.environ)):
        wait_for(f"http://127.0.0.1:{port}/predict", b"{}")
        found["empty", ""] = put_under_load(Plan(port, "/predict", bodies["forest"], 4, 8.0))
    with api(installation):
        for name, body in bodies.items():
            path = f"/projects/{name}/predict"
            found["ours", name] = put_under_load(Plan(installation.api_port, path, body, 4, 8.0))
    for name, body in bodies.items():
        saved = saved_by_mlflow(platform, name, folder)
        with process([sys.executable, "-m", "benchmarks.peers", "seed", str(port), str(saved)], dict(os.environ)):
            wait_for(f"http://127.0.0.1:{port}/predict", body.encode())
            found["tutorial", name] = put_under_load(Plan(port, "/predict", body, 4, 8.0))
        command = ["mlflow", "models", "serve", "-m", str(saved), "-p", str(port), "--env-manager", "local"]
        asked = json.dumps({"dataframe_records": [json.loads(body)]})
        with process([str(Path(sys.executable).parent / command[0]), *command[1:]], {**os.environ, **QUIET}):
            wait_for(f"http://127.0.0.1:{port}/invocations", asked.encode())
            found["mlflow", name] = put_under_load(Plan(port, "/invocations", asked, 4, 8.0))
    return _rates(found)


QUIET = {
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
}


def saved_by_mlflow(platform: Platform, project: str, folder: Path) -> Path:
    """Save the champion's very pipeline as MLflow does by default."""
    import mlflow

    path = folder / f"mlflow-{project}"
    with platform.store.read() as work:
        live = work.deployments.current(project, Alias.CHAMPION)
    assert live is not None
    model = verification.load_verified(platform.blobs, live.bundle_sha256, project)
    mlflow.sklearn.save_model(model.pipeline, path, serialization_format="cloudpickle")
    return path


def _rates(found: dict[tuple[str, str], Outcome]) -> list[Figure]:
    limit = found["empty", ""].rate
    figures = []
    for name, times in {"forest": 30, "logistic": 10}.items():
        ours, peer, seed = (found[who, name] for who in ("ours", "mlflow", "tutorial"))
        share = ours.rate / limit
        told = f"{ours.rate:.0f}/s against {peer.rate:.0f}/s: {ours.rate / peer.rate:.0f}x"
        beside = f"{told}; a tutorial's endpoint {seed.rate:.0f}/s"
        p99 = f"{ours.quantile(0.99):.1f} ms (mlflow {peer.quantile(0.99):.0f} ms)"
        figures += [
            Figure(
                f"{name}: rows a second, mlflow models serve", f">= {times}x", beside, ours.rate >= times * peer.rate
            ),
            Figure(
                f"{name}: beside an empty FastAPI endpoint, logging included",
                ">= 50%",
                f"{ours.rate:.0f}/s of {limit:.0f}/s: {share:.0%}",
                share >= 0.5,
            ),
            Figure(f"{name}: p99 at 4 connections", "<= 10 ms", p99, ours.quantile(0.99) <= 10),
        ]
    return figures


def batches(platform: Platform) -> list[Figure]:
    """Answer the last thousand rows of the table with the compiled form and with scikit-learn alone."""
    from core.training import tables

    figures = []
    for name in MODELS:
        with platform.store.read() as work:
            live = work.deployments.current(name, Alias.CHAMPION)
        assert live is not None
        verified = verification.load_verified(platform.blobs, live.bundle_sha256, name)
        model = verification.load_compiled(platform.blobs, verified.manifest, name)
        assert model is not None, name
        columns = [feature.column.name for feature in verified.manifest.features]
        data = platform.datasets.frame(platform.datasets.get(name, verified.manifest.dataset), columns)
        rows = edges.records_of(tables.align(verified.manifest, data.iloc[-1000:]))
        frame = tables.to_frame(verified.manifest, rows)
        bare, compiled = verified.pipeline, model
        theirs = best_of(lambda bare=bare, frame=frame: bare.predict_proba(frame))  # type: ignore[misc]
        ours = best_of(lambda compiled=compiled, rows=rows: engine.answer(compiled, rows))  # type: ignore[misc]
        times = 3 if name == "boosting" else 1
        found = f"{ours * 1000:.1f} ms against {theirs * 1000:.1f} ms: {theirs / ours:.1f}x"
        figures.append(Figure(f"{name}: 1,000 rows, scikit-learn alone", f">= {times}x", found, theirs >= times * ours))
    return figures


def best_of(work: Callable[[], object], turns: int = 7) -> float:
    """Return the seconds of the fastest of some turns."""
    taken = []
    for _ in range(turns):
        begun = time.perf_counter()
        work()
        taken.append(time.perf_counter() - begun)
    return min(taken)


def overload(platform: Platform, installation: Installation) -> list[Figure]:
    """Ten times the connections that keep the API busy, none of them patient, for a minute."""
    body, path = json.dumps(record_of(platform, "logistic")), "/projects/logistic/predict"
    with api(installation) as pid:
        server = psutil.Process(pid)
        base = put_under_load(Plan(installation.api_port, path, body, BASE, 5.0))
        before = server.memory_info().rss
        flood = put_under_load(Plan(installation.api_port, path, body, 10 * BASE, OVERLOAD_S))
        growth = server.memory_info().rss / before - 1
        after = put_under_load(Plan(installation.api_port, path, body, BASE, 4.0, warm_up=1.0))
    refused = flood.codes.get("503", 0)
    slow = flood.quantile(0.99) / base.quantile(0.99)
    found = f"{flood.quantile(0.99):.1f} ms against {base.quantile(0.99):.1f} ms: {slow:.1f}x, {refused} refused"
    rejected = f"median {statistics.median(flood.refused_ms or [0]):.0f} ms, p99 {_p99(flood.refused_ms):.0f} ms"
    back = after.quantile(0.99) / base.quantile(0.99)
    return [
        Figure("10x overload for 60 s: p99 of the admitted", "<= 2x of the base", found, slow <= 2),
        Figure("the same: time until a refusal", "< 50 ms", rejected, _p99(flood.refused_ms) < 50),
        Figure("the same: growth of memory", "< 10%", f"{growth:.1%}", growth < 0.1),
        Figure("the same: p99 from 1 s after its end", "the base again", f"{back:.2f}x", back <= 1.25),
    ]


def _p99(values: list[float]) -> float:
    return sorted(values)[int(0.99 * len(values))] if values else 0.0


def swaps(platform: Platform, installation: Installation) -> list[Figure]:
    """Promote back and forth while four connections ask without a pause."""
    body, path = json.dumps(record_of(platform, "logistic")), "/projects/logistic/predict"
    outcomes: list[Outcome] = []
    with api(installation):
        plan = Plan(installation.api_port, path, body, 4, 60.0, warm_up=0.0)
        asking = threading.Thread(target=lambda: outcomes.append(put_under_load(plan)))
        asking.start()
        for turn in range(SWAPS):
            platform.models.promote(LOCAL, "logistic", 2 - turn % 2, f"swap {turn}", override=True)
            time.sleep(1.0)
        asking.join()
    [outcome] = outcomes
    total = sum(outcome.codes.values())
    failed = total - outcome.codes.get("200", 0)
    found = f"{failed} failed of {total} during {SWAPS} swaps"
    return [Figure("version swaps under load", "0 failed of >= 10,000", found, not failed and total >= 10_000)]


def kills(platform: Platform, installation: Installation) -> list[Figure]:
    """Kill the API with signal 9 in the middle of answering, again and again; look for every answer in the log."""
    body, path = json.dumps(record_of(platform, "logistic")), "/projects/logistic/predict"
    answered: list[str] = []
    for _ in range(KILLS):
        outcomes: list[Outcome] = []
        with api(installation, signal.SIGKILL) as pid:
            plan = Plan(installation.api_port, path, body, 4, 2.0, warm_up=0.0, keep_ids=True)
            asking = threading.Thread(target=lambda plan=plan, seen=outcomes: seen.append(put_under_load(plan)))
            asking.start()
            time.sleep(1.5)
            os.kill(pid, signal.SIGKILL)
            asking.join()
        answered += outcomes[0].ids
    logged = {one.prediction_id for one in platform.log.read("logistic")}
    lost = len(set(answered) - logged)
    found = f"{lost} of {len(answered)} answers missing in the log after {KILLS} kills"
    return [Figure("kill -9 under load: answered but not logged", "0", found, lost == 0 and len(answered) > KILLS)]


def main() -> int:
    """Run all of it, or the parts named, on an installation of its own."""
    with tempfile.TemporaryDirectory() as folder:
        installation = Installation(Path(folder) / "home")
        os.environ["PILOTHOUSE_HOME"] = str(installation.home)
        prepare(settings := load_settings(installation.home))
        platform = build(settings)
        train(installation, Path(folder))
        parts: dict[str, Callable[[], list[Figure]]] = {
            "rates": lambda: rates(platform, installation, Path(folder)),
            "batches": lambda: batches(platform),
            "overload": lambda: overload(platform, installation),
            "swaps": lambda: swaps(platform, installation),
            "kills": lambda: kills(platform, installation),
        }
        figures: list[Figure] = []
        for name in sys.argv[1:] or parts:
            figures += parts[name]()
            print(f"{name}: done", file=sys.stderr)
    return 0 if write("Serving", figures, is_part=bool(sys.argv[1:])) else 1


if __name__ == "__main__":
    sys.exit(main())
