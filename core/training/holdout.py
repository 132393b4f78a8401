"""Held-out rows at rest: which rows they are, in any version of the data, and what the model answered to them.

A row is known by a 64-bit hash of its content (or of its id, when the project names an id column), so that two models
can be scored on the same rows later and every figure can be computed again from the stored answers.
"""

import io
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from core.records.base import Record
from core.records.dataset import Column, ColumnKind
from core.records.project import Task
from core.training.measures import Array, Outcome

if TYPE_CHECKING:
    import pandas as pd

TAGS = ("split_sha256", "holdout_sha256")
"""Tags of a run (after the prefix ``pilothouse.``) that address the two documents."""

FACTS = b"pilothouse"


@dataclass(frozen=True)
class RowSplit:
    """Hashes of the rows learned from and held out, and the columns they were made of."""

    columns: tuple[str, ...]
    train: Array
    test: Array


@dataclass(frozen=True)
class Holdout:
    """The answers to the held-out rows, in their order: hash of the row, truth, answer and scores."""

    rows: Array
    outcome: Outcome


class Overlap(Record):
    """How many held-out rows two runs have, and share; ``comparable`` is False when rows were known differently."""

    first: int
    second: int
    shared: int
    comparable: bool


def row_hashes(table: "pd.DataFrame", columns: Sequence[Column]) -> Array:
    """Return one unsigned 64-bit hash a row, the same in any version that has these columns with this content.

    The order of the columns and their storage types do not matter, missing values are all alike.
    """
    import pandas as pd

    total = np.zeros(len(table), dtype=np.uint64)
    for column in sorted(columns, key=lambda one: one.name):
        values = pd.util.hash_array(_plain(table[column.name], column.kind), categorize=True)
        name = pd.util.hash_array(np.array([column.name], dtype=object))[0]
        total = _mixed(total, values ^ name)
    return total


def _mixed(total: Array, values: Array) -> Array:
    """Fold the next column in; the multiplier is Knuth's for 64-bit hashes."""
    with np.errstate(over="ignore"):
        return np.asarray((total ^ values) * np.uint64(6364136223846793005) + np.uint64(1442695040888963407))


def _plain(values: "pd.Series[Any]", kind: ColumnKind) -> Array:
    known = values.notna()
    if kind.is_numeric:
        numbers = values.where(known, np.nan).to_numpy(dtype=np.float64)
        return numbers + 0.0
    if kind is ColumnKind.DATETIME:
        return values.to_numpy(dtype="datetime64[ns]").astype(np.int64)
    return np.where(known, values.astype(str), "\N{REPLACEMENT CHARACTER}missing").astype(object)


def pack_split(split: RowSplit) -> bytes:
    """Return the split as bytes: hashes in Parquet, a flag for those held out."""
    is_test = np.repeat([False, True], [len(split.train), len(split.test)])
    columns = {"row": np.concatenate([split.train, split.test]), "test": is_test}
    return _write(columns, {"columns": list(split.columns)})


def read_split(content: bytes) -> RowSplit:
    """Return the split that :func:`pack_split` stored."""
    columns, facts = _read(content)
    rows, is_test = columns["row"], columns["test"]
    return RowSplit(tuple(facts["columns"]), rows[~is_test], rows[is_test])


def pack_holdout(holdout: Holdout) -> bytes:
    """Return the answers as bytes: a row of Parquet each, with the truth and every score."""
    outcome = holdout.outcome
    scores = {f"score_{place}": outcome.scores[:, place] for place in range(outcome.scores.shape[1])}
    columns = {"row": holdout.rows, "actual": outcome.actual, "answered": outcome.answered, **scores}
    return _write(columns, {"task": outcome.task.value, "positive": outcome.positive})


def read_holdout(content: bytes) -> Holdout:
    """Return the answers that :func:`pack_holdout` stored, ready to be measured again."""
    columns, facts = _read(content)
    scores = [values for name, values in columns.items() if name.startswith("score_")]
    stacked = np.column_stack(scores) if scores else np.empty((len(columns["row"]), 0))
    outcome = Outcome(Task(facts["task"]), columns["actual"], columns["answered"], stacked, facts["positive"])
    return Holdout(columns["row"], outcome)


def overlap(first: RowSplit, second: RowSplit) -> Overlap:
    """Tell how many rows both splits hold out; equal rows count as often as both have them."""
    comparable = first.columns == second.columns
    ours, theirs = (np.unique(split.test, return_counts=True) for split in (first, second))
    _, left, right = np.intersect1d(ours[0], theirs[0], assume_unique=True, return_indices=True)
    shared = int(np.minimum(ours[1][left], theirs[1][right]).sum()) if comparable else 0
    return Overlap(first=len(first.test), second=len(second.test), shared=shared, comparable=comparable)


def find(split: RowSplit, table: "pd.DataFrame", columns: Sequence[Column]) -> Array:
    """Return where the rows held out by ``split`` are in another table; empty when it lacks a column they go by.

    ``columns`` are all columns of the table.
    """
    used = [column for column in columns if column.name in split.columns]
    if len(used) < len(split.columns):
        return np.empty(0, dtype=np.int64)
    return np.flatnonzero(np.isin(row_hashes(table, used), split.test))


def _write(columns: dict[str, Array], facts: dict[str, Any]) -> bytes:
    import pyarrow as pa
    import pyarrow.parquet as pq

    table = pa.table(columns).replace_schema_metadata({FACTS: json.dumps(facts).encode()})
    sink = io.BytesIO()
    pq.write_table(table, sink, compression="zstd")
    return sink.getvalue()


def _read(content: bytes) -> tuple[dict[str, Array], dict[str, Any]]:
    import pyarrow.parquet as pq

    table = pq.read_table(io.BytesIO(content))
    columns = {name: table[name].to_numpy(zero_copy_only=False) for name in table.column_names}
    return columns, json.loads(table.schema.metadata[FACTS])
