"""PSI and KS against scipy and against values worked out by hand."""

import math

import numpy as np
import pytest
from scipy import stats

from core.statistics import distances


def test_psi_of_three_income_bands_is_the_sum_worked_out_by_hand() -> None:
    """.40/.30/.30 becomes .35/.25/.40: .0066766 + .0091161 + .0287682."""
    found = distances.psi(np.array([0.40, 0.30, 0.30]), np.array([0.35, 0.25, 0.40]))
    assert found == pytest.approx(0.006676569631226143 + 0.009116077839697728 + 0.1 * math.log(4 / 3), abs=1e-12)


def test_a_share_of_zero_counts_as_one_in_ten_thousand() -> None:
    found = distances.psi(np.array([1.0, 0.0]), np.array([0.5, 0.5]))
    assert found == pytest.approx(-0.5 * math.log(0.5) + (0.5 - 1e-4) * math.log(0.5 / 1e-4), abs=1e-12)


def test_bins_lie_between_the_quantiles_of_the_reference_and_their_ends_are_open() -> None:
    edges = distances.quantile_edges(np.arange(101.0))
    assert edges.tolist() == pytest.approx([-math.inf, 10, 20, 30, 40, 50, 60, 70, 80, 90, math.inf])
    assert distances.shares(np.array([-5.0, 9.0, 10.0, 1e9]), edges).tolist() == [0.5, 0.25, *[0] * 7, 0.25]


@pytest.mark.parametrize("rows", [1, 2, 3, 10, 997])
def test_quantiles_are_those_of_numpy_bit_for_bit(rows: int) -> None:
    values = np.sort(np.random.default_rng(rows).normal(size=rows) * 1e3)
    at = np.linspace(0, 1, 11)
    assert distances.quantiles(values, at).tolist() == np.quantile(values, at).tolist()


def test_equal_quantiles_are_one_edge_and_a_constant_is_one_bin() -> None:
    assert distances.quantile_edges(np.array([3.0] * 50)).tolist() == [-math.inf, math.inf]
    assert distances.quantile_edges(np.array([0.0] * 95 + [1.0] * 5)).tolist() == [-math.inf, math.inf]
    edges = distances.quantile_edges(np.array([0.0] * 50 + list(range(1, 51))))
    assert len(edges) == len(set(edges.tolist()))


@pytest.mark.parametrize("sizes", [(1, 1), (7, 300), (2000, 1000)])
def test_ks_is_scipys_statistic_ties_included(sizes: tuple[int, int]) -> None:
    draw = np.random.default_rng(3)
    old, new = np.round(draw.normal(size=sizes[0]), 1), np.round(draw.normal(0.3, size=sizes[1]), 1)
    assert distances.ks(np.sort(old), np.sort(new)) == pytest.approx(stats.ks_2samp(old, new).statistic, abs=1e-12)


@pytest.mark.parametrize(("rows", "lost", "got"), [(300, 0, 0), (300, 20, 0), (300, 0, 45), (300, 30, 30), (50, 50, 9)])
def test_ks_of_a_change_is_that_of_both_samples_whole(rows: int, lost: int, got: int) -> None:
    draw = np.random.default_rng(rows + lost + got)
    old, come = np.round(draw.normal(size=rows), 1), np.round(draw.normal(1, size=got), 1)
    gone, kept = old[:lost], old[lost:]
    found = distances.ks_of_change(np.sort(old), np.sort(gone), np.sort(come))
    whole = stats.ks_2samp(old, np.concatenate([kept, come])).statistic
    assert found == pytest.approx(whole, abs=1e-12)


def test_a_shift_of_a_standard_deviation_gives_what_theory_says() -> None:
    draw = np.random.default_rng(0)
    old, new = draw.normal(size=200_000), draw.normal(1, size=200_000)
    assert distances.ks(np.sort(old), np.sort(new)) == pytest.approx(2 * stats.norm.cdf(0.5) - 1, abs=0.005)


def test_two_samples_of_one_distribution_have_the_psi_that_chance_gives() -> None:
    draw = np.random.default_rng(5)
    found = []
    for _ in range(300):
        old, new = np.sort(draw.normal(size=1000)), np.sort(draw.normal(size=500))
        edges = distances.quantile_edges(old)
        found.append(distances.psi(distances.shares(old, edges), distances.shares(new, edges)))
    assert np.mean(found) == pytest.approx(distances.psi_by_chance(10, 1000, 500), rel=0.15)
