"""Cells of later parts are held to what the first rows promised, on the quick ways as on the slow one."""

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.datasets.columns import TextColumn, _examined
from core.datasets.words import Notation, Words
from core.records.dataset import ColumnKind

FIRST = {
    ColumnKind.INTEGER: [str(number) for number in range(-50, 250)],
    ColumnKind.NUMBER: [f"{number / 7:.3f}" for number in range(-50, 250)],
    ColumnKind.DATETIME: [f"2026-03-{1 + number % 28:02} 10:{number % 60:02}:00" for number in range(300)],
}


def column(kind: ColumnKind) -> TextColumn:
    return TextColumn.sampled(pa.array(FIRST[kind]), Notation(), None)


@pytest.mark.parametrize(
    ("kind", "cells"),
    [
        # Together as long as their digits: what one lacks the other has too much.
        (ColumnKind.INTEGER, ["0x7FFFFFFFFFFFFFFF", "05"]),
        (ColumnKind.INTEGER, ["0x174876E800", "7"]),
        (ColumnKind.INTEGER, ["1", "-0"]),
        (ColumnKind.INTEGER, ["1", "+2"]),
        (ColumnKind.INTEGER, ["1", "002"]),
        (ColumnKind.INTEGER, ["-9223372036854775808", "1"]),
        (ColumnKind.NUMBER, ["1.5", "007"]),
        (ColumnKind.NUMBER, ["1.5", "-01.5"]),
        (ColumnKind.NUMBER, ["1.5", "+2.5"]),
        (ColumnKind.NUMBER, ["0.5", "00"]),
        (ColumnKind.NUMBER, ["1.5", "1e400"]),
        (ColumnKind.DATETIME, ["2026-03-01 10:00:00", "2026-03-01 10:00:00Z"]),
        (ColumnKind.DATETIME, ["2026-03-01 10:00:00", ""]),
    ],
)
def test_cells_that_the_quick_way_cannot_prove_are_left_to_the_slow_one(kind: ColumnKind, cells: list[str]) -> None:
    assert column(kind).expected.kind is kind
    assert column(kind)._quick(pa.array(cells)) is None


@pytest.mark.parametrize(
    ("kind", "cells", "values"),
    [
        (ColumnKind.INTEGER, ["0", "-7", None, "9007199254740993"], [0, -7, None, 9007199254740993]),
        (ColumnKind.INTEGER, ["9", "10", "99", "100", "-1", "-10"], [9, 10, 99, 100, -1, -10]),
        (ColumnKind.NUMBER, ["0", "-0.5", None, ".5", "1e3", "5"], [0.0, -0.5, None, 0.5, 1000.0, 5.0]),
    ],
)
def test_the_quick_way_reads_numbers_in_any_part_of_an_array(
    kind: ColumnKind, cells: list[str | None], values: list[object]
) -> None:
    for part in (pa.array(cells), pa.array(["05", *cells, "x"]).slice(1, len(cells))):
        found = column(kind)._quick(part)
        assert found is not None
        assert found[0].to_pylist() == values
        assert found[1].holes == (None in cells)


@given(
    st.lists(
        st.none()
        | st.integers(-(2**63), 2**63).map(str)
        | st.integers(0, 9).map(str)
        | st.sampled_from(["", "-0", "+1", "007", "1.0", "-", "x", "NA", "0x1F", " 1", "true"]),
        min_size=1,
        max_size=4,
    )
)
def test_the_first_cells_are_judged_the_same_without_a_look_at_words(cells: list[str | None]) -> None:
    first = pa.array(cells, pa.string())
    words = Words.of(first.dictionary_encode().dictionary, Notation())
    assert TextColumn.sampled(first, Notation(), None).seen == _examined(words, first)
