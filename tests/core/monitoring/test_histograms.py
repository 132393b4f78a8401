"""The shares that are drawn, counted by hand."""

import numpy as np
import pandas as pd
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
    shares = histograms.of_numbers(rng.normal(size=500), rng.normal(9.0, size=300))
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
    left = pd.Series(["b", "b", OTHER, OTHER, OTHER, "a"], dtype=object)
    shares = histograms.of_categories(left, pd.Series(["a", "new"], dtype=object))
    assert shares.labels == ("b", "a", "new", OTHER)
    assert shares.reference == pytest.approx((2 / 6, 1 / 6, 0.0, 3 / 6))
    assert shares.current == (0.0, 0.5, 0.5, 0.0)


def test_beyond_the_twelve_largest_categories_of_both_sides_the_rest_is_one():
    left = pd.Series([f"c{index:02d}" for index in range(20) for _ in range(40 - index)], dtype=object)
    capped, _ = histograms.cap_categories(left, left)
    assert capped.nunique() == 13
    assert (capped == OTHER).sum() == sum(40 - index for index in range(12, 20))


def test_thirteen_categories_stay_as_they_are():
    left = pd.Series([f"c{index}" for index in range(13)], dtype=object)
    assert histograms.cap_categories(left, left)[0] is left


def test_new_categories_come_with_their_share():
    found = histograms.new_categories(pd.Series(["a"], dtype=object), pd.Series(["a", "x", "x", "y"], dtype=object))
    assert found == [("x", 0.5), ("y", 0.25)]
