"""Which rows are held out."""

import numpy as np
import pandas as pd
import pytest

from core.errors import InvalidSpec
from core.records.project import Task
from core.records.training import Split, SplitKind
from core.training.splitting import folds, split
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


def stores(*sizes):
    return pd.Series([f"s{n}" for n, size in enumerate(sizes) for _ in range(size)], name="store")


def test_groups_stay_together_and_enough_rows_are_held_out():
    by = stores(10, 20, 5, 15, 50)
    split_by = Split(kind=SplitKind.GROUP, group_column="store", test_size=0.2)
    for seed in range(5):
        train, test = split(numbers(100), split_by, seed, None, by)
        assert not set(by[train]) & set(by[test])
        assert len(test) >= 20
        assert len(train) + len(test) == 100


@pytest.mark.parametrize(("groups", "said"), [(None, "needs a group column"), (stores(4), "has one group only")])
def test_groups_that_cannot_be_parted_are_refused(groups, said):
    with pytest.raises(InvalidSpec, match=said):
        split(numbers(4), Split(kind=SplitKind.GROUP, group_column="store"), 0, None, groups)


def test_a_gap_is_left_out_between_learning_and_testing():
    days = pd.Series(pd.date_range("2026-01-01", periods=10), name="day")
    train, test = split(numbers(10), BY_TIME.model_copy(update={"test_size": 0.2, "gap": "3d"}), 0, days)
    assert (train.tolist(), test.tolist()) == ([0, 1, 2, 3, 4], [8, 9])
    steps = pd.Series(np.arange(10.0), name="step")
    train, test = split(numbers(10), BY_TIME.model_copy(update={"test_size": 0.2, "gap": "2"}), 0, steps)
    assert (train.tolist(), test.tolist()) == ([0, 1, 2, 3, 4, 5], [8, 9])


@pytest.mark.parametrize(
    ("gap", "times", "said"),
    [
        ("soon", pd.Series(pd.date_range("2026-01-01", periods=4), name="day"), "'soon' must be a length such as 7d"),
        ("7d", pd.Series([1.0, 2.0, 3.0, 4.0], name="step"), "'7d' must be a number"),
        ("-1", pd.Series([1.0, 2.0, 3.0, 4.0], name="step"), "must not be negative"),
        ("99", pd.Series([1.0, 2.0, 3.0, 4.0], name="step"), "too few different moments in 'step' with a gap of 99"),
    ],
)
def test_gaps_that_make_no_sense_are_refused(gap, times, said):
    with pytest.raises(InvalidSpec, match=said):
        split(numbers(4), BY_TIME.model_copy(update={"gap": gap}), 0, times)


def test_random_folds_answer_every_row_once_with_the_shares_of_the_classes():
    answers = np.array(["a"] * 40 + ["b"] * 10)
    found = folds(answers, Split(kind=SplitKind.CV, folds=5), 5, 0, stratified=True)
    assert sorted(np.concatenate([fold.answered for fold in found])) == list(range(50))
    for fold in found:
        assert (answers[fold.answered] == "b").sum() == 2
        assert not set(fold.learned) & set(fold.answered)


def test_folds_by_groups_never_part_a_group():
    by = stores(5, 5, 5, 5, 5, 5)
    found = folds(np.arange(30.0), Split(kind=SplitKind.GROUP), 3, 0, None, by, stratified=False)
    assert sorted(np.concatenate([fold.answered for fold in found])) == list(range(30))
    assert not any(set(by[fold.learned]) & set(by[fold.answered]) for fold in found)


def test_folds_in_time_learn_from_the_past_only_and_keep_the_gap():
    steps = pd.Series(np.arange(12.0)[::-1], name="step")
    found = folds(np.arange(12.0), Split(kind=SplitKind.TIME, gap="1"), 3, 0, steps, stratified=False)
    assert [sorted(steps[fold.answered]) for fold in found] == [[3, 4, 5], [6, 7, 8], [9, 10, 11]]
    assert [sorted(steps[fold.learned]) for fold in found] == [[0, 1], [0, 1, 2, 3, 4], list(range(8))]


def test_folds_nest_within_the_rows_a_fold_is_learned_from():
    outer = folds(np.arange(30.0), Split(), 3, 0, stratified=False)
    for fold in outer:
        inner = folds(np.arange(30.0)[fold.learned], Split(), 2, 0, stratified=False)
        used = np.concatenate([fold.learned[one.answered] for one in inner])
        assert sorted(used) == fold.learned.tolist()


@pytest.mark.parametrize(
    ("answers", "spec", "times", "groups", "said"),
    [
        (np.array(["a"] * 9 + ["b"] * 2), Split(), None, None, "the rarest class has 2 training rows"),
        (np.arange(2.0), Split(), None, None, "there are 2 training rows"),
        (np.arange(4.0), Split(kind=SplitKind.GROUP), None, stores(2, 2), "have 2 groups, too few for 3 folds"),
        (np.arange(3.0), BY_TIME, pd.Series([1.0, 1.0, 2.0]), None, "have 2 moments, too few for 3 folds"),
    ],
)
def test_too_few_rows_for_the_folds_are_refused(answers, spec, times, groups, said):
    with pytest.raises(InvalidSpec, match=said):
        folds(answers, spec, 3, 0, times, groups, stratified=isinstance(answers[0], str))
