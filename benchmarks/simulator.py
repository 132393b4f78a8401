"""Simulator: one year of bike rentals with weekly checks takes a minute at most, and what it recommends beats never
retraining on the months that were held back."""

import io
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.report import Figure, write
from core.bootstrap import build, prepare
from core.jobs.run import run_here
from core.pipelines.demo import DEMOS, table
from core.platform import Platform
from core.records.access import LOCAL
from core.records.simulation import PolicyKind, RetrainPolicy, Simulation
from core.settings import load

MOST_S = 60.0
SINCE, HELD_BACK = datetime(2012, 1, 1, tzinfo=UTC), datetime(2012, 9, 1, tzinfo=UTC)
WEEKLY = (RetrainPolicy(kind=PolicyKind.NEVER), RetrainPolicy(kind=PolicyKind.EVERY, amount=1))


def bikes(platform: Platform) -> str:
    """Make the project of bike rentals with both years and a champion trained on the first; return its name."""
    demo = DEMOS["bikes"]
    project = platform.projects.create(
        LOCAL, name=demo.name, task=demo.task, target=demo.target, time_column=demo.time_column, metric=demo.metric
    )
    for year in ("2011", ""):
        platform.datasets.add_version(LOCAL, demo.name, demo.dataset, io.BytesIO(table(demo, year)), "rides.csv")
    first = platform.datasets.resolve(demo.name, f"{demo.dataset}@1")
    features = [name for name in platform.training.default_features(project, first) if name not in demo.without]
    spec = platform.training.spec(
        project, dataset=str(first.ref), estimator=demo.trainings[0][0], features=tuple(features)
    )
    job = run_here(platform, platform.training.submit(LOCAL, spec).id)
    assert job.result is not None, job.error
    platform.models.promote(LOCAL, demo.name, int(job.result["version"]), "to begin with", override=True)
    return demo.name


def simulate(platform: Platform, name: str, policies: tuple[RetrainPolicy, ...] = ()) -> Simulation:
    """Play policies through 2012."""
    request = platform.simulations.propose(name, dataset="rides@2", since=SINCE, held_back=HELD_BACK, policies=policies)
    job = run_here(platform, platform.simulations.submit(LOCAL, name, request).id)
    assert job.result is not None, job.error
    return platform.simulations.simulation(job.id)


def main() -> int:
    """Measure and write the figures; 1 when one was not reached."""
    with tempfile.TemporaryDirectory() as folder:
        settings = load(Path(folder) / "home")
        prepare(settings)
        platform = build(settings)
        name = bikes(platform)
        weekly, usual = simulate(platform, name, WEEKLY), simulate(platform, name)
        platform.close()
    best, never = usual.results[usual.recommended], usual.results[0]
    assert best.held_back_value is not None, "there are rows in the held-back months"
    assert never.held_back_value is not None, "there are rows in the held-back months"
    found = (
        f"{best.held_back_value:.1f} ({best.words}, {best.retrainings} retrainings), never: {never.held_back_value:.1f}"
    )
    figures = [
        Figure(
            "a year of bike data, weekly checks, retrained at each and compared with never",
            f"at most {MOST_S:.0f} s",
            f"{weekly.seconds:.1f} s, {weekly.results[1].retrainings} retrainings",
            weekly.seconds <= MOST_S,
        ),
        Figure(
            "RMSE of September to December 2012, by the policy recommended without them",
            "less than without retraining",
            found,
            best.held_back_value < never.held_back_value,
        ),
        Figure(
            f"the same with the {len(usual.results)} usual policies",
            f"at most {MOST_S:.0f} s",
            f"{usual.seconds:.1f} s, {sum(result.retrainings for result in usual.results)} retrainings",
            usual.seconds <= MOST_S,
        ),
    ]
    return 0 if write("Retraining simulator", figures) else 1


if __name__ == "__main__":
    sys.exit(main())
