import math

import numpy as np
import pytest

from core.statistics.sequential import Sample, gap, numbers, proportion


def test_the_interval_is_the_one_of_the_paper() -> None:
    found = gap(Sample(100, 0.2, 0.16), Sample(100, 0.5, 0.25), alpha=0.05, tightest_at=200)
    rho2 = (-2 * math.log(0.05) + math.log(-2 * math.log(0.05)) + 1) / 200
    inner = 200 * rho2 + 1
    variance = 200 * (0.16 / 100 + 0.25 / 100)
    radius = math.sqrt(2 * inner / (200**2 * rho2) * math.log(math.sqrt(inner) / 0.05) * variance)
    assert found.difference == pytest.approx(0.3)
    assert found.low == pytest.approx(0.3 - radius)
    assert found.high == pytest.approx(0.3 + radius)
    assert found.low > 0
    assert found.p < 0.05


def test_the_p_value_reaches_alpha_exactly_where_the_interval_touches_zero() -> None:
    first = Sample(400, 0.0, 0.2)
    radius = gap(first, Sample(300, 0.0, 0.2), alpha=0.05, tightest_at=200).high
    assert gap(first, Sample(300, radius, 0.2), alpha=0.05, tightest_at=200).p == pytest.approx(0.05)


@pytest.mark.parametrize(("first", "second"), [((0, 0), (5, 10)), ((5, 10), (0, 0))])
def test_nothing_is_known_of_a_side_without_rows(first: tuple[int, int], second: tuple[int, int]) -> None:
    found = gap(proportion(*first), proportion(*second), alpha=0.05, tightest_at=200)
    assert (found.low, found.high, found.p) == (-math.inf, math.inf, 1.0)


def test_a_side_without_a_miss_is_not_certain() -> None:
    assert proportion(0, 10).variance == pytest.approx(1 / 12 * 11 / 12)
    assert gap(proportion(0, 10), proportion(1, 10), alpha=0.05, tightest_at=200).low < 0


def test_numbers_have_the_sample_variance() -> None:
    values = [1.0, 2.0, 4.0]
    found = numbers(3, sum(values), sum(value * value for value in values))
    assert found.mean == pytest.approx(7 / 3)
    assert found.variance == pytest.approx(np.var(values, ddof=1))
    assert numbers(1, 2.0, 4.0).variance == 0.0


def test_looking_after_every_answer_finds_no_difference_where_there_is_none() -> None:
    """Of 300 tests of equal sides, each looked at 40 times, a t-test would be wrong in about a third."""
    draw = np.random.default_rng(0)
    wrong = 0
    for _ in range(300):
        sides = draw.random((2, 2000)) < 0.1
        hits = sides.cumsum(axis=1)
        looks = range(49, 2000, 50)
        found = [
            gap(proportion(int(hits[0, at]), at + 1), proportion(int(hits[1, at]), at + 1), alpha=0.05, tightest_at=200)
            for at in looks
        ]
        wrong += any(one.low > 0 or one.high < 0 for one in found)
    assert wrong <= 15


def test_a_real_difference_is_found_in_time() -> None:
    draw = np.random.default_rng(1)
    found = 0
    for _ in range(50):
        first, second = (draw.random(800) < 0.1).sum(), (draw.random(800) < 0.2).sum()
        found += gap(proportion(int(first), 800), proportion(int(second), 800), alpha=0.05, tightest_at=200).low > 0
    assert found >= 45
