"""Distances of sorted samples against scipy on 200 generated pairs, with ties, outliers and constants among them."""

import math

import numpy as np
import pytest
from scipy import stats
from scipy.spatial.distance import jensenshannon

from core.statistics import distances


def pair(seed: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    sizes = rng.integers(1, 2_000, 2)
    sizes[1] = sizes[0] if seed % 5 == 0 else sizes[1]
    draw = [
        lambda size: rng.normal(rng.normal(), rng.uniform(0.1, 5), size),
        lambda size: rng.poisson(rng.integers(1, 8), size).astype(float),
        lambda size: np.append(rng.normal(size=size), 1e9),
        lambda size: np.full(size, float(rng.integers(2))),
    ][seed % 4]
    return np.sort(draw(sizes[0])), np.sort(draw(sizes[1]))


def test_both_distances_are_scipys_on_200_pairs() -> None:
    for seed in range(200):
        old, new = pair(seed)
        apart, moved = distances.gaps(old, new)
        assert apart == pytest.approx(stats.ks_2samp(old, new, method="asymp").statistic, abs=1e-12), seed
        assert moved == pytest.approx(stats.wasserstein_distance(old, new), rel=1e-9, abs=1e-9), seed


def test_bins_of_equal_width_are_numpys() -> None:
    for seed in range(0, 40, 4):
        old, new = pair(seed)
        both = np.concatenate([old, new])
        edges = distances.width_edges(old, new)
        assert edges == pytest.approx(np.histogram_bin_edges(both, bins="sturges"))
        assert distances.counts_between(old, edges).tolist() == np.histogram(old, edges)[0].tolist()


def test_the_jensen_shannon_distance_is_scipys_and_at_most_the_root_of_ln_2() -> None:
    rng = np.random.default_rng(1)
    for size in (2, 5, 30):
        first, second = rng.dirichlet(np.ones(size)), rng.dirichlet(np.ones(size))
        assert distances.jensen_shannon(first, second) == pytest.approx(jensenshannon(first, second), abs=1e-12)
    apart = distances.jensen_shannon(np.array([1.0, 0.0]), np.array([0.0, 1.0]))
    assert apart == pytest.approx(math.sqrt(math.log(2)))
    assert distances.jensen_shannon(np.array([0.3, 0.7]), np.array([0.3, 0.7])) == 0.0


@pytest.mark.parametrize("shift", [0.1, 0.25, 0.5])
def test_a_normal_shift_is_as_far_as_its_closed_form_says(shift: float) -> None:
    at = (np.arange(100_000) + 0.5) / 100_000
    old = stats.norm.ppf(at)
    apart, moved = distances.gaps(old, old + shift)
    assert apart == pytest.approx(2 * stats.norm.cdf(shift / 2) - 1, abs=1e-4)
    assert moved == pytest.approx(shift, abs=1e-9)


def test_an_empty_share_is_raised_as_evidently_does() -> None:
    assert distances.width_psi(np.array([0.5, 0.5]), np.array([1.0, 0.0])) == pytest.approx(
        (0.5 - 1) * math.log(0.5) + (0.5 - 1e-4) * math.log(0.5 / 1e-4)
    )
    tiny = np.array([1 - 5e-5, 5e-5, 0.0])
    assert distances.width_psi(tiny, tiny[[0, 2, 1]]) == pytest.approx(2 * (5e-5 - 5e-11) * math.log(1e6))
