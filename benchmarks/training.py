"""Trainings beside what a scientist would write: overhead of a job, of MLflow's own way, and agreement of figures.

Peers in the same run: bare scikit-learn fit and score, and a script that records with `mlflow.sklearn.log_model` and
its defaults.
"""

import statistics
import sys
import time

from benchmarks.loop import FOREST, finished, on_churn, script
from benchmarks.report import Figure, write
from core.platform import Platform
from core.records.access import LOCAL
from core.training import holdout
from core.training.measures import measure


def _train(platform: Platform, seed: int, *, register: bool) -> float:
    spec = platform.training.spec(
        platform.projects.get("churn"),
        dataset="customers",
        estimator="random_forest",
        params=FOREST,
        seed=seed,
        register_version=register,
    )
    begun = time.perf_counter()
    finished(platform, platform.training.submit(LOCAL, spec))
    return time.perf_counter() - begun


def overhead(platform: Platform) -> list[Figure]:
    """Time the churn forest as a job, without and with a version, beside bare fit and score and MLflow's own way."""
    peer = script()
    _train(platform, 100, register=True)
    plain = statistics.median(_train(platform, seed, register=False) for seed in range(3))
    whole = statistics.median(_train(platform, seed, register=True) for seed in range(3, 6))
    over = peer.over(whole)
    return [
        Figure(
            "job of the churn forest over bare fit and score", "<= 1.5 s", peer.told(plain), peer.over(plain) <= 1.5
        ),
        Figure("the same, registered version included", "<= 2.5 s", peer.told(whole), over <= 2.5),
        Figure(
            "the overhead beside that of a script with mlflow.sklearn.log_model",
            ">= 4x less",
            f"{peer.record:.2f} s against {over:.2f} s: {peer.record / over:.1f}x",
            peer.record / over >= 4,
        ),
    ]


def agreement(platform: Platform) -> list[Figure]:
    """Compute every figure of every run again from the stored answers."""
    worst, figures = 0.0, 0
    for run in platform.training.runs("churn"):
        address = run.tags.get("pilothouse.holdout_sha256")
        if not address:
            continue
        found = measure(holdout.read_holdout(platform.blobs.read(address)).outcome)
        gaps = [abs(found[name] - run.metrics[name]) for name in found]
        worst, figures = max(worst, *gaps), figures + len(gaps)
    told = f"{figures} figures, largest difference {worst:.1g}"
    return [Figure("figures computed again from stored answers", "<= 1e-12", told, figures > 0 and worst <= 1e-12)]


def main() -> int:
    """Run all of it on an installation of its own."""
    with on_churn() as platform:
        figures = [*overhead(platform), *agreement(platform)]
    return 0 if write("Trainings", figures) else 1


if __name__ == "__main__":
    sys.exit(main())
