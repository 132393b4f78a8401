"""Runs and promotions as people meet them: lists, comparisons and clicks in a browser, promotions under load.

Peers in the same run: MLflow's own page of runs over the same database, and ``MlflowClient.search_runs``.
"""

import importlib
import json
import os
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from benchmarks import floor, looking
from benchmarks.load import Outcome, Plan
from benchmarks.looking import seconds
from benchmarks.loop import CHURN
from benchmarks.many_runs import multiply
from benchmarks.report import Figure, write
from benchmarks.serving import process, put_under_load, record_of, wait_for
from core.bootstrap import build, prepare
from core.models.gates.policy import drafted
from core.platform import Platform
from core.records.access import LOCAL
from core.records.gate import VerdictOutcome
from core.records.project import Task
from core.settings import load
from tests.installation import Installation, free_port

PROJECT = "churn"
FEW, MANY = 2_000, 10_000
TURNS = 3
COMPARED = 20
QUERY = "metrics.roc_auc > 0.8"
NARROW = "params.max_depth <= 10"
GATES = [{"kind": "minimum", "bound": 0.6}, {"kind": "latency"}, {"kind": "size"}, {"kind": "parity"}]
"""What both versions meet against each other, so that each change of champion goes by a verdict of its own."""

CHANGES, CLICKS = 50, 5
PAUSE_S = 0.7


def furnished(platform: Platform) -> None:
    """Make a project with two versions, of which the first serves, and gates that both meet."""
    from core.jobs.run import run_here

    project = platform.projects.create(LOCAL, name=PROJECT, task=Task.BINARY, target="churn", positive="Yes")
    with CHURN.open("rb") as source:
        platform.datasets.add_version(LOCAL, PROJECT, "customers", source, CHURN.name)
    for params in ({"n_estimators": 100, "max_depth": 8}, {"n_estimators": 100, "max_depth": 12}):
        spec = platform.training.spec(project, dataset="customers", estimator="random_forest", params=params)
        run_here(platform, platform.training.submit(LOCAL, spec).id)
    platform.gates.set(LOCAL, PROJECT, drafted(GATES))
    for version in (2, 1):
        judged(platform, version)
        platform.models.promote(LOCAL, PROJECT, version)


def judged(platform: Platform, version: int) -> None:
    """Have the gates judge a version against what serves."""
    from core.jobs.run import run_here

    run_here(platform, platform.gates.submit(LOCAL, PROJECT, version).id)
    verdict = platform.gates.in_force(PROJECT, version)
    assert verdict is not None, version
    assert verdict.outcome is VerdictOutcome.PROMOTE, verdict.summary


@contextmanager
def mlflow_page(platform: Platform) -> Iterator[str]:
    """Serve MLflow's own interface over our database; give the address of the project's runs."""
    from mlflow import MlflowClient

    uri = platform.settings.mlflow_tracking_uri
    experiment = MlflowClient(uri, uri).get_experiment_by_name(PROJECT).experiment_id
    port = free_port()
    command = [sys.executable, "-m", "mlflow", "server", "--backend-store-uri", uri, "--port", str(port)]
    with process([*command, "--workers", "1"], {**os.environ, "MLFLOW_DISABLE_TELEMETRY": "true"}):
        wait_for(f"http://127.0.0.1:{port}/health")
        yield f"http://127.0.0.1:{port}/#/experiments/{experiment}/runs"


def _rows_of_mlflow(page: Any) -> None:
    page.wait_for_selector("a[href*='/runs/']", state="visible")


def lists(platform: Platform, installation: Installation) -> list[Figure]:
    """Open the list of runs in a cold browser, ours and MLflow's, at two thousand runs and ours at ten thousand."""
    file = installation.home / "mlflow.db"
    multiply(file, PROJECT, FEW - 2)
    address = f"{installation.ui}/runs?project={PROJECT}"
    first = looking.cold(address, lambda page: looking.table(page, "1 to 100 of"), 1)
    whole(platform)
    ours = looking.cold(address, lambda page: looking.table(page, f"of {FEW:,} runs"), TURNS)
    least = floor.cold(TURNS)
    with mlflow_page(platform) as theirs:
        looking.cold(theirs, _rows_of_mlflow, 1)
        peer = looking.cold(theirs, _rows_of_mlflow, TURNS)
    multiply(file, PROJECT, MANY - FEW, seed=6)
    filled = seconds(lambda: whole(platform))
    large = looking.cold(address, lambda page: looking.table(page, f"of {MANY:,} runs"), TURNS)
    beside = f"{ours:.2f} s beside {peer:.2f} s ({peer / ours:.1f} times)"
    return [
        Figure(f"{FEW:,} runs, cold browser to a usable table", "<= 1/5 of MLflow's page", beside, ours <= peer / 5),
        Figure(
            "the floor: Streamlit alone with a table of one row, cold browser",
            "none",
            f"{least:.2f} s; ours adds {ours - least:.2f} s",
            None,
        ),
        Figure(
            "the same, the first look ever at these runs",
            "<= 1/5 of MLflow's page",
            f"{first:.2f} s",
            first <= peer / 5,
        ),
        Figure(f"{MANY:,} runs, cold browser to a usable table", "<= 3 s", f"{large:.2f} s", large <= 3),
        Figure(f"{MANY - FEW:,} runs read the first time, in pieces", "<= 5 min", f"{filled:.0f} s", filled <= 300),
    ]


def whole(platform: Platform) -> None:
    """Read on until the index has every run."""
    platform.runs.reading.sweep(PROJECT)


def filters(platform: Platform, installation: Installation) -> list[Figure]:
    """Change the query of ten thousand runs in the browser; ask the same of our index and of search_runs."""
    from mlflow import MlflowClient

    uri = platform.settings.mlflow_tracking_uri
    client = MlflowClient(uri, uri)
    experiment = client.get_experiment_by_name(PROJECT).experiment_id
    peer = seconds(lambda: client.search_runs([experiment], QUERY, max_results=1000))
    ours = seconds(lambda: platform.runs.page(PROJECT, platform.runs.question(QUERY, order="metrics.roc_auc"), 0, 100))
    taken = []
    with looking.opened() as page:
        page.goto(f"{installation.ui}/runs?project={PROJECT}")
        looking.table(page, f"of {MANY:,} runs")
        for place in range(6):
            query = (QUERY, NARROW, f"{QUERY} and {NARROW}")[place % 3]
            total = platform.runs.page(PROJECT, platform.runs.question(query), 0, 1).total
            page.get_by_role("textbox", name="Query").fill(query)
            taken.append(seconds(_entered, page, f"of {total:,} runs"))
    quiet, later = (seconds(lambda: platform.runs.refresh(PROJECT)) for _ in range(2))
    os.utime(installation.home / "mlflow.db")
    touched = seconds(lambda: platform.runs.refresh(PROJECT))
    median, worst = statistics.median(taken), max(taken)
    beside = f"{ours:.3f} s beside {peer:.2f} s ({peer / ours:.0f} times)"
    return [
        Figure(
            "another query, from Enter to its rows drawn",
            "<= 0.7 s",
            f"median {median:.2f} s, worst {worst:.2f} s",
            median <= 0.7,
        ),
        Figure("a filtered, ordered page of the index beside search_runs", "<= 1/5", beside, ours <= peer / 5),
        Figure(
            "a look whether MLflow changed",
            "<= 0.05 s",
            f"a process's first {quiet * 1000:.1f} ms, then {later * 1000:.1f} ms",
            max(quiet, later) <= 0.05,
        ),
        Figure(
            "the same after a write to MLflow, whoever wrote: new, ended and open runs are asked for",
            "none",
            f"{touched * 1000:.1f} ms",
            None,
        ),
    ]


def _entered(page: Any, told: str) -> None:
    page.keyboard.press("Enter")
    looking.table(page, told)


def comparing(platform: Platform, installation: Installation) -> list[Figure]:
    """Compare twenty runs with their charts in the browser, from the click to everything drawn."""
    rows = platform.runs.page(PROJECT, platform.runs.question(), 0, COMPARED).rows
    ids = [row.entry.run_id for row in rows]
    taken: dict[str, float] = {}
    address = f"{installation.ui}/runs?project={PROJECT}"
    with looking.opened() as page:
        page.goto(f"{address}&pick={','.join(ids)}")
        looking.table(page, f"of {MANY:,} runs")
        for label, charts in (
            (f"Compare {COMPARED}", 0),
            ("Curves", 3),
            ("Parallel coordinates", 1),
            ("Any two axes", 1),
        ):
            role = "button" if label.startswith("Compare") else "tab"
            page.get_by_role(role, name=label).click(trial=True)
            taken[label] = seconds(_clicked, page, role, label, charts)
    told = ", ".join(f"{label} {spent:.2f} s" for label, spent in taken.items())
    return [
        Figure(f"compare {COMPARED} runs, click to everything drawn", "<= 1.5 s each", told, max(taken.values()) <= 1.5)
    ]


def _clicked(page: Any, role: str, label: str, charts: int) -> None:
    page.get_by_role(role, name=label).click()
    if charts:
        looking.charts(page, charts)
    else:
        looking.table(page, "Beside each figure its difference")


def clicks(platform: Platform, installation: Installation) -> list[Figure]:
    """Promote and roll back with the mouse: from the click until the scoring API answers with the other version."""
    judged(platform, 2)
    record = record_of(platform, PROJECT)
    there, back = [], []
    with looking.opened() as page:
        for _ in range(CLICKS):
            page.goto(f"{installation.ui}/models?project={PROJECT}&version=2")
            button = page.get_by_role("button", name="Promote v2", exact=True)
            button.wait_for()
            looking.idle(page)
            there.append(seconds(_served, installation, record, 2, button.click))
            page.goto(f"{installation.ui}/models?project={PROJECT}")
            page.get_by_role("button", name="Roll back").click()
            dialog = page.get_by_role("dialog")
            dialog.get_by_label("Reason").fill("benchmark")
            page.keyboard.press("Tab")
            looking.idle(page)
            press = dialog.get_by_role("button", name="Roll back").click
            back.append(seconds(_served, installation, record, 1, press))
    found = f"promote worst {max(there):.2f} s, roll back worst {max(back):.2f} s of {CLICKS} each"
    return [Figure("a click until the API answers with the other version", "<= 1 s", found, max(*there, *back) <= 1)]


def _served(installation: Installation, record: dict[str, Any], version: int, press: Any) -> None:
    press()
    while installation.post(f"/projects/{PROJECT}/predict", record)["model_version"] != version:
        time.sleep(0.005)


def under_load(platform: Platform, installation: Installation) -> list[Figure]:
    """Promote back and forth on verdicts while four connections ask without a pause."""
    importlib.import_module("core.training.bundle")
    outcomes: list[Outcome] = []
    body = json.dumps(record_of(platform, PROJECT))
    span = CHANGES * (PAUSE_S + 0.3)
    plan = Plan(installation.api_port, f"/projects/{PROJECT}/predict", body, 4, span, warm_up=0.0, keep_versions=True)
    asking = threading.Thread(target=lambda: outcomes.append(put_under_load(plan)))
    asking.start()
    time.sleep(1.0)
    for turn in range(CHANGES):
        platform.models.promote(LOCAL, PROJECT, 2 - turn % 2)
        time.sleep(PAUSE_S)
    is_covered = asking.is_alive()
    asking.join()
    [outcome] = outcomes
    total, named = sum(outcome.codes.values()), sum(outcome.versions.values())
    failed = total - outcome.codes.get("200", 0)
    unnamed = outcome.codes.get("200", 0) - sum(outcome.versions.get(name, 0) for name in ("1", "2"))
    found = f"{failed} failed, {unnamed} without their version, of {total:,} ({named:,} answers)"
    reached = is_covered and not failed and not unnamed
    return [Figure(f"{CHANGES} promotions by verdict under load", "0 failed, 0 unnamed", found, reached)]


def main() -> int:
    """Run all of it on an installation of its own."""
    with tempfile.TemporaryDirectory() as folder:
        installation = Installation(Path(folder) / "home")
        os.environ["PILOTHOUSE_HOME"] = str(installation.home)
        prepare(settings := load(installation.home))
        platform = build(settings)
        furnished(platform)
        installation.start()
        try:
            figures: list[Figure] = []
            for part in (lists, filters, comparing, clicks, under_load):
                begun = time.perf_counter()
                figures += part(platform, installation)
                print(f"{part.__name__}: {time.perf_counter() - begun:.0f} s", file=sys.stderr)
        finally:
            installation.stop()
            platform.close()
    return 0 if write("Runs and promotions", figures) else 1


if __name__ == "__main__":
    sys.exit(main())
