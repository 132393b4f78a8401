"""Worked examples with known answers: by hand, in closed form, and from the tests of other tools."""

import math

import numpy as np
import pytest
from scipy import stats

from core.statistics import distances, significance


def test_goodness_of_fit_is_that_of_evidentlys_own_test():
    reference, current = np.array([16.0, 18, 16, 14, 12, 12]), np.array([16.0, 16, 16, 16, 16, 8])
    assert significance.goodness_of_fit(reference, current) == pytest.approx(0.67309, abs=1e-5)
    assert significance.goodness_of_fit(2 * reference, current) == pytest.approx(0.67309, abs=1e-5), "doubled"


def test_the_two_sample_test_on_the_same_counts_moves_when_the_reference_doubles():
    reference, current = np.array([16.0, 18, 16, 14, 12, 12]), np.array([16.0, 16, 16, 16, 16, 8])
    assert significance.chi_square(reference, current) == pytest.approx(0.8985262394026607, abs=1e-12)
    assert significance.chi_square(2 * reference, current) == pytest.approx(0.8300727186738517, abs=1e-12)


def test_one_category_gone_and_one_new_is_a_half_to_the_base_of_two():
    apart = distances.jensen_shannon(np.array([0.75, 0.25, 0.0]), np.array([0.75, 0.0, 0.25]))
    assert apart / math.sqrt(math.log(2)) == pytest.approx(0.5, abs=1e-12)


def test_three_bands_of_income_sum_up_to_what_is_worked_out_by_hand():
    terms = [0.05 * math.log(0.4 / 0.35), 0.05 * math.log(0.3 / 0.25), 0.1 * math.log(0.4 / 0.3)]
    assert distances.psi(np.array([0.4, 0.3, 0.3]), np.array([0.35, 0.25, 0.4])) == pytest.approx(sum(terms), abs=1e-12)
    assert sum(terms) == pytest.approx(0.04456085471610198, abs=1e-12)


@pytest.mark.parametrize("shift", [0.1, 0.25, 0.5])
def test_a_normal_that_moves_has_the_distances_of_its_closed_form(shift):
    quantiles = stats.norm.ppf((np.arange(100_000) + 0.5) / 100_000)
    old, new = quantiles, quantiles + shift
    edges = distances.quantile_edges(old)
    assert distances.ks(old, new) == pytest.approx(2 * stats.norm.cdf(shift / 2) - 1, abs=1e-4)
    assert distances.psi(distances.shares(old, edges), distances.shares(new, edges)) == pytest.approx(
        shift**2, rel=0.06
    )
    assert distances.gaps(old, new)[1] == pytest.approx(shift, abs=1e-12)


@pytest.mark.parametrize(("rows", "mean", "above"), [(100, 0.18, 0.85), (500, 0.036, 0.01), (2_000, 0.009, 0.0)])
def test_samples_of_one_distribution_have_the_psi_of_chance(rows, mean, above):
    rng = np.random.default_rng(rows)
    found = []
    for _ in range(300):
        old, new = np.sort(rng.normal(size=(2, rows)))
        edges = distances.quantile_edges(old)
        found.append(distances.psi(distances.shares(old, edges), distances.shares(new, edges)))
    assert distances.psi_by_chance(10, rows, rows) == pytest.approx(mean, abs=1e-12)
    assert np.mean(found) == pytest.approx(mean, rel=0.15)
    assert np.mean(np.array(found) > 0.1) == pytest.approx(above, abs=0.06)
