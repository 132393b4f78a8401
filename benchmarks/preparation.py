"""What a preparation gains on real data: the hourly bike rentals with date parts and the hour as a number.

Beside it, in the same run, the same estimator on the same rows with the default preparation.
"""

import gzip
import sys
import tempfile
from pathlib import Path

from benchmarks.report import Figure, write
from core.bootstrap import build, prepare
from core.pipelines import demo
from core.platform import Platform
from core.records.access import LOCAL
from core.records.dataset import DatasetVersion
from core.records.preparation import DatePart, Dates, Derive, Step
from core.records.project import Project, Task
from core.records.training import Preprocessing, SplitKind
from core.settings import load
from core.training import checking, trainer

TABLE = Path(demo.__file__).with_name("demo_data") / "bike_hourly_uci.csv.gz"
LEAKS = {"casual", "registered"}
"""Their sum is the answer."""

HOUR = (
    "if(hr = '12am', 0, if(hr = '12pm', 12, "
    "number(replace(replace(hr, 'am', ''), 'pm', '')) + if(ends_with(hr, 'pm'), 12, 0)))"
)
DAYS = Dates(columns=("dteday",), parts=(DatePart.YEAR, DatePart.MONTH, DatePart.DAY_OF_YEAR, DatePart.WEEKDAY))
RECIPES: dict[str, tuple[Step, ...]] = {
    "date parts": (DAYS,),
    "date parts, hour as a number": (DAYS, Derive(name="hour", expression=HOUR)),
}
LEAST_GAIN = 0.25
"""Share of the error that date parts must take away."""


def error(
    platform: Platform, project: Project, version: DatasetVersion, kind: SplitKind, steps: tuple[Step, ...]
) -> float:
    """Return the RMSE of gradient boosting on the held-out rows."""
    options = Preprocessing(steps=steps)
    names = platform.training.default_features(project, version, options)
    spec = platform.training.spec(
        project,
        dataset=str(version.ref),
        estimator="hist_gradient_boosting",
        features=[name for name in names if name not in LEAKS],
        split=platform.training.split(project, kind),
        preprocessing=options,
    )
    table = platform.datasets.frame(version, checking.needed_columns(version, spec))
    found = trainer.train(table, checking.feature_columns(version, spec), spec)
    return found.evaluation.metrics["rmse"]


def main() -> int:
    """Measure, write, and tell by the exit status whether all was reached."""
    figures = []
    with tempfile.TemporaryDirectory() as folder:
        settings = load(Path(folder))
        prepare(settings)
        platform = build(settings)
        project = platform.projects.create(
            LOCAL, name="bikes", task=Task.REGRESSION, target="cnt", time_column="dteday", metric="rmse"
        )
        with gzip.open(TABLE) as source:
            version = platform.datasets.add_version(LOCAL, "bikes", "rides", source, "rides.csv").version
        for kind, rows in ((SplitKind.HOLDOUT, "random rows"), (SplitKind.TIME, "the latest rows")):
            plain = error(platform, project, version, kind, ())
            for name, steps in RECIPES.items():
                reached = error(platform, project, version, kind, steps)
                figures.append(
                    Figure(
                        claim=f"{name}, tested on {rows}: RMSE beside the default preparation",
                        wanted=f"at least {LEAST_GAIN:.0%} less",
                        found=f"{reached:.2f} beside {plain:.2f}: {1 - reached / plain:.0%} less",
                        reached=reached <= (1 - LEAST_GAIN) * plain,
                    )
                )
        platform.close()
    return 0 if write("Preparation on the hourly bike rentals", figures) else 1


if __name__ == "__main__":
    sys.exit(main())
