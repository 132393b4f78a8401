"""Drift of a million rows by twenty columns beside bare Evidently, and how often the rule everyone starts with errs.

`python -m benchmarks.monitoring [ROWS [FOLDER]]`; FOLDER holds the tables of bikes and hotel rates, whose statistics
are set beside scipy's, too. Both sides read the same two Parquet files in a process of their own and ask
the same statistic of each column (Wasserstein of numbers, Jensen-Shannon of categories), so that time and memory are
those of the whole task.
"""

import json
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd
from scipy import stats

from benchmarks.report import Figure, write
from core.monitoring import drift, scores, verdict
from core.monitoring.drift import Pair
from core.records.dataset import ColumnKind

ROWS, NUMBERS, WORDS = 1_000_000, 15, 5
DRAWS = 200

OURS = """
import json, resource, sys, time
import pyarrow.parquet as pq
start = time.perf_counter()
from functools import partial
from core.monitoring import checking, drift, windows
from core.monitoring.drift import Pair
from core.records.dataset import ColumnKind
shape = pq.read_metadata(sys.argv[1])
def column(name):
    sides = [windows.series(pq.ParquetFile(file).read(columns=[name])[name]) for file in sys.argv[1:3]]
    kind = ColumnKind.NUMBER if name.startswith("x") else ColumnKind.TEXT
    return drift.measure(Pair(name, "feature", kind, *sides))
found = {}
for one in drift.ahead([partial(column, name) for name in shape.schema.names], checking.AT_ONCE):
    found[one.name] = one.scores["wasserstein" if one.kind.is_numeric else "jensenshannon"]
"""
THEIRS = """
import json, resource, sys, time
import pandas as pd
start = time.perf_counter()
import evidently
from evidently.metrics import ValueDrift
sides = [pd.read_parquet(name) for name in sys.argv[1:3]]
names = list(sides[0].columns)
numbers = [name for name in names if name.startswith("x")]
words = [name for name in names if name not in numbers]
shape = evidently.DataDefinition(numerical_columns=numbers, categorical_columns=words)
data = [evidently.Dataset.from_pandas(side, data_definition=shape) for side in sides]
asked = [ValueDrift(column=name, method="wasserstein" if name in numbers else "jensenshannon") for name in names]
told = evidently.Report(asked).run(data[1], data[0]).dict()["metrics"]
found = {name: float(one["value"]) for name, one in zip(names, told)}
"""
END = """
used = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3
print(json.dumps({"seconds": time.perf_counter() - start, "mb": used, "found": found}))
"""


def main() -> int:
    """Measure and write the figures; 1 when one was not reached."""
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else ROWS
    figures = [*_at_size(rows), _false_alarms(), _caught()]
    figures += [_beside_scipy(Path(sys.argv[2]))] if len(sys.argv) > 2 else []
    return 0 if write("Monitoring", figures) else 1


def _at_size(rows: int) -> list[Figure]:
    with tempfile.TemporaryDirectory() as folder:
        files = [str(Path(folder) / f"{seed}.parquet") for seed in range(2)]
        for seed, file in enumerate(files):
            _table(rows, seed).to_parquet(file)
        ours, theirs = (_asked(program, files) for program in (OURS, THEIRS))
    apart = max(abs(ours["found"][name] - value) for name, value in theirs["found"].items())
    time, room = theirs["seconds"] / ours["seconds"], theirs["mb"] / ours["mb"]
    size = f"{rows:,} x {NUMBERS + WORDS}"
    return [
        Figure(
            f"drift of {size}, time beside bare Evidently",
            "10 times less",
            f"{ours['seconds']:.1f} s beside {theirs['seconds']:.1f} s, {time:.1f} times less",
            time >= 10,
        ),
        Figure(
            f"drift of {size}, peak memory",
            "2 times less",
            f"{ours['mb']:.0f} MB beside {theirs['mb']:.0f} MB, {room:.1f} times less",
            room >= 2,
        ),
        Figure("largest difference of a statistic", "1e-6", f"{apart:.1e}", apart <= 1e-6),
    ]


def _table(rows: int, seed: int) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    numbers = {f"x{place}": rng.normal(0.01 * place * seed, 1.0, rows) for place in range(NUMBERS)}
    words = {f"word{place}": rng.choice(list("abcdefgh"), rows) for place in range(WORDS)}
    return pd.DataFrame({**numbers, **words})


def _asked(program: str, files: list[str]) -> dict[str, float | dict[str, float]]:
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", program + END, *files], capture_output=True, text=True, check=True
    )
    found: dict[str, float | dict[str, float]] = json.loads(done.stdout.splitlines()[-1])
    return found


def _beside_scipy(folder: Path) -> Figure:
    """Compare every number of the bikes' two years and the hotel's two halves with scipy."""
    bikes, hotel = (pd.read_csv(folder / name) for name in ("bike_hourly_uci.csv", "hotel_rates.csv"))
    years = pd.to_datetime(bikes["dteday"], format="mixed").dt.year
    parts = [(bikes[years == 2011], bikes[years == 2012]), (hotel[: len(hotel) // 2], hotel[len(hotel) // 2 :])]
    worst, looked_at = 0.0, 0
    for old, new in parts:
        for name in old.select_dtypes("number"):
            sides = [np.sort(side[name].dropna().to_numpy(dtype=float)) for side in (old, new)]
            found = scores.of_numbers(*sides)
            told = stats.ks_2samp(*sides)
            moved = stats.wasserstein_distance(*sides) / max(sides[0].std(), scores.FLOOR)
            expected = {"ks_distance": told.statistic, "ks": told.pvalue, "wasserstein": moved}
            worst = max([worst, *(abs(found[key] - value) for key, value in expected.items())])
            looked_at += 1
    claim = f"{looked_at} columns of bikes (2011, 2012) and hotel rates (two halves) beside scipy"
    return Figure(claim, "1e-9", f"{worst:.1e} apart at most", bool(worst <= 1e-9))


def _false_alarms() -> Figure:
    rng = np.random.default_rng(1)
    alarms = sum(verdict.of_window(drift.check(_pairs(rng, 0.0))).drifted_columns > 0 for _ in range(DRAWS))
    found = f"{alarms} of {DRAWS}"
    return Figure("clean resamples in which any of ten columns is called drifted", "5 %", found, alarms <= DRAWS / 20)


def _caught() -> Figure:
    rng = np.random.default_rng(2)
    caught = sum(drift.check(_pairs(rng, 0.3))[0].verdict.value == "drifted" for _ in range(DRAWS))
    found = f"{caught} of {DRAWS}"
    return Figure("shifts of 0.3 sd at 2,000 rows that are caught", "95 %", found, caught >= 0.95 * DRAWS)


def _pairs(rng: np.random.Generator, shift: float) -> list[Pair]:
    """Return ten columns of 2,000 rows a side, the first moved by ``shift`` standard deviations."""
    sides = [rng.normal(size=(10, 2_000)) for _ in range(2)]
    sides[1][0] += shift
    return [
        Pair(f"x{place}", "feature", ColumnKind.NUMBER, pd.Series(old), pd.Series(new))
        for place, (old, new) in enumerate(zip(*sides, strict=True))
    ]


if __name__ == "__main__":
    sys.exit(main())
