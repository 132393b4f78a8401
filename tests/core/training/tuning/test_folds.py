"""Folds follow the split of the base, so that nothing of what is scored leaks into what is learned from."""

import numpy as np
import pandas as pd
import pytest

from core.errors import InvalidStudy
from core.records.project import Task
from core.records.study import StudySpec
from core.records.training import Split, SplitKind
from core.training.target import Target, read_target
from core.training.tuning.folds import plan
from tests.builders import SPACE, training_spec

ROWS = 60


def target(rows: int = ROWS) -> Target:
    return read_target(pd.Series(["Yes", "No", "No"] * (rows // 3)), Task.BINARY, "Yes")


def spec(split: Split, folds: int = 3) -> StudySpec:
    return StudySpec(base=training_spec(split=split), space=SPACE, trials=1, folds=folds)


def test_whole_groups_are_scored_and_none_is_on_both_sides():
    groups = pd.Series(np.arange(ROWS) // 5, name="customer")
    split = Split(kind=SplitKind.GROUP, group_column="customer")
    found = plan(target(), np.arange(ROWS), spec(split), groups=groups)
    sides = [(set(groups[fold.learned]), set(groups[fold.answered])) for fold in found]
    assert all(not learned & answered for learned, answered in sides)
    assert set.union(*(answered for _, answered in sides)) == set(groups)


def test_time_goes_forward_and_the_gap_is_left_out():
    times = pd.Series(pd.date_range("2026-01-01", periods=ROWS), name="day")
    split = Split(kind=SplitKind.TIME, time_column="day", gap="3d")
    for fold in plan(target(), np.arange(ROWS), spec(split), times=times):
        assert times[fold.answered].min() - times[fold.learned].max() > pd.Timedelta("3d")


@pytest.mark.parametrize("kind", [SplitKind.HOLDOUT, SplitKind.CV])
def test_random_folds_have_the_shares_of_the_classes(kind: SplitKind):
    answers = target().values
    for fold in plan(target(), np.arange(ROWS), spec(Split(kind=kind, folds=5))):
        assert (answers[fold.answered] == "Yes").mean() == pytest.approx(1 / 3, abs=0.04)


def test_too_few_groups_or_a_class_that_comes_late_are_refused_in_words():
    groups = pd.Series([0] * 30 + [1] * 30, name="customer")
    split = Split(kind=SplitKind.GROUP, group_column="customer")
    with pytest.raises(InvalidStudy, match="2 groups, too few for 3 folds"):
        plan(target(), np.arange(ROWS), spec(split), groups=groups)
    late = read_target(pd.Series(["No"] * 30 + ["Yes", "No"] * 15), Task.BINARY, "Yes")
    times = pd.Series(range(ROWS), name="day")
    with pytest.raises(InvalidStudy, match="fold 1 learns from have none of the class 'Yes'"):
        plan(late, np.arange(ROWS), spec(Split(kind=SplitKind.TIME, time_column="day")), times=times)
