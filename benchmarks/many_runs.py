"""A project with thousands of runs: one real training, written again and again into MLflow's own tables."""

import random
import sqlite3
import time
import uuid
from contextlib import closing
from pathlib import Path

COPIED = ("params", "tags")


def multiply(file: Path, project: str, count: int, seed: int = 5) -> None:
    """Let the MLflow database ``file`` hold ``count`` more runs of a project, each with figures of its own.

    The figures are drawn around those of the run that is copied; the runs start one minute apart. Another ``seed``
    makes other runs.
    """
    draw = random.Random(seed)  # noqa: S311 - figures of a benchmark
    with closing(sqlite3.connect(file)) as base, base:
        experiment = base.execute("SELECT experiment_id FROM experiments WHERE name = ?", (project,)).fetchone()[0]
        model = _template(base, experiment)
        begun = int(time.time() * 1000) - count * 60_000
        for number in range(count):
            _copy(base, model, uuid.UUID(int=draw.getrandbits(128)).hex, begun + number * 60_000, draw)


def _template(base: sqlite3.Connection, experiment: int) -> str:
    query = (
        "SELECT r.run_uuid FROM runs r JOIN tags t ON t.run_uuid = r.run_uuid AND t.key = 'pilothouse.spec' "
        "LEFT JOIN tags p ON p.run_uuid = r.run_uuid AND p.key = 'mlflow.parentRunId' "
        "WHERE r.experiment_id = ? AND p.value IS NULL AND r.status = 'FINISHED' LIMIT 1"
    )
    return str(base.execute(query, (experiment,)).fetchone()[0])


def _copy(base: sqlite3.Connection, model: str, run_id: str, begun: int, draw: random.Random) -> None:
    run = _row(base, "runs", model) | {"run_uuid": run_id, "start_time": begun, "end_time": begun + 2_000}
    _insert(base, "runs", run)
    for table in COPIED:
        for row in _rows(base, table, model):
            if row["key"] == "pilothouse.version":
                continue
            value = str(draw.randint(2, 30)) if row["key"] == "max_depth" else row["value"]
            _insert(base, table, row | {"run_uuid": run_id, "value": value})
    for table in ("latest_metrics", "metrics"):
        shift = random.Random(run_id)  # noqa: S311 - figures of a benchmark
        for row in _rows(base, table, model):
            value = row["value"] * (1 + shift.uniform(-0.1, 0.1))
            _insert(base, table, row | {"run_uuid": run_id, "value": value, "timestamp": begun + 1_000})


def _row(base: sqlite3.Connection, table: str, run_id: str) -> dict[str, object]:
    return _rows(base, table, run_id)[0]


def _rows(base: sqlite3.Connection, table: str, run_id: str) -> list[dict]:
    found = base.execute(f"SELECT * FROM {table} WHERE run_uuid = ?", (run_id,))  # noqa: S608
    names = [column[0] for column in found.description]
    return [dict(zip(names, row, strict=True)) for row in found.fetchall()]


def _insert(base: sqlite3.Connection, table: str, row: dict[str, object]) -> None:
    places = ", ".join("?" * len(row))
    base.execute(f"INSERT INTO {table} ({', '.join(row)}) VALUES ({places})", list(row.values()))  # noqa: S608
