"""How long a replay of 100,000 logged requests takes: a forest of 200 trees beside the champion that answered them."""

import io
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pandas as pd

from benchmarks.report import Figure, write
from core.bootstrap import build, prepare
from core.clock import SystemClock
from core.jobs.run import run_here
from core.models.replaying import scoring
from core.platform import Platform
from core.records.access import LOCAL
from core.records.job import JobState
from core.records.prediction import LoggedPrediction
from core.records.project import Task
from core.records.replay import ReplayRequest
from core.settings import load

REQUESTS, TREES, LEARNED = 100_000, 200, 7_000
PROMISE_S = 30.0


def customers(rows: int, seed: int) -> pd.DataFrame:
    """Customers with the shape of the churn table: numbers, flags and words, and who left."""
    rng = np.random.default_rng(seed)
    tenure, charges = rng.integers(0, 73, rows), rng.normal(65, 30, rows).round(2)
    table = pd.DataFrame({"tenure": tenure, "charges": charges, "total": (tenure * charges).round(2)})
    for name in ("contract", "internet", "payment", "security", "support", "backup", "streaming", "billing"):
        table[name] = rng.choice([f"{name} a", f"{name} b", f"{name} c"], rows)
    odds = (charges - 65) / 30 - tenure / 25 + (table["contract"] == "contract a") * 1.2
    table["churn"] = np.where(rng.random(rows) < 1 / (1 + np.exp(-odds)), "Yes", "No")
    return table


def fill(platform: Platform) -> None:
    """Train a logistic regression and the forest, promote the first, and log what it answered."""
    project = platform.projects.create(LOCAL, name="churn", task=Task.BINARY, target="churn", positive="Yes")
    content = io.BytesIO(customers(LEARNED, 1).to_csv(index=False).encode())
    platform.datasets.add_version(LOCAL, "churn", "customers", content, "customers.csv")
    for estimator, params in (("logistic_regression", {}), ("random_forest", {"n_estimators": TREES})):
        spec = platform.training.spec(project, dataset=None, estimator=estimator, params=params)
        assert run_here(platform, platform.training.submit(LOCAL, spec).id).state is JobState.SUCCEEDED
    platform.models.promote(LOCAL, "churn", 1, "benchmark", override=True)
    records = customers(REQUESTS, 2).drop(columns="churn").to_dict(orient="records")
    bundle = platform.models.version("churn", 1).bundle_sha256
    answers = scoring.Scorer(platform.blobs, bundle, "version 1").score(records, lambda _: None)
    at = SystemClock().now()
    for start in range(0, REQUESTS, 10_000):
        platform.log.append(
            "churn",
            [
                LoggedPrediction(
                    prediction_id=f"p{place}",
                    at=at,
                    version=1,
                    features=records[place],
                    prediction="Yes" if answers.answered[place] else "No",
                    score=float(answers.scores[place, 1]),
                    latency_ms=1.0,
                )
                for place in range(start, start + 10_000)
            ],
        )


def main() -> int:
    """Measure the job from its start to its end, reading of the log and storing of the result included."""
    with TemporaryDirectory() as folder:
        settings = load(Path(folder) / "home")
        prepare(settings)
        platform = build(settings)
        fill(platform)
        job = platform.replays.submit(LOCAL, "churn", ReplayRequest(version=2, last=REQUESTS))
        start = time.perf_counter()
        done = run_here(platform, job.id)
        seconds = time.perf_counter() - start
        assert done.state is JobState.SUCCEEDED, done.error
        (found,) = platform.replays.replays("churn", 2)
        assert found.findings.rows == REQUESTS
        platform.close()
    claim = f"replay of {REQUESTS:,} requests, forest of {TREES} trees"
    told = f"{seconds:.1f} s; {found.summary}"
    figures = [Figure(claim, f"<= {PROMISE_S:.0f} s", told, seconds <= PROMISE_S)]
    return 0 if write("Replay", figures) else 1


if __name__ == "__main__":
    sys.exit(main())
