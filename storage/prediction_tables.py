"""Logged answers as columns: a day of them in a Parquet file, any of them as a frame.

What a record holds is kept exactly, features and prediction as JSON; beside it stands each feature as a column of its
own kind, ``features.<name>``, which is what a frame is made of.
"""

import json
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pyarrow as pa

FEATURE = "features."
BASE = ("at", "prediction_id", "version", "score", "latency_ms", "client", "cohort", "warnings")
CONSUMED = b"pilothouse.consumed"
"""Metadata of a file: which lines it was made from, so that a crash before they are removed counts none twice."""

ROWS_AT_ONCE = 50_000

Row = Mapping[str, Any]


def kinds_of(rows: Iterable[Row]) -> dict[str, str]:
    """Return by feature the one kind its values have: boolean, integer, number or text; mixed ones are text."""
    kinds: dict[str, str] = {}
    for row in rows:
        for name, value in row["features"].items():
            kind = _kind(value)
            if kind and kinds.setdefault(name, kind) != kind:
                kinds[name] = "number" if {kind, kinds[name]} == {"integer", "number"} else "text"
    return kinds


def _kind(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int) and -(2**63) <= value < 2**63:
        return "integer"
    return "number" if isinstance(value, int | float) else "text"


def batch(rows: Sequence[Row], kinds: Mapping[str, str]) -> "pa.Table":
    """Return rows as columns."""
    import pyarrow as pa

    types = {"boolean": pa.bool_(), "integer": pa.int64(), "number": pa.float64(), "text": pa.string()}
    columns = {
        "at": pa.array([row["at"] for row in rows], pa.timestamp("us", "UTC")),
        "prediction_id": pa.array([row["prediction_id"] for row in rows], pa.string()),
        "version": pa.array([row["version"] for row in rows], pa.int64()),
        "score": pa.array([row["score"] for row in rows], pa.float64()),
        "latency_ms": pa.array([row["latency_ms"] for row in rows], pa.float64()),
        "client": pa.array([row.get("client", "") for row in rows], pa.string()),
        "cohort": pa.array([row.get("cohort", "champion") for row in rows], pa.string()),
        "warnings": pa.array([row.get("warnings", ()) for row in rows], pa.list_(pa.string())),
        "prediction": pa.array([json.dumps(row["prediction"]) for row in rows], pa.string()),
        "features": pa.array([json.dumps(row["features"]) for row in rows], pa.string()),
    }
    for name, kind in kinds.items():
        values = [_as(kind, row["features"].get(name)) for row in rows]
        columns[FEATURE + name] = pa.array(values, types[kind])
    return pa.table(columns)


def _as(kind: str, value: object) -> object:
    if value is None:
        return None
    if kind == "text":
        return value if isinstance(value, str) else json.dumps(value)
    return float(value) if kind == "number" else value  # type: ignore[arg-type]  # it is a number


def rows_of(table: "pa.Table") -> Iterator[Row]:
    """Yield the rows of a table as they were logged."""
    for row in table.select([*BASE, "prediction", "features"]).to_pylist():
        yield {**row, "prediction": json.loads(row["prediction"]), "features": json.loads(row["features"])}


def write(target: Path, rows: Callable[[], Iterator[Row]], consumed: tuple[str, int]) -> int:
    """Write a day; ``rows`` is asked twice, so that never all of them are in memory. Return how many there are."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    kinds = kinds_of(rows())
    schema = batch([], kinds).schema.with_metadata({CONSUMED: json.dumps(consumed).encode()})
    part, count = target.with_suffix(".part"), 0
    with part.open("wb") as file:
        with pq.ParquetWriter(file, schema, compression="zstd") as writer:
            source = rows()
            while chunk := list(islice(source, ROWS_AT_ONCE)):
                writer.write_table(pa.Table.from_batches(batch(chunk, kinds).cast(schema).to_batches(), schema))
                count += len(chunk)
        file.flush()
        os.fsync(file.fileno())
    part.replace(target)
    return count


def consumed_of(file: Path) -> tuple[str, int]:
    """Return the mark and the size of the lines that a day's file was made from."""
    import pyarrow.parquet as pq

    mark, size = json.loads((pq.read_metadata(file).metadata or {})[CONSUMED])
    return str(mark), int(size)


def frame(tables: Sequence["pa.Table"]) -> "pa.Table":
    """Return tables as one, oldest row first: what is known of each answer, the prediction in its own kind, features.

    A feature that is of one kind on one day and of another on the next becomes a number where both are, else text.
    """
    import pyarrow as pa

    if not tables:
        return batch([], {}).drop_columns(["features"])
    plain = [_with_prediction(table) for table in tables]
    try:
        whole = pa.concat_tables(plain, promote_options="permissive")
    except (pa.ArrowTypeError, pa.ArrowInvalid):
        whole = pa.concat_tables([_as_text(table, _clashing(plain)) for table in plain], promote_options="permissive")
    return whole.sort_by("at")


def _with_prediction(table: "pa.Table") -> "pa.Table":
    """Replace the JSON of the predictions by their values: there are few of them, so that each is read once."""
    import pyarrow as pa

    encoded = table["prediction"].combine_chunks().dictionary_encode()
    values = [json.loads(text) for text in encoded.dictionary.to_pylist()]
    if any(isinstance(value, str) for value in values):
        values = [value if isinstance(value, str) else json.dumps(value) for value in values]
    elif any(isinstance(value, float) for value in values):
        values = [float(value) for value in values]
    plain = pa.array(values).take(encoded.indices) if values else pa.nulls(0)
    return table.drop_columns(["features"]).set_column(table.column_names.index("prediction"), "prediction", plain)


def _clashing(tables: Sequence["pa.Table"]) -> set[str]:
    import pyarrow as pa

    kinds: dict[str, set[bool]] = {}
    for table in tables:
        for field in table.schema:
            is_number = pa.types.is_integer(field.type) or pa.types.is_floating(field.type)
            kinds.setdefault(field.name, set()).add(is_number)
    return {name for name, found in kinds.items() if len(found) > 1}


def _as_text(table: "pa.Table", names: set[str]) -> "pa.Table":
    import pyarrow as pa

    for name in names & set(table.column_names):
        at = table.column_names.index(name)
        table = table.set_column(at, name, table[name].cast(pa.string()))
    return table
