"""Answers out of the target column."""

import numpy as np
import pandas as pd
import pytest

from core.errors import InvalidSpec
from core.records.project import Task
from core.training.target import read_target


def read(values, task=Task.BINARY, positive=None, dtype=None):
    return read_target(pd.Series(values, name="y", dtype=dtype), task, positive)


@pytest.mark.parametrize(
    ("values", "classes"),
    [
        (["no", "yes", "no", "yes"], ("no", "yes")),
        ([0, 1, 0, 1], (0, 1)),
        ([0.0, 1.0, 0.0, 1.0, None], (0, 1)),
        ([True, False, True, False], (False, True)),
        (pd.Series([True, False, True, False, None], dtype=object), (False, True)),
    ],
)
def test_classes_keep_the_type_they_have_in_the_data(values, classes):
    found = read(values).classes
    assert found == classes
    assert [type(value) for value in found] == [type(value) for value in classes]


def test_rows_without_an_answer_are_left_out_and_counted():
    found = read(["a", None, "b", "a", None, "b"])
    assert found.dropped == 2
    assert found.rows.tolist() == [0, 2, 3, 5]
    assert found.values.tolist() == ["a", "b", "a", "b"]


@pytest.mark.parametrize(
    ("values", "positive", "index"),
    [
        (["no", "yes", "no", "yes"], "no", 0),
        (["no", "yes", "no", "yes"], None, 1),
        ([0, 1, 0, 1], "1", 1),
        ([0, 1, 0, 1], "1.0", 1),
        ([True, False, True, False], "true", 1),
        ([True, False, True, False], "False", 0),
    ],
)
def test_positive_class_is_found_by_its_text(values, positive, index):
    assert read(values, positive=positive).positive == index


def test_regression_keeps_the_numbers():
    found = read([1, 2.5, None], Task.REGRESSION)
    assert found.values.tolist() == [1.0, 2.5]
    assert (found.classes, found.positive) == ((), None)


@pytest.mark.parametrize(
    ("values", "task", "positive", "said"),
    [
        ([None, None], Task.BINARY, None, "is empty in every row"),
        (["a", "a", "a"], Task.BINARY, None, "is constant ('a')"),
        ([3.0, 3.0], Task.REGRESSION, None, "is constant (3)"),
        ([1.0, np.inf, 2.0], Task.REGRESSION, None, "is infinite in 1 rows"),
        ([1.0, -np.inf, 2.0], Task.BINARY, None, "is infinite in some rows"),
        (["1", "2"], Task.REGRESSION, None, "is not a number"),
        ([True, False], Task.REGRESSION, None, "is not a number"),
        ([0.5, 0.7, 0.5, 0.7], Task.BINARY, None, "holds fractions"),
        (["a", "b", "c"] * 2, Task.BINARY, None, "has 3 classes"),
        (["a", "b"] * 2, Task.MULTICLASS, None, "has two classes only"),
        (["a", "b", "a"], Task.BINARY, None, "the class 'b' of the target 'y' has one row only"),
        (list(range(300)) * 2, Task.MULTICLASS, None, "has 300 classes"),
        (
            ["no", "yes"] * 2,
            Task.BINARY,
            "maybe",
            "positive class 'maybe' is not in the target 'y', whose classes are 'no' and 'yes'",
        ),
        ([0, 1] * 2, Task.BINARY, "yes", "positive class 'yes' is not in the target"),
        (pd.to_datetime(["2026-01-01", "2026-01-02"]), Task.BINARY, None, "is a date"),
    ],
)
def test_targets_without_anything_to_learn_are_refused_in_words(values, task, positive, said):
    with pytest.raises(InvalidSpec) as caught:
        read(values, task, positive)
    assert said in str(caught.value)
