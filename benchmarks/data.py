"""Data on its way in, beside `dvc add` and plain pandas in the same run: time and the most memory any process used.

`python -m benchmarks.data [MB]` takes a generated CSV of that size (1,000 when not given), and the tables of the demos.
"""

import gzip
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from benchmarks.report import Figure, write

ROOT = Path(__file__).resolve().parents[1]
DEMOS = ROOT / "core" / "pipelines" / "demo_data"
MOST_MEMORY = 700

PANDAS = "import sys, pandas as pd; pd.read_csv(sys.argv[1]).to_parquet(sys.argv[2], compression='zstd')"
KEEP = """
import sys
from pathlib import Path
from core.datasets.limits import LIMITS
from core.datasets.storing import stored_and_read
from core.records.reading import AS_DETECTED
from storage.blobs import FileBlobs
source, folder = Path(sys.argv[1]), Path(sys.argv[2])
blobs = FileBlobs(folder / "blobs")
table = folder / "table.parquet"
stored_and_read(blobs, source, source.name, AS_DETECTED, table, LIMITS, lambda share: None)
with table.open("rb") as file:
    blobs.put(file)
"""
START = """
import sys
from pathlib import Path
from core.bootstrap import build, prepare
from core.records.access import LOCAL
from core.records.project import Task
from core.settings import load
settings = load(Path(sys.argv[1]))
prepare(settings)
platform = build(settings)
platform.projects.create(LOCAL, name="p", task=Task.REGRESSION, target="amount")
platform.close()
"""
ADD = """
import sys
from pathlib import Path
from core.bootstrap import build
from core.records.access import LOCAL
from core.settings import load
platform = build(load(Path(sys.argv[2])))
platform.datasets.add_file(LOCAL, "p", "data", Path(sys.argv[1]))
platform.close()
"""


@dataclass(frozen=True)
class Cost:
    """What a process took: seconds by the clock, and at most how many MB."""

    seconds: float
    megabytes: float


def measured(command: list[str], folder: Path) -> Cost:
    """Run a command in ``folder``, and wait for it and all its children."""
    env = {**os.environ, "PYTHONPATH": str(ROOT), "DVC_NO_ANALYTICS": "1", "PILOTHOUSE_HOME": str(folder / "home")}
    begun = time.perf_counter()
    process = subprocess.Popen(command, cwd=folder, env=env, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - begun
    process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0, command
    return Cost(seconds, usage.ru_maxrss / 1000)


def generated(path: Path, megabytes: int) -> Path:
    """Write a table as shops have: numbers, categories, moments, a long id, gaps."""
    import numpy as np
    import pyarrow as pa
    import pyarrow.csv

    draw, rows = np.random.default_rng(0), 200_000
    with path.open("wb") as file:
        number = 0
        while file.tell() < megabytes * 1_000_000:
            amount = np.round(draw.gamma(2.0, 30.0, rows), 2)
            table = {
                "order": pa.array(np.arange(number, number + rows)),
                "at": pa.array((np.datetime64("2024-01-01T00:00:00") + draw.integers(0, 6e7, rows)).astype(str)),
                "city": pa.array(np.array(["Köln", "Rom", "Lyon", "Oslo", "Riga"])[draw.integers(0, 5, rows)]),
                "customer": pa.array([f"C{one:07d}" for one in draw.integers(0, 2_000_000, rows)]),
                "items": pa.array(draw.integers(1, 30, rows)),
                "amount": pa.array(amount, mask=draw.random(rows) < 0.02),
                "rate": pa.array(draw.random(rows)),
                "returned": pa.array(np.array(["no", "yes"])[(draw.random(rows) < 0.1).astype(int)]),
            }
            options = pa.csv.WriteOptions(include_header=number == 0)
            pa.csv.write_csv(pa.table(table), file, options)
            number += rows
    return path


def beside(source: Path, said: str, folder: Path, *, is_large: bool) -> list[Figure]:
    """Measure one file on all ways; small ones are dominated by the start of a process, and are only told."""
    python = sys.executable
    dvc_folder, ours, whole = (folder / name for name in ("dvc", "ours", "whole"))
    for made in (dvc_folder, ours, whole):
        made.mkdir()
    subprocess.run([python, "-m", "dvc", "init", "--no-scm", "-q"], cwd=dvc_folder, check=True)
    subprocess.run([python, "-c", START, str(whole / "home")], cwd=ROOT, check=True)
    os.link(source, dvc_folder / source.name)
    dvc = measured([python, "-m", "dvc", "add", "-q", source.name], dvc_folder)
    pandas = measured([python, "-c", PANDAS, str(source), str(folder / "pandas.parquet")], folder)
    keep = measured([python, "-c", KEEP, str(source), str(ours)], ours)
    add = measured([python, "-c", ADD, str(source), str(whole / "home")], whole)
    ratio, whole_ratio = keep.seconds / dvc.seconds, add.seconds / dvc.seconds
    most = max(keep.megabytes, add.megabytes)
    return [
        Figure(
            f"{said}: store, hash, type, Parquet beside `dvc add`",
            "<= 2.5x" if is_large else "told",
            f"{keep.seconds:.1f} s beside {dvc.seconds:.1f} s: {ratio:.1f}x",
            ratio <= 2.5 or not is_large,
        ),
        Figure(
            f"{said}: the same beside pandas read_csv and to_parquet",
            "less" if is_large else "told",
            f"{keep.seconds:.1f} s beside {pandas.seconds:.1f} s ({pandas.megabytes:,.0f} MB)",
            keep.seconds < pandas.seconds or not is_large,
        ),
        Figure(
            f"{said}: a version with profile, in an installation that is there, beside `dvc add`",
            "<= 4x" if is_large else "told",
            f"{add.seconds:.1f} s: {whole_ratio:.1f}x",
            whole_ratio <= 4 or not is_large,
        ),
        Figure(f"{said}: most memory of a process", f"<= {MOST_MEMORY} MB", f"{most:,.0f} MB", most <= MOST_MEMORY),
    ]


def main() -> int:
    """Run all of it in a folder of its own."""
    megabytes = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000
    figures: list[Figure] = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for place, packed in enumerate(sorted(DEMOS.glob("*.csv.gz"))):
            source = folder / packed.stem
            source.write_bytes(gzip.decompress(packed.read_bytes()))
            (folder / str(place)).mkdir()
            figures += beside(source, packed.stem, folder / str(place), is_large=False)
        (folder / "large").mkdir()
        source = generated(folder / "orders.csv", megabytes)
        figures += beside(source, f"{megabytes:,} MB of CSV", folder / "large", is_large=True)
    return 0 if write("Data on its way in", figures) else 1


if __name__ == "__main__":
    sys.exit(main())
