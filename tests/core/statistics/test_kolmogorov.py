"""The distribution of the Kolmogorov-Smirnov distance beside scipy's."""

from itertools import pairwise

import numpy as np
import pytest
from scipy import stats

from core.statistics.kolmogorov import ENOUGH, survival


@pytest.mark.parametrize("rows", [ENOUGH, 60_000, 2_000_000])
def test_it_is_scipys_to_ten_digits(rows):
    for z in (0.05, 0.2, 0.5, 0.9, 1.2, 1.45, 1.48):
        assert survival(z / rows**0.5, rows) == pytest.approx(stats.kstwo.sf(z / rows**0.5, rows), abs=1e-10)


def test_so_is_the_far_end_where_scipy_sums_up_every_row():
    for z in (1.5, 2.0, 3.0, 6.0):
        assert survival(z / ENOUGH**0.5, ENOUGH) == pytest.approx(stats.kstwo.sf(z / ENOUGH**0.5, ENOUGH), abs=1e-10)
    assert survival(0.9, 10**6) == 0.0
    assert survival(0.0, 10**6) == 1.0
    falls = [survival(x, 10**6) for x in np.linspace(0, 0.01, 200)]
    assert all(one >= other for one, other in pairwise(falls))
