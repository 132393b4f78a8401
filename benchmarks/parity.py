"""Every estimator for every task, compiled where it can be: does it answer as scikit-learn does, and is it as fast?

Trained with default hyperparameters on real tables; each line says what answers, on how many rows (held-out ones and
edge cases) it was compared, the largest difference, and what 1,000 rows take beside scikit-learn alone.
"""

import gzip
import io
import sys
import tempfile
from pathlib import Path

import pandas as pd

from benchmarks.report import Figure, write
from benchmarks.serving import best_of
from core.jobs.run import run_here
from core.platform import Platform
from core.records.access import LOCAL
from core.records.job import JobState
from core.records.project import Project, Task
from core.training import estimators, tables, verification
from core.training.compiled import edges, engine
from tests.builders import FakeClock
from tests.core.monitoring.house import house

DATA = Path(__file__).resolve().parents[1] / "core" / "pipelines" / "demo_data"
ROWS = 3_000
TASKS = {
    Task.BINARY: ("telco_wa_churn.csv.gz", "churn", "Yes"),
    Task.MULTICLASS: ("telco_wa_churn.csv.gz", "contract", None),
    Task.REGRESSION: ("bike_hourly_uci.csv.gz", "cnt", None),
}
TOLERANCE = 1e-9


def table(file: str) -> bytes:
    """Return some rows of a demo table as CSV."""
    with gzip.open(DATA / file) as packed:
        return pd.read_csv(packed).sample(ROWS, random_state=1).to_csv(index=False).encode()


def figures(platform: Platform, task: Task) -> list[Figure]:
    """Train every estimator for ``task`` and compare what answers with scikit-learn."""
    file, target, positive = TASKS[task]
    name = task.value
    project = platform.projects.create(LOCAL, name=name, task=task, target=target, positive=positive)
    platform.datasets.add_version(LOCAL, name, "rows", io.BytesIO(table(file)), "rows.csv")
    return [_figure(platform, project, card.key) for card in estimators.cards(task)]


def _figure(platform: Platform, project: Project, key: str) -> Figure:
    spec = platform.training.spec(project, dataset=None, estimator=key)
    job = run_here(platform, platform.training.submit(LOCAL, spec).id)
    claim = f"{project.name}: {key.replace('_', ' ')}"
    if job.state is not JobState.SUCCEEDED:
        return Figure(claim, "trained", str(job.error), reached=False)
    version = platform.models.version(project.name, int((job.result or {})["version"]))
    verified = verification.load_verified(platform.blobs, version.bundle_sha256, claim)
    form, model = verified.manifest.compiled, verification.load_compiled(platform.blobs, verified.manifest, claim)
    assert form is not None
    if model is None:
        return Figure(claim, "a reason", f"scikit-learn answers: {form.reason}", reached=bool(form.reason))
    names = [feature.column.name for feature in verified.manifest.features]
    frame = tables.align(
        verified.manifest, platform.datasets.frame(platform.datasets.resolve(project.name, None), names).iloc[:1000]
    )
    rows = edges.records_of(frame)
    bare = verified.pipeline.predict_proba if verified.manifest.classes else verified.pipeline.predict
    theirs = best_of(lambda: bare(frame), 5)
    ours = best_of(lambda: engine.answer(model, rows), 5)
    found = (
        f"{form.kind}, {form.rows:,} rows, {form.difference:.1e} apart; {ours * 1000:.1f} ms against "
        f"{theirs * 1000:.1f} ms: {theirs / ours:.1f}x"
    )
    return Figure(claim, "<= 1e-9, >= 1x", found, form.difference <= TOLERANCE and theirs >= ours)


def main() -> int:
    """Compare all estimators for all tasks, or for those named."""
    with tempfile.TemporaryDirectory() as folder:
        platform = house(Path(folder) / "home", FakeClock())
        named = [Task(name) for name in sys.argv[1:]] or list(TASKS)
        found = [figure for task in named for figure in figures(platform, task)]
    return 0 if write("Parity of all estimators", found, is_part=bool(sys.argv[1:])) else 1


if __name__ == "__main__":
    sys.exit(main())
