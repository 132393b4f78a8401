"""Repeated rows of tables whose rows are told apart by hashes."""

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from core.datasets.profile import rows
from core.datasets.profile.source import StoredTable


def test_repeats_are_counted_across_files_of_hashes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rows, "_BIN_ROWS", 100)
    hashes = np.random.default_rng(1).integers(0, 2**63, 900).astype(np.uint64) * np.uint64(2)
    parts = [hashes[:500], hashes[400:], hashes[:3]]
    assert rows.repeated(iter(parts), 1_003, tmp_path) == 103
    assert list(tmp_path.iterdir()) == []


def test_rows_of_a_large_file_are_counted_as_those_of_a_small_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    table = pa.table({"a": [1, 1, None, None, 2, 1], "A": ["x", "x", "y", "y", "x", None]})
    path = tmp_path / "t.parquet"
    pq.write_table(table, path)
    assert rows.duplicates(StoredTable(path)) == 2
    monkeypatch.setattr(rows, "_HELD_CELLS", 1)
    assert rows.duplicates(StoredTable(path)) == 2


def test_values_of_one_column_that_repeat_are_counted_exactly(tmp_path: Path) -> None:
    path = tmp_path / "t.parquet"
    pq.write_table(pa.table({"other": [1, 1, 1, 1], "code": ["a", "b", "a", "c"]}), path)
    assert rows.column_repeats(StoredTable(path), "code") == 1
