"""Which rows are held out."""

import numpy as np
import pandas as pd
import pytest

from core.errors import InvalidSpec
from core.records.project import Task
from core.records.training import Split, SplitKind
from core.training.splitting import split
from core.training.target import read_target

BY_TIME = Split(kind=SplitKind.TIME, test_size=0.25, time_column="day")


def classes(values):
    return read_target(pd.Series(values, name="y"), Task.BINARY, None)


def numbers(rows):
    return read_target(pd.Series(np.arange(rows, dtype=float), name="y"), Task.REGRESSION, None)


def test_holdout_keeps_the_shares_of_the_classes():
    target = classes(["a"] * 80 + ["b"] * 20)
    train, test = split(target, Split(test_size=0.25), 0, None)
    assert (len(train), len(test)) == (75, 25)
    assert (target.values[test] == "b").sum() == 5
    assert sorted([*train, *test]) == list(range(100))


def test_the_same_seed_gives_the_same_rows_and_another_seed_others():
    first, again, other = (split(numbers(100), Split(), seed, None)[1].tolist() for seed in (1, 1, 2))
    assert first == again != other


def test_time_split_tests_on_the_latest_rows_and_parts_no_moment():
    days = pd.Series(pd.to_datetime(["2026-01-03", "2026-01-01", "2026-01-02", "2026-01-03"]), name="day")
    train, test = split(numbers(4), BY_TIME, 0, days)
    assert train.tolist() == [1, 2]
    assert test.tolist() == [0, 3]


def test_time_can_be_a_number():
    train, test = split(numbers(4), BY_TIME, 0, pd.Series([4.0, 3.0, 2.0, 1.0], name="day"))
    assert (train.tolist(), test.tolist()) == ([1, 2, 3], [0])


@pytest.mark.parametrize(
    ("times", "said"),
    [
        (None, "needs a time column"),
        (pd.Series(["a", "b", "c", "d"], name="day"), "is text"),
        (pd.Series([1.0, None, 2.0, None], name="day"), "is empty in 2 rows"),
        (pd.Series([5, 5, 5, 5], name="day"), "too few different moments"),
    ],
)
def test_time_columns_without_an_order_are_refused(times, said):
    with pytest.raises(InvalidSpec, match=said):
        split(numbers(4), BY_TIME, 0, times)


def test_class_that_appears_only_in_the_latest_rows_is_refused():
    with pytest.raises(InvalidSpec, match="the class 'b' occurs only in the held-out rows"):
        split(
            classes(["a", "a", "a", "a", "b", "b"]),
            BY_TIME.model_copy(update={"test_size": 0.4}),
            0,
            pd.Series(range(6)),
        )


def test_too_few_rows_are_refused():
    with pytest.raises(InvalidSpec, match="4 rows with an answer are too few"):
        split(classes(["a", "b", "a", "b"]), Split(test_size=0.1), 0, None)
