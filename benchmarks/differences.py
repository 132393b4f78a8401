"""What it takes to compare two versions to the row and cell, and to open any page of one.

Beside it, in the same run, each in a process of its own: pandas (an outer merge by key, then each column compared) and
DuckDB as one would first write it (a full join held in memory, the rows that differ fetched).
"""

import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pyarrow as pa

from benchmarks.report import Figure, write
from core.bootstrap import build, prepare
from core.datasets.writing import CODED, ParquetSink
from core.platform import Platform
from core.records.access import LOCAL
from core.records.dataset import DatasetRef
from core.records.difference import DifferenceRequest
from core.records.project import Task
from core.settings import load

SMALL, LARGE = 50_000, 5_000_000
PART = 100_000
CITIES = np.array(["Berlin", "Paris", "Rome", "Oslo", "Lisbon"])
WANTED = {SMALL: 1.0, LARGE: 20.0}
MOST_MB = 1_500
PAGE_S = 0.5
PAGES = 12


def make(path: Path, rows: int, *, is_later: bool) -> None:
    """Write a table of twelve columns; the later lacks 1 in 100 rows, has as many more; 1 in 50 cells differ."""
    with ParquetSink(path) as sink:
        sink.begin()
        for first in range(0, rows, PART):
            draw, count = np.random.default_rng(first), min(PART, rows - first)
            ids = np.arange(first, first + count)
            columns = {"id": ids, "city": CITIES[draw.integers(0, 5, count)], "age": draw.integers(18, 90, count)}
            columns |= {f"x{place}": np.round(draw.normal(size=count) * 100, 2) for place in range(8)}
            columns["churned"] = draw.random(count) < 0.2
            if is_later:
                gone = ids % 100 == 7
                columns["id"] = np.where(gone, ids + 10 * rows, ids)
                columns["x3"] = np.where(ids % 50 == 3, columns["x3"] + 1, columns["x3"])
            arrays = [_array(values) for values in columns.values()]
            sink.write(list(columns), arrays)


def _array(values: "np.ndarray") -> pa.Array:  # type: ignore[type-arg]
    found = pa.array(values)
    return found.dictionary_encode().cast(CODED) if pa.types.is_string(found.type) else found


def ours(home: Path, rows: int) -> None:
    """Compare the two versions of a size, and say how many rows differ."""
    request = DifferenceRequest(
        before=DatasetRef(name=f"d{rows}", number=1), after=DatasetRef(name=f"d{rows}", number=2)
    )
    platform = build(load(home))
    started = time.perf_counter()
    found = platform.differences.compute(LOCAL, "bench", request)
    _said(started, found.added + found.removed + found.changed)
    platform.close()


def merged(home: Path, rows: int) -> None:
    """Do it as pandas users do."""
    import pandas as pd

    started = time.perf_counter()
    before, after = (pd.read_parquet(home / f"{rows}-{side}.parquet") for side in "ba")
    both = before.merge(after, on="id", how="outer", suffixes=("_b", "_a"), indicator=True)
    differs = both["_merge"] != "both"
    for name in before.columns[1:]:
        old, new = both[f"{name}_b"], both[f"{name}_a"]
        differs |= (old != new) & ~(old.isna() & new.isna())
    _said(started, len(both[differs]))


def joined(home: Path, rows: int) -> None:
    """Do it as one would first write it in SQL."""
    import duckdb

    started = time.perf_counter()
    paths = [home / f"{rows}-{side}.parquet" for side in "ba"]
    with duckdb.connect() as connection:
        names = [row[0] for row in connection.execute(f"DESCRIBE FROM '{paths[0]}'").fetchall()[1:]]
        unlike = " OR ".join(f"b.{name} IS DISTINCT FROM a.{name}" for name in names)
        query = f"SELECT * FROM '{paths[0]}' b FULL JOIN '{paths[1]}' a ON a.id = b.id WHERE a.id IS NULL OR b.id IS NULL OR {unlike}"  # noqa: S608, E501
        found = connection.execute(query).fetch_df()
    _said(started, len(found))


def _said(started: float, rows: int) -> None:
    seconds = time.perf_counter() - started
    # What a busy machine takes away shows in the difference of the two.
    worked = time.process_time()
    print(seconds, worked, _peak_mb(), rows)


def _peak_mb() -> float:
    """Return the most memory of this process; the figure of getrusage would include the one that started it."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) / 1024


WAYS = {"ours": ours, "pandas": merged, "duckdb": joined}


def measured(way: str, home: Path, rows: int) -> tuple[float, float, float, int]:
    """Return seconds, seconds of processor, megabytes at most and rows that differ, of a process of its own."""
    command = [sys.executable, "-m", "benchmarks.differences", way, str(home), str(rows)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    seconds, worked, megabytes, differing = done.stdout.split()[-4:]
    return float(seconds), float(worked), float(megabytes), int(differing)


def pages(platform: Platform, rows: int) -> float:
    """Return the slowest of some pages of a version anywhere, in seconds, each read for the first time."""
    version = platform.datasets.get("bench", DatasetRef(name=f"d{rows}", number=1))
    platform.datasets.preview(version, 100, 0)
    times = []
    for first in np.linspace(0, rows - 100, PAGES).astype(int).tolist():
        started = time.perf_counter()
        assert len(platform.datasets.preview(version, 100, first)) == 100
        times.append(time.perf_counter() - started)
    return max(times)


def main() -> int:
    """Measure, write, and tell by the exit status whether all was reached."""
    figures = []
    with tempfile.TemporaryDirectory(prefix="pilothouse-bench-") as folder:
        home = Path(folder)
        settings = load(home)
        prepare(settings)
        platform = build(settings)
        platform.projects.create(LOCAL, name="bench", task=Task.BINARY, target="churned", id_column="id")
        for rows in (SMALL, LARGE):
            for side, is_later in (("b", False), ("a", True)):
                path = home / f"{rows}-{side}.parquet"
                make(path, rows, is_later=is_later)
                platform.datasets.add_file(LOCAL, "bench", f"d{rows}", path)
            figures += compared(home, rows)
        slowest = pages(platform, LARGE)
        platform.close()
    claim = f"any page of 100 rows of {LARGE:,}, bytes verified before"
    figures.append(Figure(claim, f"<= {PAGE_S} s", f"{slowest:.3f} s at most", slowest <= PAGE_S))
    return 0 if write("Differences between versions", figures) else 1


def compared(home: Path, rows: int) -> list[Figure]:
    """Return the figures of one size."""
    found = {way: measured(way, home, rows) for way in WAYS}
    seconds, worked, megabytes, differing = found["ours"]
    agree = len({figures[3] for figures in found.values()}) == 1
    peers = ", ".join(f"{way} {found[way][0]:.1f} s and {found[way][2]:,.0f} MB" for way in WAYS if way != "ours")
    taken = f"{seconds:.2f} s ({worked:.1f} s of processor), {megabytes:,.0f} MB"
    said = f"{taken}, {differing:,} rows differ, all agree: {agree} ({peers})"
    is_reached = seconds <= WANTED[rows] and megabytes <= MOST_MB and agree
    wanted = f"<= {WANTED[rows]:g} s, <= {MOST_MB:,} MB"
    return [Figure(f"rows and cells of {rows:,} rows, with distributions", wanted, said, is_reached)]


if __name__ == "__main__":
    if len(sys.argv) == 4:
        WAYS[sys.argv[1]](Path(sys.argv[2]), int(sys.argv[3]))
        raise SystemExit(0)
    raise SystemExit(main())
