"""Lists of runs beside MLflow: the same questions to our index and to ``search_runs``, on thousands of runs.

Peer in the same run: ``MlflowClient.search_runs`` over the same database, which MLflow's own page asks as well.
"""

import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from benchmarks.many_runs import multiply
from benchmarks.report import Figure, write
from core.bootstrap import build, prepare
from core.platform import Platform
from core.settings import load

RUNS = 10_000
TURNS = 5
QUERY = "metrics.roc_auc > 0.8"
COMPARED = 20


def seconds(do: Callable[[], object]) -> float:
    """Return the median time of a call."""
    times = []
    for _ in range(TURNS):
        begun = time.perf_counter()
        do()
        times.append(time.perf_counter() - begun)
    return statistics.median(times)


def grown(home: Path) -> Platform:
    """Return an installation whose project churn has ten thousand runs, all of them read."""
    from core.jobs.run import run_here
    from core.records.access import LOCAL

    settings = load(home)
    prepare(settings)
    platform = build(settings)
    (job,) = [job for job in platform.demo.start(LOCAL) if job.project == "churn"]
    run_here(platform, job.id)
    multiply(home / "mlflow.db", "churn", RUNS)
    return platform


def main() -> int:
    """Measure, write results.md, and tell whether all was reached."""
    with tempfile.TemporaryDirectory() as folder:
        return 0 if _measured(grown(Path(folder))) else 1


def _measured(platform: Platform) -> bool:
    from mlflow import MlflowClient

    begun = time.perf_counter()
    while not platform.runs.refresh("churn").whole:
        pass
    filled = time.perf_counter() - begun
    uri = platform.settings.mlflow_tracking_uri
    client = MlflowClient(uri, uri)
    experiment = client.get_experiment_by_name("churn").experiment_id
    peer = seconds(lambda: client.search_runs([experiment], QUERY, max_results=1000))
    asked = platform.runs.question(QUERY, order="metrics.roc_auc")
    ours = seconds(lambda: platform.runs.page("churn", asked, 0, 100))
    quiet = seconds(lambda: platform.runs.refresh("churn"))
    rows = platform.runs.page("churn", platform.runs.question(), 0, COMPARED).rows
    ids = [row.entry.run_id for row in rows]
    together = seconds(lambda: platform.comparison.compare("churn", ids))
    platform.close()
    beside = f"{ours:.3f} s beside {peer:.2f} s ({peer / ours:.0f} times)"
    return write(
        f"Runs: lists and comparisons of {RUNS:,} runs",
        [
            Figure(
                "a filtered, ordered page of the index (without a browser)",
                "at most a fifth of search_runs, 0.7 s",
                beside,
                ours <= min(peer / 5, 0.7),
            ),
            Figure("a look whether MLflow changed", "at most 0.05 s", f"{quiet * 1000:.1f} ms", quiet <= 0.05),
            Figure(
                f"{COMPARED} runs side by side (without charts)", "at most 0.5 s", f"{together:.3f} s", together <= 0.5
            ),
            Figure("all runs read the first time, in pieces", "at most 5 min", f"{filled:.0f} s", filled <= 300),
        ],
    )


if __name__ == "__main__":
    sys.exit(main())
