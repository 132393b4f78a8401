"""Evidently's numbers against scipy's on the same samples."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from scipy.spatial.distance import jensenshannon

from core.monitoring import methods
from core.monitoring.evidently_tests import statistic

KS, JS = methods.METHODS


def test_the_distance_of_two_tiny_samples_is_the_largest_gap_of_their_steps():
    left, right = pd.Series([1.0, 2.0, 3.0, 4.0]), pd.Series([3.0, 4.0, 5.0, 6.0])
    assert statistic(KS, 0.1, left, right) == 0.5


def test_numbers_equal_scipys():
    rng = np.random.default_rng(3)
    left, right = pd.Series(rng.normal(size=700)), pd.Series(rng.normal(0.4, 2.0, size=450))
    assert statistic(KS, 0.1, left, right) == pytest.approx(stats.ks_2samp(left, right).statistic, abs=1e-12)


def test_categories_equal_scipys():
    left, right = pd.Series(["a"] * 60 + ["b"] * 40, dtype=object), pd.Series(["a"] * 30 + ["c"] * 70, dtype=object)
    expected = jensenshannon([0.6, 0.4, 0.0], [0.3, 0.0, 0.7])
    assert statistic(JS, 0.1, left, right) == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize("shares", [(7, 3), (1, 1, 1), (1, 2, 7), (3, 3, 3, 1)])
def test_equal_shares_are_no_distance_apart(shares):
    values = pd.Series([f"c{index}" for index, count in enumerate(shares) for _ in range(count)], dtype=object)
    assert statistic(JS, 0.1, values, pd.concat([values] * 3, ignore_index=True)) == pytest.approx(0.0, abs=1e-7)


def test_a_constant_column_that_stays_is_no_distance_apart_and_one_that_moves_is_all_apart():
    left = pd.Series([5.0] * 10)
    assert statistic(KS, 0.1, left, pd.Series([5.0] * 4)) == 0.0
    assert statistic(KS, 0.1, left, pd.Series([5.1] * 4)) == 1.0
