"""Slices, groups, dependence and curves, on answers small enough to count."""

import numpy as np
import pandas as pd
import pytest

from core.records.project import Task
from core.training import curves, fairness, slices, trainer
from core.training.measures import Outcome
from tests.core.training.tables import BINARY, COLUMNS, MULTICLASS, REGRESSION, customers, spec

TABLE = customers()


def binary(actual, answered, score=None):
    actual, answered = np.array(actual), np.array(answered)
    positive = answered.astype(float) if score is None else np.array(score)
    return Outcome(Task.BINARY, actual, answered, np.column_stack([1 - positive, positive]), 1)


def numbers(actual, answered):
    return Outcome(
        Task.REGRESSION, np.array(actual, float), np.array(answered, float), np.empty((len(actual), 0)), None
    )


def test_the_slice_that_fails_is_found_with_its_count_and_interval():
    region = np.repeat(["north", "south"], [160, 40])
    wrong = np.where(region == "south", np.arange(200) % 2, np.arange(200) % 20 == 0)
    outcome = binary(np.zeros(200, int), wrong.astype(int))
    (south,) = slices.worst(pd.DataFrame({"region": region}), outcome)
    assert (south.feature, south.value, south.rows) == ("region", "south", 40)
    assert (south.error, south.others) == (0.5, 0.05)
    assert south.interval[0] < 0.5 < south.interval[1]
    assert south.p_value < 0.001


def test_slices_too_small_to_judge_are_left_out_and_missing_values_are_one():
    value = pd.Series([np.nan] * 40 + list(range(160)))
    outcome = numbers(np.zeros(200), np.where(value.isna(), 3.0, 0.5))
    found = slices.worst(pd.DataFrame({"x": value, "rare": ["a"] * 10 + ["b"] * 190}), outcome)
    assert [(one.feature, one.value, one.error) for one in found] == [("x", "missing", 3.0)]


def test_the_worst_of_many_harmless_slices_is_no_finding():
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({f"c{n}": rng.integers(0, 4, 400).astype(str) for n in range(20)})
    outcome = binary(np.zeros(400, int), (rng.random(400) < 0.3).astype(int))
    found = slices.worst(frame, outcome)
    assert sum(not one.second_feature for one in found) == slices.SHOWN
    assert min(one.p_value for one in found) > 0.05


def test_two_features_that_fail_only_together_are_found_as_a_pair():
    rows = np.arange(400)
    region, plan = np.where(rows % 2, "south", "north"), np.where(rows < 200, "plus", "basic")
    together = (region == "south") & (plan == "plus")
    wrong = np.where(together, rows % 4 == 1, rows % 20 == 0).astype(int)
    frame = pd.DataFrame({"region": region, "plan": plan})
    pairs = [one for one in slices.worst(frame, binary(np.zeros(400, int), wrong)) if one.second_feature]
    assert [one.title for one in pairs] == ["region is south and plan is plus"]
    (pair,) = pairs
    assert (pair.rows, pair.error, pair.others) == (100, 0.5, 20 / 300)
    alone = slices._welch(wrong[together].astype(float), wrong[~together].astype(float))
    assert pair.p_value == pytest.approx(slices.FAMILIES * 4 * alone)


def test_sums_give_the_same_test_as_the_rows_themselves():
    rng = np.random.default_rng(3)
    errors, mask = rng.exponential(2.0, 300), rng.random(300) < 0.3
    inside = errors[mask]
    found = slices._welch_by_sums(*(np.array([f]) for f in (mask.sum(), inside.sum(), (inside**2).sum())), errors)
    assert found[0] == pytest.approx(slices._welch(inside, errors[~mask]), rel=1e-9)


def test_holm_raises_small_p_values_most():
    assert slices._holm([0.01, 0.04, 0.03]) == pytest.approx([0.03, 0.06, 0.06])
    assert slices._holm([0.001, 0.002], looked=10) == pytest.approx([0.01, 0.018])


def test_groups_are_compared_by_what_happens_to_them():
    sex = pd.Series(["f"] * 4 + ["m"] * 4)
    outcome = binary([1, 1, 0, 0, 1, 1, 0, 0], [1, 0, 0, 0, 1, 1, 1, 0])
    found = {one.group: one for one in fairness.groups(pd.DataFrame({"sex": sex}), outcome)}
    assert found["f"].figures == {
        "selection_rate": 0.25,
        "true_positive_rate": 0.5,
        "false_positive_rate": 0.0,
        "precision": 1.0,
        "accuracy": 0.75,
    }
    assert found["m"].figures["false_positive_rate"] == 0.5
    apart = fairness.differences(tuple(found.values()), "sex", least=1)
    assert (apart["selection_rate"], apart["true_positive_rate"]) == (0.5, 0.5)
    assert fairness.differences(tuple(found.values()), "sex") == {}


def test_a_figure_a_group_does_not_define_is_left_out():
    outcome = binary([0, 0, 1], [0, 0, 1])
    (none, one) = fairness.groups(pd.DataFrame({"g": ["a", "a", "b"]}), outcome)
    assert "true_positive_rate" not in none.figures
    assert "false_positive_rate" not in one.figures
    assert fairness.groups(pd.DataFrame({"g": ["a", "a"]}), numbers([1, 3], [2, 2]))[0].figures == {
        "mae": 1.0,
        "bias": 0.0,
    }


def test_named_groups_need_not_be_features_and_change_nothing():
    plain = trainer.train(TABLE, COLUMNS, spec())
    found = trainer.train(TABLE, COLUMNS, spec(fairness=("tier",)))
    assert {one.group for one in found.evaluation.fairness} == {"gold", "silver", "basic"}
    assert sum(one.rows for one in found.evaluation.fairness) == 48
    assert found.evaluation.metrics == plain.evaluation.metrics


@pytest.mark.parametrize("task", [BINARY, MULTICLASS, REGRESSION], ids=lambda task: task["task"])
def test_dependence_follows_the_risk_the_table_was_made_with(task):
    estimator = "ridge" if task is REGRESSION else "logistic_regression"
    found = {
        one.feature: one
        for one in trainer.train(TABLE, COLUMNS, spec(**task, estimator=estimator)).evaluation.dependence
    }
    tenure = found["tenure"]
    assert len(tenure.values) == 12
    assert all(len(line) == 12 for line in tenure.lines)
    assert len(tenure.lines) == (3 if task is MULTICLASS else 1)
    if task is not MULTICLASS:
        assert tenure.lines[0][0] > tenure.lines[0][-1]
    assert set(found["contract"].values) == {"monthly", "yearly", "long"}


def test_gain_and_calibration_by_hand():
    outcome = binary([1, 0, 1, 0], [1, 1, 0, 0], [0.9, 0.8, 0.3, 0.1])
    assert curves.gain(outcome) == ((0.0, 0.0), (0.25, 0.5), (0.5, 0.5), (0.75, 1.0), (1.0, 1.0))
    found = curves.calibration(outcome)
    assert sum(rows for _, _, rows in found) == 4
    assert curves.calibration(binary([1, 0], [1, 1], [0.7, 0.7])) == ((0.7, 0.5, 2),)


def test_residuals_are_counted_in_full_and_set_beside_the_normal():
    counted, compared = curves.residuals(numbers(np.random.default_rng(0).normal(0, 2, 5000), np.zeros(5000)))
    assert sum(rows for _, _, rows in counted) == 5000
    assert max(abs(x - y) for x, y in compared) < 0.25
