"""Real tables through the service that the form calls, beside a plain scikit-learn script: the same figures.

`python -m benchmarks.agreement [FOLDER]`: the demo table of customers, and those of penguins, credit, diamonds and
hotel rates that FOLDER holds. The script reads the file with pandas and writes its pipeline by hand; it shares nothing
with the platform but the list of columns and hyperparameters.
"""

import gzip
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from sklearn import metrics
from sklearn.compose import make_column_transformer
from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from benchmarks.report import Figure, write
from core.bootstrap import build, prepare
from core.jobs.run import run_here
from core.pipelines import demo
from core.platform import Platform
from core.records.access import LOCAL
from core.records.project import Project, Task
from core.records.training import Run, TrainingSpec
from core.settings import load

DEMO = Path(demo.__file__).with_name("demo_data") / "telco_wa_churn.csv.gz"
TREES, LEAVES = 30, 5
TOLERANCE = 1e-9


@dataclass(frozen=True)
class Table:
    """One table with its task; ``time`` names the column by which the latest rows are held out."""

    file: str
    task: Task
    target: str
    positive: str | None = None
    time: str | None = None


TABLES = (
    Table("penguins.csv", Task.MULTICLASS, "species"),
    Table("credit_data.csv", Task.BINARY, "Status", "bad"),
    Table("diamonds.csv", Task.REGRESSION, "price"),
    Table("hotel_rates.csv", Task.REGRESSION, "avg_price_per_room", time="arrival_date"),
)

Scores = dict[str, float]


def platform_scores(platform: Platform, project: Project, estimator: str, **params: Any) -> tuple[Run, TrainingSpec]:
    """Train as the form does and return the run."""
    spec = platform.training.spec(project, dataset=None, estimator=estimator, params=params)
    job = run_here(platform, platform.training.submit(LOCAL, spec).id)
    assert job.result is not None, f"{estimator}: {job.error}"
    return platform.training.run(project.name, str(job.result["run_id"])), spec


def plain_scores(table: Table, frame: pd.DataFrame, spec: TrainingSpec, model: Any, *, scaled: bool) -> Scores:
    """Split, fit and score as anyone would write it down."""
    frame = frame[frame[table.target].notna()].reset_index(drop=True)
    features, target = frame[list(spec.features)], frame[table.target]
    learned, held_out = _rows(table, frame)
    numbers = [name for name in spec.features if pd.api.types.is_numeric_dtype(features[name])]
    words = [name for name in spec.features if name not in numbers]
    steps = [SimpleImputer(strategy="median"), *([StandardScaler()] if scaled else [])]
    encode = OneHotEncoder(handle_unknown="ignore", max_categories=100, sparse_output=False)
    prepare_ = make_column_transformer(
        (make_pipeline(*steps), numbers),
        (make_pipeline(SimpleImputer(strategy="most_frequent"), encode), words),
    )
    pipeline = make_pipeline(prepare_, model).fit(features.iloc[learned], target.iloc[learned])
    rows, truth = features.iloc[held_out], target.iloc[held_out]
    if table.task is Task.REGRESSION:
        said = pipeline.predict(rows)
        return {"r2": metrics.r2_score(truth, said), "rmse": metrics.root_mean_squared_error(truth, said)}
    shares, said = pipeline.predict_proba(rows), pipeline.predict(rows)
    found = {"accuracy": metrics.accuracy_score(truth, said), "log_loss": metrics.log_loss(truth, shares)}
    if table.positive:
        place = list(pipeline.classes_).index(table.positive)
        found["roc_auc"] = metrics.roc_auc_score(truth == table.positive, shares[:, place])
    return found


def _rows(table: Table, frame: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """A fifth of the rows held out: the latest, or at random with the shares of the classes."""
    if table.time:
        moments = pd.to_datetime(frame[table.time]).to_numpy()
        cut = np.sort(moments)[int(0.8 * len(moments))]
        return np.flatnonzero(moments < cut), np.flatnonzero(moments >= cut)
    stratify = None if table.task is Task.REGRESSION else frame[table.target]
    learned, held_out = train_test_split(np.arange(len(frame)), test_size=0.2, random_state=0, stratify=stratify)
    return np.sort(learned), np.sort(held_out)


def compared(platform: Platform, table: Table, content: bytes) -> list[Figure]:
    """Train a linear model and a forest both ways and compare every figure both have."""
    name = table.file.partition(".")[0]
    project = platform.projects.create(
        LOCAL, name=name, task=table.task, target=table.target, positive=table.positive, time_column=table.time
    )
    platform.datasets.add_version(LOCAL, name, "rows", BytesIO(content), table.file)
    frame = pd.read_csv(BytesIO(content))
    is_number = table.task is Task.REGRESSION
    linear = ("ridge", {}, lambda: Ridge()) if is_number else ("logistic_regression", {"max_iter": 1000}, _logistic)
    sizes = {"n_estimators": TREES, "min_samples_leaf": LEAVES}
    kind = RandomForestRegressor if is_number else RandomForestClassifier
    forest = ("random_forest", sizes, lambda: kind(**sizes, random_state=0))
    return [_one(platform, project, table, frame, *way) for way in (linear, forest)]


def _logistic() -> LogisticRegression:
    return LogisticRegression(max_iter=1000)


def _one(
    platform: Platform,
    project: Project,
    table: Table,
    frame: pd.DataFrame,
    estimator: str,
    params: dict[str, Any],
    made: Callable[[], Any],
) -> Figure:
    run, spec = platform_scores(platform, project, estimator, **params)
    plain = plain_scores(table, frame, spec, made(), scaled=estimator != "random_forest")
    gap = max(abs(run.metrics[name] - value) / max(1.0, abs(value)) for name, value in plain.items())
    told = ", ".join(f"{name} {run.metrics[name]:.4f} beside {value:.4f}" for name, value in plain.items())
    claim = f"{project.name}, {estimator.replace('_', ' ')}, {len(spec.features)} columns"
    return Figure(claim, f"within {TOLERANCE:g}", f"{told}; apart by {gap:.1g}", gap <= TOLERANCE)


def main() -> int:
    """Compare on every table there is, write, and tell by the exit code whether all agree."""
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else None
    churn = Table("customers.csv", Task.BINARY, "churn", "Yes")
    contents = {churn: gzip.decompress(DEMO.read_bytes())}
    if folder is not None:
        contents |= {table: (folder / table.file).read_bytes() for table in TABLES if (folder / table.file).exists()}
    with tempfile.TemporaryDirectory() as home:
        settings = load(Path(home) / "home")
        prepare(settings)
        platform = build(settings)
        figures = [one for table, content in contents.items() for one in compared(platform, table, content)]
        platform.close()
    return 0 if write("Real tables beside a plain scikit-learn script", figures) else 1


if __name__ == "__main__":
    sys.exit(main())
