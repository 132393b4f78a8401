"""The shares that are drawn, counted by hand."""

import numpy as np
import pytest

from core.monitoring import histograms
from core.monitoring.histograms import MAX_BINS, OTHER


def test_few_numbers_get_a_bin_each():
    shares = histograms.of_numbers(np.array([1.0, 1.0, 2.0, 4.0]), np.array([2.0, 3.5]))
    assert shares.labels == ("1", "2", "3.5", "4")
    assert shares.edges == ()
    assert shares.reference == (0.5, 0.25, 0.0, 0.25)
    assert shares.current == (0.0, 0.5, 0.5, 0.0)


def test_many_numbers_get_at_most_twenty_ranges_that_hold_every_value_of_both_sides():
    rng = np.random.default_rng(0)
    shares = histograms.of_numbers(np.sort(rng.normal(size=500)), np.sort(rng.normal(9.0, size=300)))
    assert len(shares.labels) == len(shares.edges) - 1 <= MAX_BINS
    assert sum(shares.reference) == pytest.approx(1.0)
    assert sum(shares.current) == pytest.approx(1.0)
    assert shares.current[-1] > 0.99


def test_one_outlier_does_not_flatten_the_picture():
    values = np.append(np.linspace(0.0, 1.0, 999), 1e9)
    assert max(histograms.of_numbers(values, values).reference) < 0.1


def test_a_constant_reference_still_shows_where_the_values_went():
    shares = histograms.of_numbers(np.full(50, 3.0), np.linspace(3.0, 9.0, 50))
    assert sum(shares.reference) == pytest.approx(1.0)
    assert sum(1 for share in shares.current if share) > 10


def test_categories_are_ordered_by_the_reference_with_the_rest_last():
    shares = histograms.of_categories({"b": 2, OTHER: 3, "a": 1}, {"a": 1, "new": 1})
    assert shares.labels == ("b", "a", "new", OTHER)
    assert shares.reference == pytest.approx((2 / 6, 1 / 6, 0.0, 3 / 6))
    assert shares.current == (0.0, 0.5, 0.5, 0.0)


def test_beyond_the_twelve_largest_categories_of_both_sides_the_rest_is_one():
    left = {f"c{index:02d}": 40 - index for index in range(20)}
    capped, _ = histograms.capped(left, left)
    assert len(capped) == 13
    assert capped[OTHER] == sum(40 - index for index in range(12, 20))


def test_thirteen_categories_stay_as_they_are():
    left = {f"c{index}": 1 for index in range(13)}
    assert histograms.capped(left, {})[0] == left


def test_new_categories_come_with_their_share():
    assert histograms.only_in({"a": 1, "x": 2, "y": 1}, {"a": 1}) == (("x", 0.5), ("y", 0.25))


def test_distinct_values_are_told_while_there_are_few():
    assert histograms.distinct(np.array([1.0, 1.0, 2.0]), 2).tolist() == [1.0, 2.0]
    assert histograms.distinct(np.array([1.0, 2.0, 3.0]), 2) is None


def test_quantiles_are_those_of_numpy():
    values = np.arange(101.0)
    assert histograms.quantiles(values) == (1.0, 5.0, 25.0, 50.0, 75.0, 95.0, 99.0)
    assert histograms.quantiles(np.array([])) == ()
