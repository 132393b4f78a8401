"""The drift screen with 90 windows of 50 features, as the server draws it, from results that a real check stored.

`python -m benchmarks.review`. A model is trained and promoted, its check cuts 45,000 rows into 90 windows, and the
screen is run through the shell as a browser asks for it: once to warm up, then again from a changed address.
"""

import os
import statistics
import sys
import tempfile
import time
from io import BytesIO
from pathlib import Path

import numpy as np
import pandas as pd

from benchmarks.report import Figure, write
from core.bootstrap import build, prepare
from core.jobs.run import run_here
from core.platform import Platform
from core.records.access import LOCAL
from core.records.job import JobState
from core.records.project import Task
from core.settings import load

WINDOWS, FEATURES, ROWS, TIMES = 90, 50, 500, 7
NAME = "wide"
SHELL = Path(__file__).resolve().parents[1] / "pages" / "shared" / "shell.py"


def main() -> int:
    """Measure and write the figures; 1 when one was not reached."""
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder) / "home"
        os.environ["PILOTHOUSE_HOME"] = str(home)
        settings = load(home)
        prepare(settings)
        platform = build(settings)
        series = _checked(platform)
        whole, drilled = _drawn(series)
        platform.close()
    size = f"{WINDOWS} windows x {FEATURES} features"
    return (
        0
        if write(
            "Drift screen",
            [
                Figure(f"the review of {size}, opened", "1.0 s", f"{whole:.2f} s", whole <= 1.0),
                Figure("another column in another window of it", "0.5 s", f"{drilled:.2f} s", drilled <= 0.5),
            ],
        )
        else 1
    )


def _checked(platform: Platform) -> str:
    """Return the id of the job whose reports are looked at."""
    project = platform.projects.create(LOCAL, name=NAME, task=Task.REGRESSION, target="y")
    for dataset, rows, seed in (("first", 2_000, 0), ("all", WINDOWS * ROWS, 1)):
        content = BytesIO()
        _table(rows, seed).to_parquet(content)
        content.seek(0)
        platform.datasets.add_version(LOCAL, NAME, dataset, content, f"{dataset}.parquet")
    spec = platform.training.spec(project, dataset="first", estimator="ridge")
    run = run_here(platform, platform.training.submit(LOCAL, spec).id)
    platform.models.promote(LOCAL, NAME, int((run.result or {})["version"]), "first", override=True)
    job = run_here(platform, platform.monitoring.submit(LOCAL, NAME, current="all", every=f"{ROWS}rows").id)
    assert job.state is JobState.SUCCEEDED, job.error
    return job.id


def _table(rows: int, seed: int) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    moved = np.linspace(0, 1, rows) * seed
    columns = {f"x{place:02d}": rng.normal(moved * (place % 5 == 0), 1.0, rows) for place in range(FEATURES)}
    return pd.DataFrame({**columns, "y": sum(columns.values()) + rng.normal(size=rows)})


def _drawn(series: str) -> tuple[float, float]:
    """Return how long the screen takes, opened and with another cell chosen: the median of several runs."""
    from streamlit.testing.v1 import AppTest

    from pages.shared import navigation

    at = AppTest.from_file(str(SHELL), default_timeout=120).run()
    at.switch_page(f"../{navigation.BY_KEY['drift'].path}")
    at.query_params["project"] = NAME
    at.run()
    opened, drilled = [], []
    for place in range(TIMES):
        at.query_params.pop("column", None)
        at.query_params["window"] = f"{series}-{WINDOWS - place:03d}"
        opened.append(_timed(at))
        at.query_params["column"] = f"x{place * 7 % FEATURES:02d}"
        at.query_params["window"] = f"{series}-{place * 11 % WINDOWS + 1:03d}"
        drilled.append(_timed(at))
        assert not at.exception, [one.value for one in at.exception]
    return statistics.median(opened), statistics.median(drilled)


def _timed(at: "object") -> float:
    start = time.perf_counter()
    at.run()  # type: ignore[attr-defined]
    return time.perf_counter() - start


if __name__ == "__main__":
    sys.exit(main())
