"""The table of tests and the sizes at which chance stops looking like drift."""

import math

import numpy as np
import pytest
from scipy import stats
from scipy.spatial.distance import jensenshannon

from core.monitoring import methods
from core.records.dataset import ColumnKind

KS, JS = methods.METHODS


@pytest.mark.parametrize(
    ("kind", "key"),
    [
        (ColumnKind.INTEGER, "ks_distance"),
        (ColumnKind.NUMBER, "ks_distance"),
        (ColumnKind.TEXT, "jensenshannon"),
        (ColumnKind.BOOLEAN, "jensenshannon"),
    ],
)
def test_each_kind_has_one_test(kind, key):
    assert methods.method_for(kind).key == key


def test_dates_have_no_test():
    assert methods.method_for(ColumnKind.DATETIME) is None


@pytest.mark.parametrize("method", methods.METHODS, ids=lambda method: method.key)
def test_every_test_says_in_one_place_what_its_number_means(method):
    assert method.definition == methods.definition(method.key)
    assert method.definition.endswith(".")
    assert methods.title(method.key) == method.title
    assert not method.is_p_value


def test_with_many_rows_the_threshold_is_the_effect_that_matters():
    assert KS.threshold(5_000, 5_000, 0) == 0.1
    assert JS.threshold(5_000, 5_000, 13) == 0.1


def test_with_few_rows_the_threshold_is_what_chance_reaches_once_in_a_hundred():
    assert KS.threshold(200, 200, 0) == pytest.approx(1.6276236 * math.sqrt(2 / 200))
    assert JS.threshold(200, 200, 13) == pytest.approx(math.sqrt(stats.chi2.ppf(0.99, 12) / 800))
    assert methods.missing_noise(200, 200, 0.5) == pytest.approx(2.5758293 * 0.05)


@pytest.mark.parametrize(("rows_reference", "rows_current"), [(200, 200), (2_000, 200), (500, 500), (1_000, 1_000)])
def test_chance_alone_reaches_the_thresholds_in_few_of_400_draws(rows_reference, rows_current):
    rng = np.random.default_rng(7)
    shares = 1 / np.arange(1, 9)
    shares /= shares.sum()
    ks = js = 0
    for _ in range(400):
        left, right = rng.lognormal(size=rows_reference), rng.lognormal(size=rows_current)
        ks += stats.ks_2samp(left, right, method="asymp").statistic >= KS.threshold(rows_reference, rows_current, 0)
        counts = [rng.multinomial(rows, shares) / rows for rows in (rows_reference, rows_current)]
        js += jensenshannon(*counts) >= JS.threshold(rows_reference, rows_current, 8)
    assert ks <= 12
    assert js <= 12


def test_a_shift_of_0_3_standard_deviations_at_2000_rows_is_caught_in_at_least_95_of_100_draws():
    rng = np.random.default_rng(11)
    caught = 0
    for _ in range(200):
        left, right = rng.normal(size=2_000), rng.normal(0.3, size=2_000)
        caught += stats.ks_2samp(left, right, method="asymp").statistic >= KS.threshold(2_000, 2_000, 0)
    assert caught >= 190
