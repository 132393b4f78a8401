"""Profiles of tiny tables, to the last figure."""

# ruff: noqa: DTZ001 (the moments of a table have no zone)
import math
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.datasets.profile.source import HeldTable
from core.datasets.profile.table import profile as profile_of
from core.records.dataset import ColumnKind, ColumnProfile, Profile
from core.records.profile import Outliers


def profile(table: pa.Table, doubts: Sequence[str] = (), notes: Sequence[str] = ()) -> Profile:
    return profile_of(HeldTable(table), None, doubts, notes)


def column(values: list[Any], type: pa.DataType | None = None) -> ColumnProfile:
    table = pa.table({"x": pa.array(values, type), "other": list(range(len(values)))})
    return profile(table).columns[0]


def test_an_integer_column_is_counted_measured_and_binned_by_value() -> None:
    assert column([3, 1, 1, None, 2]) == ColumnProfile(
        name="x",
        kind=ColumnKind.INTEGER,
        nulls=1,
        distinct=3,
        minimum=1.0,
        maximum=3.0,
        mean=1.75,
        std=math.sqrt(11 / 12),
        quantiles=(1.0, 1.0, 1.5, 2.25, 3.0),
        tails=(1.0, 1.0, 2.8499999999999996, 2.9699999999999998),
        edges=(0.5, 1.5, 2.5, 3.5),
        counts=(2, 1, 1),
        top=(("1", 2), ("2", 1), ("3", 1)),
        outliers=Outliers(low=-0.875, high=4.125, below=0, above=0),
    )


def test_a_number_column_has_twenty_equal_bins_and_no_list_of_values() -> None:
    found = column([0.0, 10.0, 10.0, 5.0])
    assert (found.kind, found.nulls, found.distinct) == (ColumnKind.NUMBER, 0, 3)
    assert (found.minimum, found.maximum, found.mean) == (0.0, 10.0, 6.25)
    assert found.quantiles == (0.0, 3.75, 7.5, 10.0, 10.0)
    assert found.edges == tuple(place / 2 for place in range(21))
    assert found.counts == (1, *[0] * 9, 1, *[0] * 8, 2)
    assert found.top == ()


def test_texts_are_listed_by_frequency_then_by_alphabet() -> None:
    found = column(["b", "a", "c", "b", None, "a", *"defghij"])
    assert (found.kind, found.nulls, found.distinct) == (ColumnKind.TEXT, 1, 10)
    assert found.top == (("a", 2), ("b", 2), *((letter, 1) for letter in "cdefgh"))
    assert (found.minimum, found.mean, found.quantiles, found.edges) == (None, None, (), ())


def test_booleans_are_listed_as_words() -> None:
    assert column([True, False, True, None]).top == (("true", 2), ("false", 1))


def test_moments_have_a_first_and_a_last() -> None:
    found = column([datetime(2026, 3, 2, 9), datetime(2025, 1, 1), None], pa.timestamp("us"))
    assert (found.minimum, found.maximum) == ("2025-01-01 00:00:00", "2026-03-02 09:00:00")
    assert (found.kind, found.nulls, found.distinct) == (ColumnKind.DATETIME, 1, 2)


@pytest.mark.parametrize("type", [pa.int64(), pa.float64(), pa.bool_(), pa.string(), pa.timestamp("us")])
def test_a_column_without_a_value_is_counted_and_nothing_more(type: pa.DataType) -> None:
    found = column([None, None], type)
    assert (found.nulls, found.distinct, found.top, found.quantiles, found.counts) == (2, 0, (), (), ())


def test_one_value_has_a_mean_but_no_spread() -> None:
    found = column([7.5])
    assert (found.mean, found.std, found.quantiles) == (7.5, None, (7.5,) * 5)
    assert (found.edges, found.counts) == ((7.0, 8.0), (1,))


def test_integers_beyond_what_a_float_holds_keep_their_digits() -> None:
    found = column([2**53 + 1, 2**53 + 3])
    assert (found.minimum, found.maximum, found.distinct) == ("9007199254740993", "9007199254740995", 2)
    assert (found.edges, found.counts) == ((), ())


def test_a_range_wider_than_a_float_has_no_bins_and_no_accident() -> None:
    found = column([-1.7e308, 1.7e308, 1e-300])
    assert (found.minimum, found.maximum, found.std) == (-1.7e308, 1.7e308, None)
    assert (found.edges, found.counts) == ((), ())
    assert all(math.isfinite(value) for value in found.quantiles)


def test_long_and_odd_values_are_shown_shortened_on_one_line() -> None:
    found = column(["x" * 300, "two\nlines\x00"])
    assert found.top == (("two lines", 1), ("x" * 99 + "…", 1))


@given(st.lists(st.floats(-1e6, 1e6), min_size=2, max_size=60))
def test_figures_agree_with_pandas(values: list[float]) -> None:
    found, wanted = column(values), pd.Series(values)
    assert found.mean == pytest.approx(wanted.mean(), rel=1e-9, abs=1e-9)
    assert found.std == pytest.approx(wanted.std(), rel=1e-6, abs=1e-9)
    assert found.quantiles == pytest.approx(np.quantile(values, [0, 0.25, 0.5, 0.75, 1]), rel=1e-9, abs=1e-9)
    assert found.distinct == wanted.nunique()
    assert sum(found.counts) in (0, len(values))


@given(st.lists(st.tuples(st.sampled_from(["a", "b", None]), st.sampled_from([1, 2, None])), min_size=1, max_size=30))
def test_duplicates_agree_with_pandas(rows: list[tuple[str | None, int | None]]) -> None:
    table = pa.table({"x": [row[0] for row in rows], "y": pa.array([row[1] for row in rows], pa.int64())})
    assert profile(table).duplicates == int(table.to_pandas().duplicated().sum())


def test_a_table_without_faults_has_no_warnings() -> None:
    found = profile(pa.table({"x": [1, 2, 2], "y": ["a", "b", "a"]}))
    assert (found.rows, found.duplicates, found.warnings) == (3, 0, ())


def test_warnings_come_in_words_and_worst_first() -> None:
    rows = 200
    table = pa.table(
        {
            "word": [f"w{place % 150}" for place in range(rows)],
            "gaps": [1.5 if place % 2 else None for place in range(rows)],
            "few": pa.array([1 if place == 0 else None for place in range(rows)]),
            "id": [f"c{min(place, rows - 2)}" for place in range(rows)],
            "key": list(range(rows)),
            "same": ["x"] * rows,
            "void": pa.nulls(rows, pa.string()),
        }
    )
    assert profile(table, doubts=("A doubt.",), notes=("A note.",)).warnings == (
        "A doubt.",
        "No value at all: 'void'. Leave such columns out.",
        "The same value in every row: 'same'. A model learns nothing from it.",
        "Different in every row, like an identifier: 'key'. Do not train on it.",
        "Many values are missing: 'few' (99%), 'gaps' (50%).",
        "Many different texts: 'word' (150), 'id' (199). As categories, most are too rare to learn from.",
        "A note.",
    )


def test_copies_of_rows_are_counted_in_words() -> None:
    assert profile(pa.table({"x": [1, 1, 2], "y": [5, 5, 5]})).warnings[-1] == (
        "1 row is an exact copy of an earlier row (33%)."
    )
    table = pa.table({"x": [*range(998), 1, 1], "y": [0] * 1000})
    assert profile(table).warnings[-1] == "2 rows are exact copies of an earlier row (less than 1%)."


def test_many_columns_with_one_fault_are_one_warning() -> None:
    table = pa.table({f"c{place}": [1, 1] for place in range(9)})
    assert profile(table, notes=[f"Note {place}." for place in range(12)]).warnings == (
        "The same value in every row: 'c0', 'c1', 'c2', 'c3', 'c4' and 4 more. A model learns nothing from it.",
        "1 row is an exact copy of an earlier row (50%).",
        *(f"Note {place}." for place in range(10)),
        "2 more columns have remarks of this kind.",
    )


def test_a_profile_survives_json() -> None:
    found = profile(pa.table({"x": [1.5, None, 1e300], "y": ["\u2028", "</script>", "a"]}))
    assert type(found).model_validate_json(found.model_dump_json()) == found
