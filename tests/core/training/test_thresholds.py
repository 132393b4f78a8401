"""The threshold by rule, on scores small enough to check by hand."""

import numpy as np
import pytest

from core.records.project import CostMatrix
from core.records.training import Threshold, ThresholdRule
from core.training.thresholds import choose, counts

TRUTH = np.array([True, True, False, True, False, False])
SCORE = np.array([0.9, 0.8, 0.7, 0.4, 0.4, 0.1])


def rule(kind, value=0.5, costs=None):
    return choose(Threshold(rule=kind, value=value, costs=costs), TRUTH, SCORE)


def test_a_fixed_threshold_is_the_one_given():
    assert rule(ThresholdRule.FIXED, 0.3).value == 0.3


def test_the_highest_f1_is_found_among_all_scores():
    # from 0.9 on: 2*1/(3+1); 0.8: 4/5; 0.7: 4/6; 0.4: 6/8; 0.1: 6/9
    assert rule(ThresholdRule.MAX_F1).value == 0.8
    assert "F1 is highest (0.800) on out-of-fold" in rule(ThresholdRule.MAX_F1).reason


def test_costs_decide_where_missing_a_positive_is_dear():
    costs = CostMatrix(true_positive=10, false_positive=-1, false_negative=-10)
    # 0.8: 20 - 10 = 10; 0.4: 30 - 2 = 28; 0.1: 30 - 3 = 27
    chosen = rule(ThresholdRule.MIN_COST, costs=costs)
    assert (chosen.value, "28" in chosen.reason) == (0.4, True)
    assert rule(ThresholdRule.MIN_COST, costs=CostMatrix(false_positive=-100)).value == 0.9


def test_a_recall_is_reached_as_high_as_possible():
    assert rule(ThresholdRule.TARGET_RECALL, 0.6).value == 0.8
    assert rule(ThresholdRule.TARGET_RECALL, 0.9).value == 0.4


def test_a_precision_is_reached_as_low_as_possible_and_told_when_out_of_reach():
    assert rule(ThresholdRule.TARGET_PRECISION, 0.6).value == 0.4
    assert rule(ThresholdRule.TARGET_PRECISION, 0.99).value == 0.8
    missed = choose(
        Threshold(rule=ThresholdRule.TARGET_PRECISION, value=0.9), np.array([False, True]), np.array([0.9, 0.2])
    )
    assert missed.value == 0.2
    assert missed.warning == "No threshold reaches a precision of 90%; the best reaches 50.0%."


@pytest.mark.parametrize(("mark", "expected"), [(0.0, (3, 3, 0, 0)), (0.4, (3, 2, 1, 0)), (0.8, (2, 0, 3, 1))])
def test_counts_at_a_threshold_include_the_score_itself(mark, expected):
    found = {entry[0]: entry[1:] for entry in counts(TRUTH, SCORE)}
    assert found[mark] == expected
    assert len(found) == 101
