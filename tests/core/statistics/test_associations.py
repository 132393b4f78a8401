"""Measures of association on tables small enough to check by hand, and beside SciPy."""

import numpy as np
import pytest
from scipy import stats

from core.statistics import associations


def test_a_copy_explains_all_of_it_and_a_constant_nothing() -> None:
    target = np.array([0, 1, 2, 0, 1, 2] * 50)
    assert associations.explained(target, target) == pytest.approx(1.0, abs=0.01)
    assert associations.explained(target, np.zeros(300, np.int64)) == 0.0
    assert associations.explained(np.zeros(300, np.int64), target) == 0.0


def test_what_is_independent_explains_nothing_after_the_correction() -> None:
    random = np.random.default_rng(5)
    found = [associations.explained(random.integers(0, 2, 200), random.integers(0, 9, 200)) for _ in range(50)]
    assert np.mean(found) < 0.015


def test_cramers_v_is_one_for_a_copy_and_near_nothing_by_chance() -> None:
    first = np.array([0, 1] * 100)
    assert associations.cramers_v(first, first) == pytest.approx(1.0)
    assert associations.cramers_v(first, np.array([0, 0, 1, 1] * 50)) == 0.0
    assert associations.cramers_v(first, np.full(200, -1)) is None


def test_the_correlation_ratio_is_the_root_of_the_spread_between_categories() -> None:
    found = associations.correlation_ratio(np.array([0, 0, 1, 1]), np.array([1.0, 3.0, 5.0, 7.0]))
    assert found == pytest.approx(np.sqrt(16 / 20))
    assert associations.correlation_ratio(np.array([0, 1]), np.array([2.0, 2.0])) is None


def test_correlations_leave_out_rows_with_a_gap_pair_by_pair() -> None:
    random = np.random.default_rng(2)
    columns = random.normal(size=(60, 3))
    columns[:, 1] += columns[:, 0]
    columns[5:15, 1] = np.nan
    found = associations.correlations(columns)
    there = np.isfinite(columns[:, 1])
    assert found[0, 1] == pytest.approx(stats.pearsonr(columns[there, 0], columns[there, 1]).statistic)
    assert found[0, 2] == pytest.approx(stats.pearsonr(columns[:, 0], columns[:, 2]).statistic)
    assert np.isnan(associations.correlations(np.column_stack([columns[:, 0], np.ones(60)]))[0, 1])


def test_separation_is_the_area_under_the_curve_in_either_direction() -> None:
    scores = np.array([1.0, 2.0, 3.0, 4.0, np.nan])
    positive = np.array([False, False, True, True, True])
    assert associations.separation(positive, scores) == 1.0
    assert associations.separation(~positive, scores) == 1.0
    assert associations.separation(np.ones(5, bool), scores) == 0.5
