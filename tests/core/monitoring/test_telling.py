"""Associations of features with the target, against scipy and against truths that were made."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from core.monitoring import telling
from core.records.dataset import ColumnKind

ROWS = 1_000


def shifts(reference, current, kind, target, *, is_class=False):
    goals = telling.targets(pd.Series(target[0]), pd.Series(target[1]), is_class=is_class)
    sides = pd.Series(reference), pd.Series(current)
    features = {("x", goal.name): telling.feature("x", kind, *sides, goal.reference) for goal in goals}
    usual = telling.known(features, goals)
    return telling.shifts(features, goals, usual, np.arange(len(current)), least=200, significance_=0.05)


def test_it_is_spearmans_correlation_on_rows_where_both_are_there():
    rng = np.random.default_rng(0)
    one, other = rng.normal(size=50), rng.normal(size=50)
    one[3] = other[7] = np.nan
    there = np.isfinite(one) & np.isfinite(other)
    found, rows = telling.spearman(one, other)
    assert (found, rows) == (pytest.approx(stats.spearmanr(one[there], other[there]).statistic, abs=1e-12), 48)
    assert telling.spearman(np.ones(50), other) == (None, 49)


def test_a_number_that_turns_its_sign_has_shifted_and_one_that_only_moves_has_not():
    rng = np.random.default_rng(1)
    x, noise = rng.normal(size=ROWS), rng.normal(size=ROWS)
    (turned,) = shifts(x, x, ColumnKind.NUMBER, (x + noise, noise - x))
    assert turned.shifted
    assert turned.reference == pytest.approx(-turned.current, abs=0.1)
    (moved,) = shifts(x, x + 100, ColumnKind.NUMBER, (x + noise, 10 * x + 10 * noise))
    assert not moved.shifted


def test_categories_that_change_places_have_shifted_though_they_tell_as_much():
    rng = np.random.default_rng(2)
    plan = rng.choice(["a", "b", "c"], ROWS)
    worth = pd.Series(plan).map({"a": 0, "b": 1, "c": 3}).to_numpy()
    swapped = pd.Series(plan).map({"a": 3, "b": 1, "c": 0}).to_numpy()
    noise = rng.normal(size=ROWS)
    (found,) = shifts(plan, plan, ColumnKind.TEXT, (worth + noise, swapped + noise))
    assert found.shifted
    assert found.current < -0.5 < 0.5 < found.reference
    (same,) = shifts(plan, plan, ColumnKind.TEXT, (worth + noise, worth + noise[::-1]))
    assert not same.shifted


def test_many_categories_that_tell_nothing_seem_to_tell_nothing():
    rng = np.random.default_rng(3)
    names = rng.integers(0, 100, ROWS).astype(str)
    (found,) = shifts(names, names, ColumnKind.TEXT, (rng.normal(size=ROWS), rng.normal(size=ROWS)))
    assert abs(found.reference) < 0.1
    assert not found.shifted


def test_of_three_classes_the_one_that_shifted_is_told():
    rng = np.random.default_rng(4)
    x = rng.normal(size=ROWS)
    old = np.where(x > 0.5, "red", np.where(rng.random(ROWS) < 0.5, "blue", "green"))
    new = np.where(x < -0.5, "red", np.where(rng.random(ROWS) < 0.5, "blue", "green"))
    (found,) = shifts(x, x, ColumnKind.NUMBER, (old, new), is_class=True)
    assert found.shifted
    assert found.current < 0 < found.reference or found.reference < 0 < found.current


def test_clean_resamples_shift_hardly_ever():
    rng = np.random.default_rng(5)
    wrong = 0
    for _ in range(100):
        x, noise = rng.normal(size=(2, 300)), rng.normal(size=(2, 300))
        (found,) = shifts(x[0], x[1], ColumnKind.NUMBER, (x[0] + noise[0], x[1] + noise[1]))
        wrong += found.shifted
    assert wrong <= 5
