"""Columns too large to be sorted: what one pass over a file says, beside what sorting says."""

# ruff: noqa: DTZ001 (the moments of a table have no zone)
from collections.abc import Iterator
from datetime import datetime, timedelta

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from core.datasets import duck
from core.datasets.profile import columns, sketches
from core.datasets.profile.source import StoredTable
from core.records.dataset import ColumnProfile
from core.records.profile import Gap, Steps

ROWS = 3_000
START = datetime(2025, 1, 1)


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> StoredTable:
    random = np.random.default_rng(7)
    days = [START + timedelta(days=place + (20 if place >= 2_000 else 0)) for place in range(ROWS)]
    words = ["red", "green", "blue", None]
    table = pa.table(
        {
            "number": pa.array(random.normal(size=ROWS), mask=random.random(ROWS) < 0.1),
            "few": pa.array(random.integers(-2, 9, ROWS)),
            "many": pa.array(random.integers(0, 10**12, ROWS)),
            "wide": pa.array([-1.7e308, 1.7e308, 0.0] * (ROWS // 3)),
            "day": pa.array(days, pa.timestamp("us")),
            "word": pa.array([words[place % 4] for place in range(ROWS)]),
            "code": pa.array([f"c{place:05d}" for place in range(ROWS)]),
            "truth": pa.array([place % 3 == 0 for place in range(ROWS)]),
            "void": pa.nulls(ROWS, pa.float64()),
        }
    )
    path = tmp_path_factory.mktemp("profile") / "table.parquet"
    pq.write_table(table, path, row_group_size=500, use_dictionary=["word"])
    return StoredTable(path)


@pytest.fixture(scope="module")
def pairs(source: StoredTable) -> Iterator[dict[str, tuple[ColumnProfile, ColumnProfile]]]:
    places = sketches.places(source.rows, 9)
    table = source.read(source.schema.names)
    with duck.bounded(64) as connection:
        yield {
            name: (
                columns.streamed(source, name, places, connection).profile,
                columns.whole(name, table[name], places).profile,
            )
            for name in table.column_names
        }


@pytest.mark.parametrize("name", ["few", "word", "truth", "code", "void"])
def test_a_streamed_column_is_as_a_sorted_one(name: str, pairs: dict[str, tuple[ColumnProfile, ColumnProfile]]) -> None:
    streamed, sorted_ = pairs[name]
    assert streamed.mean == pytest.approx(sorted_.mean)
    assert streamed.std == pytest.approx(sorted_.std)
    same = {"estimated": (), "mean": None, "std": None}
    assert streamed.model_copy(update=same) == sorted_.model_copy(update=same)


def test_numbers_are_binned_by_the_statistics_of_the_file(
    pairs: dict[str, tuple[ColumnProfile, ColumnProfile]],
) -> None:
    streamed, sorted_ = pairs["number"]
    assert streamed.edges == pytest.approx(sorted_.edges)
    assert sum(streamed.counts) == ROWS - streamed.nulls
    assert sum(abs(a - b) for a, b in zip(streamed.counts, sorted_.counts, strict=True)) <= 2
    assert (streamed.quantiles, streamed.outliers) == (sorted_.quantiles, sorted_.outliers)
    assert streamed.estimated == ("quantiles", "outliers")
    assert pairs["wide"][0].edges == ()
    assert pairs["wide"][0].std is None


def test_a_gap_of_days_is_found_by_both_ways(pairs: dict[str, tuple[ColumnProfile, ColumnProfile]]) -> None:
    gap = Gap(after="2030-06-23 00:00:00", before="2030-07-14 00:00:00", seconds=21 * 86_400)
    for profile in pairs["day"]:
        assert profile.steps == Steps(typical_s=86_400, is_regular=True, gaps=1, longest=(gap,))
        assert (profile.minimum, profile.distinct) == ("2025-01-01 00:00:00", ROWS)
        assert sum(profile.counts) == ROWS


def test_different_values_are_counted_exactly_until_they_are_many_and_within_five_percent_beyond() -> None:
    random = np.random.default_rng(3)
    sketch = sketches.Distinct()
    sketch.add(sketches.hashed(np.arange(5_000)))
    sketch.add(sketches.hashed(np.arange(2_500, 7_500)))
    assert (sketch.count, sketch.is_exact) == (7_500, True)
    for _ in range(4):
        sketch.add(sketches.hashed(random.integers(0, 200_000, 300_000)))
    assert not sketch.is_exact
    assert sketch.count == pytest.approx(199_500, rel=0.05)


def test_equal_numbers_have_equal_hashes_whatever_their_sign_of_zero() -> None:
    first, second = sketches.hashed(np.array([0.0, 1.5])), sketches.hashed(np.array([-0.0, 1.5]))
    assert first.tolist() == second.tolist()


def test_texts_beyond_what_is_counted_are_estimated(monkeypatch: pytest.MonkeyPatch, source: StoredTable) -> None:
    monkeypatch.setattr("core.datasets.profile.words.COUNTED", 100)
    with duck.bounded(64) as connection:
        found = columns.streamed(source, "code", sketches.places(source.rows, 9), connection)
    assert (found.profile.distinct, found.profile.estimated, found.sample) == (ROWS, ("distinct",), None)
    assert found.profile.top == ()
    assert found.profile.lengths is not None
    assert (found.profile.lengths.least, found.profile.lengths.most) == (6, 6)


def test_a_sample_of_a_large_table_is_spread_over_it_and_the_same_each_time() -> None:
    places = sketches.places(10**9, 4_000)
    assert 3_900 < len(places) <= 4_000
    assert (np.diff(places) > 0).all()
    assert places.tolist() == sketches.places(10**9, 4_000).tolist()
    assert sketches.places(5, 3).tolist() == [0, 1, 2, 3, 4]
