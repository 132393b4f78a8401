"""Sides brought to the same columns, and cut into windows."""

from datetime import UTC, datetime

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from core.errors import NothingToCompare
from core.monitoring import windows
from core.monitoring.windows import Side
from core.records.dataset import ColumnKind

INTEGER, NUMBER, TEXT = ColumnKind.INTEGER, ColumnKind.NUMBER, ColumnKind.TEXT


def side(**kinds: ColumnKind) -> Side:
    return Side("w", 2, kinds, lambda name: pd.Series([1, 2], name=name))


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        (INTEGER, INTEGER, ""),
        (INTEGER, NUMBER, ""),
        (NUMBER, TEXT, "the type changed from number to text"),
        (TEXT, ColumnKind.BOOLEAN, "the type changed from text to boolean"),
    ],
)
def test_numbers_of_either_kind_are_one_type_and_other_changes_are_said(old, new, reason):
    found = windows.asked("a", "feature", side(a=old), side(a=new))
    assert (found.kind, found.reason) == (old, reason)


def test_a_column_of_one_side_only_has_none_on_the_other():
    assert side(a=NUMBER).column("b") is None
    assert windows.asked("b", "feature", side(a=NUMBER), side(a=NUMBER, b=TEXT)).kind is TEXT
    assert len(side(b=TEXT).column("b")) == 2


def test_classes_that_are_numbers_are_compared_as_categories():
    found = windows.asked("a", "target", side(a=INTEGER), side(a=INTEGER), as_category=True)
    assert found.kind is TEXT


def test_columns_only_the_current_side_has_are_findings():
    (found,) = windows.extras(side(a=NUMBER), side(a=NUMBER, b=TEXT))
    assert (found.name, found.role, found.reason) == ("b", "extra", "the reference has no such column")


def test_logged_inputs_become_columns_and_a_feature_left_out_is_missing():
    at = pa.array([datetime(2026, 3, 2, 9, tzinfo=UTC)] * 2, pa.timestamp("us", "UTC"))
    table = pa.table({"at": at, "features.age": [3, None], "features.other": [1, 1]})
    found = windows.of_predictions(table, {"age": INTEGER, "plan": TEXT})
    assert found.label == "logged predictions, 2026-03-02 09:00 to 2026-03-02 09:00 UTC"
    assert found.read("age").isna().tolist() == [False, True]
    assert found.column("plan") is None


def test_texts_are_read_as_categories():
    found = windows.series(pa.chunked_array([["a", "b", None, "a"]]))
    assert found.cat.codes.tolist() == [0, 1, -1, 0]


TIMES = np.array(
    ["2026-01-31T22:00", "2026-02-01T00:00", "NaT", "2026-01-30T10:00", "2026-04-01T00:00"], dtype="datetime64[us]"
)


def told(found):
    return [(window.label, window.rows.tolist()) for window in found]


def test_months_are_those_of_the_calendar_and_empty_ones_are_told():
    found = windows.by_time(side(), TIMES, "1mo", "1mo")
    assert told(found) == [
        ("January 2026 of w", [0, 3]),
        ("February 2026 of w", [1]),
        ("March 2026 of w", []),
        ("April 2026 of w", [4]),
    ]
    assert (found[0].since, found[0].until) == (datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 2, 1, tzinfo=UTC))


def test_windows_that_slide_share_rows():
    found = windows.by_time(side(), TIMES[:4], "2d", "1d")
    assert [window.rows.tolist() for window in found] == [[0, 3], [0, 1], [1]]
    assert found[0].label == "2d from 2026-01-30 of w"


def test_weeks_begin_on_monday_and_hours_where_they_begin():
    first, last = datetime(2026, 1, 1, 5, 7, tzinfo=UTC), datetime(2026, 1, 6, tzinfo=UTC)
    weeks = windows.spans(first, last, "1w", "1w")
    assert [since.day for since, _ in weeks] == [29, 5]
    (hours, *_) = windows.spans(first, datetime(2026, 1, 1, 6, tzinfo=UTC), "6h", "6h")
    assert hours == (datetime(2026, 1, 1, 5, tzinfo=UTC), datetime(2026, 1, 1, 11, tzinfo=UTC))


def test_a_year_before_a_month_is_that_month_and_before_others_52_weeks():
    times = np.array(["2025-02-10", "2026-02-09", "NaT", "2026-03-01"], dtype="datetime64[us]")
    months = windows.by_time(side(), times, "1mo", "1mo")
    found = windows.year_before(side(), times, months, "1mo")
    assert told([found[0], found[12], found[13]]) == [
        ("February 2024 of w, a year before", []),
        ("February 2025 of w, a year before", [0]),
        ("March 2025 of w, a year before", []),
    ]
    weeks = windows.by_time(side(), times, "1w", "1w")
    (earlier,) = windows.year_before(side(), times, [one for one in weeks if one.rows.tolist() == [1]], "1w")
    assert (earlier.since, earlier.rows.tolist()) == (datetime(2025, 2, 10, tzinfo=UTC), [0]), "a Monday, too"


def test_windows_of_rows_follow_the_order_given_and_leave_a_short_rest_out():
    found = windows.by_count(side(), np.array([4, 3, 2, 1, 0]), 2, 2)
    assert [window.rows.tolist() for window in found] == [[4, 3], [2, 1]]
    assert [window.label for window in found] == ["rows 1 to 2 of w", "rows 3 to 4 of w"]
    assert [window.rows.tolist() for window in windows.by_count(side(), np.arange(3), 10, 10)] == [[0, 1, 2]]


def test_too_many_windows_and_no_moments_are_refused():
    with pytest.raises(NothingToCompare, match="more than 400 windows"):
        windows.by_time(side(), TIMES, "1h", "1h")
    with pytest.raises(NothingToCompare, match="has a moment"):
        windows.by_time(side(), TIMES[2:3], "1d", "1d")


def test_the_last_rows_are_one_window():
    (found,) = windows.last(side(), 1)
    assert (found.label, found.rows.tolist()) == ("the last 1 rows of w", [1])
    assert windows.last(side(), 9)[0].rows.tolist() == [0, 1]
