from datetime import UTC, datetime, timedelta

import pytest

from core.errors import NothingToMeasure
from core.monitoring.production.windows import cut

NOON = datetime(2026, 3, 4, 12, tzinfo=UTC)


def hours(*values: float) -> list[datetime]:
    return [NOON + timedelta(hours=value) for value in values]


@pytest.mark.parametrize(
    ("every", "found"),
    [
        ("day", [(4, 0, 2), (5, 2, 2), (6, 2, 3)]),
        ("week", [(2, 0, 3)]),
        ("month", [(1, 0, 3)]),
    ],
)
def test_windows_are_those_of_the_calendar_and_gaps_show(every: str, found: list[tuple[int, int, int]]) -> None:
    windows = cut(hours(0, 1, 40), every, None, None)
    assert [(one.since.day, one.first, one.last) for one in windows] == found
    assert all(one.since.hour == 0 for one in windows)


def test_a_window_of_so_many_answers_ends_with_its_last() -> None:
    windows = cut(hours(0, 1, 2, 3, 40), "2", None, None)
    assert [(one.first, one.last) for one in windows] == [(0, 2), (2, 4), (4, 5)]
    assert windows[0].until == NOON + timedelta(hours=1, microseconds=1)


def test_all_together_is_one_window_with_the_bounds_that_were_asked_for() -> None:
    (one,) = cut(hours(0, 1), "all", NOON - timedelta(days=1), NOON + timedelta(days=1))
    assert (one.since, one.until, one.first, one.last) == (NOON - timedelta(days=1), NOON + timedelta(days=1), 0, 2)


def test_no_answers_and_too_many_windows_are_refused() -> None:
    with pytest.raises(NothingToMeasure, match="no prediction was logged"):
        cut([], "day", None, None)
    with pytest.raises(NothingToMeasure, match="at most 400"):
        cut(hours(0, 1000), "hour", None, None)
