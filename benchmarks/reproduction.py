"""A hundred runs over all estimators, each computed again by a worker: a hundred identical.

Beside it, what the seed alone gives: the same estimator drawn anew with another seed must not be identical, so that
the comparison is known to see a difference.
"""

import gzip
import itertools
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.report import Figure, write
from core.bootstrap import build, prepare
from core.jobs.run import run_here
from core.pipelines import demo
from core.platform import Platform
from core.records.access import LOCAL
from core.records.project import Project, Task
from core.records.reproduction import ReproductionOutcome
from core.settings import load

RUNS, ROWS = 100, 800
TABLES = Path(demo.__file__).with_name("demo_data")
SLOW = {"n_estimators": 40, "max_iter": 60}
"""Sizes that keep a hundred runs within minutes."""


def projects(platform: Platform) -> list[Project]:
    """Make one project a task on the demo tables."""
    made = [
        platform.projects.create(LOCAL, name="churn", task=Task.BINARY, target="churn", positive="Yes"),
        platform.projects.create(LOCAL, name="contracts", task=Task.MULTICLASS, target="contract"),
        platform.projects.create(LOCAL, name="bikes", task=Task.REGRESSION, target="cnt"),
    ]
    files = ("telco_wa_churn.csv.gz", "telco_wa_churn.csv.gz", "bike_hourly_uci.csv.gz")
    for project, name in zip(made, files, strict=True):
        with gzip.open(TABLES / name) as table:
            lines = b"".join(itertools.islice(table, ROWS + 1))
        with tempfile.TemporaryFile() as part:
            part.write(lines)
            part.seek(0)
            platform.datasets.add_version(LOCAL, project.name, "rows", part, "rows.csv")
    return made


def run_one(platform: Platform, project: Project, estimator: str, seed: int) -> str:
    """Train once and return the run's id."""
    card = next(card for card in platform.training.estimators(project.task) if card.key == estimator)
    params = {parameter.name: SLOW[parameter.name] for parameter in card.parameters if parameter.name in SLOW}
    spec = platform.training.spec(
        project, dataset=None, estimator=estimator, params=params, seed=seed, register_version=False
    )
    job = run_here(platform, platform.training.submit(LOCAL, spec).id)
    assert job.result is not None, f"{estimator}: {job.error}"
    return str(job.result["run_id"])


def main() -> int:
    """Measure, write, and tell by the exit code whether all was reached."""
    with tempfile.TemporaryDirectory() as folder:
        settings = load(Path(folder) / "home")
        prepare(settings)
        platform = build(settings)
        kinds = [
            (project, card.key) for project in projects(platform) for card in platform.training.estimators(project.task)
        ]
        found: dict[ReproductionOutcome, int] = dict.fromkeys(ReproductionOutcome, 0)
        begun = time.perf_counter()
        for number, (project, estimator) in zip(range(RUNS), itertools.cycle(kinds), strict=False):
            run_id = run_one(platform, project, estimator, seed=number)
            job = run_here(platform, platform.training.reproduce(LOCAL, project.name, run_id).id)
            assert job.result is not None, job.error
            found[ReproductionOutcome(job.result["outcome"])] += 1
            if job.result["outcome"] != ReproductionOutcome.IDENTICAL:
                print(estimator, project.name, job.result["summary"], file=sys.stderr)
        seconds = time.perf_counter() - begun
        platform.close()
    identical = found[ReproductionOutcome.IDENTICAL]
    count = len({key for _, key in kinds})
    told = f"{identical} of {RUNS} identical over {count} estimators and three tasks, in {seconds:.0f} s"
    figures = [Figure("runs computed again, bit for bit", f"{RUNS} of {RUNS}", told, identical == RUNS)]
    return 0 if write("Reproduction", figures) else 1


if __name__ == "__main__":
    sys.exit(main())
