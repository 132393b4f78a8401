"""p-values against scipy, and their adjustment against values worked out by hand."""

import numpy as np
import pytest
from scipy import stats

from core.statistics import distances, significance


@pytest.mark.parametrize("sizes", [(30, 40), (900, 1_100), (11_000, 400), (12_000, 15_000)])
def test_the_kolmogorov_smirnov_p_value_is_scipys(sizes: tuple[int, int]) -> None:
    rng = np.random.default_rng(sizes[0])
    old, new = np.sort(rng.normal(size=sizes[0])), np.sort(rng.normal(0.05, size=sizes[1]))
    found = significance.ks(distances.gaps(old, new)[0], old, new)
    assert found == pytest.approx(stats.ks_2samp(old, new).pvalue, abs=1e-12)


def test_counts_of_two_samples_are_compared_by_pearsons_test() -> None:
    old, new = np.array([30.0, 70.0, 0.0]), np.array([45.0, 55.0, 0.0])
    expected = stats.chi2_contingency(np.array([[30, 70], [45, 55]]), correction=False).pvalue
    assert significance.chi_square(old, new) == pytest.approx(expected, abs=1e-12)
    assert significance.chi_square(np.array([10.0]), np.array([7.0])) == 1.0


def test_goodness_of_fit_is_scipys_and_knows_nothing_of_the_references_size() -> None:
    assert significance.goodness_of_fit(np.array([40.0, 60.0]), np.array([50.0, 50.0])) == pytest.approx(
        stats.chisquare([50, 50], [40, 60]).pvalue, abs=1e-12
    )
    once = significance.goodness_of_fit(np.array([4.0, 3.0]), np.array([3.0, 4.0]))
    assert significance.goodness_of_fit(np.array([8.0, 6.0]), np.array([3.0, 4.0])) == pytest.approx(once, abs=1e-12)
    assert significance.goodness_of_fit(np.array([5.0, 0.0]), np.array([5.0, 1.0])) == 0.0
    assert significance.goodness_of_fit(np.array([5.0]), np.array([5.0])) == 1.0


def test_two_shares_are_compared_by_the_pooled_z_test() -> None:
    assert significance.proportions(0.2, 500, 0.3, 400) == pytest.approx(
        stats.chi2_contingency(np.array([[100, 400], [120, 280]]), correction=False).pvalue, abs=1e-12
    )
    assert significance.proportions(0.0, 10, 0.0, 20) == 1.0


def test_many_looks_are_adjusted_as_worked_out_by_hand() -> None:
    values = [0.01, 0.04, 0.03, 0.005]
    assert significance.holm(values) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert significance.false_discovery(values) == pytest.approx([0.02, 0.04, 0.04, 0.02])
    assert significance.holm([0.9, 0.8]) == [1.0, 1.0]
    assert significance.false_discovery([]) == significance.holm([]) == []


@pytest.mark.parametrize("seed", range(5))
def test_the_false_discovery_rate_is_scipys(seed: int) -> None:
    values = np.random.default_rng(seed).uniform(size=40) ** 3
    assert significance.false_discovery(values.tolist()) == pytest.approx(stats.false_discovery_control(values))
