"""The distribution of the Kolmogorov-Smirnov distance of many rows, in microseconds.

Below ``FAR`` the expansion of Pelz and Good, *Approximating the Lower Tail-areas of the Kolmogorov-Smirnov One-sample
Statistic* (1976); above, twice the one-sided probability in the expansion of Lauwerier (1963). With at least ``ENOUGH``
rows both agree with ``scipy.stats.kstwo.sf``, which sums up every row, to 1e-10.
"""

import math

ENOUGH = 20_000
FAR = 2.2
"""The number of rows times the squared distance from which both sides of the distance exclude each other."""

TERMS = 12


def survival(distance: float, rows: float) -> float:
    """Return how often chance alone gives a distance of at least ``distance`` with ``rows``, at least ``ENOUGH``."""
    z = math.sqrt(rows) * distance
    if z * z >= FAR:
        return _above(z, rows)
    return 1.0 - _below(z, rows) if z > 0.1 else 1.0


def _above(z: float, rows: float) -> float:
    root, square = math.sqrt(rows), z * z
    terms = (
        1.0,
        -2 * z / (3 * root),
        2 * square / (3 * rows) * (1 - 2 * square / 3),
        4 * z / (9 * rows * root) * (1 / 5 - 19 * square / 15 + 2 * square * square / 3),
    )
    return min(max(2 * math.exp(-2 * square) * math.fsum(terms), 0.0), 1.0)


def _below(z: float, rows: float) -> float:
    import numpy as np

    half = (np.pi * (np.arange(TERMS) + 0.5)) ** 2
    whole = (np.pi * np.arange(1, TERMS)) ** 2
    falls, drops = np.exp(-half / (2 * z * z)), np.exp(-whole / (2 * z * z))
    z2, z4, z6 = z**2, z**4, z**6
    first = 2 * np.sum(falls) / z
    second = 2 * np.sum((half - z2) * falls) / (6 * z4)
    third = 2 * np.sum((6 * z6 + 2 * z4 + (2 * z4 - 5 * z2) * half + (1 - 2 * z2) * half**2) * falls) / (72 * z**7)
    third -= 2 * np.sum(whole * drops) / (36 * z**3)
    inner = (5 - 30 * z2) * half**3 + (212 * z4 - 60 * z2) * half**2 + (135 * z4 - 96 * z6) * half - 30 * z6 - 90 * z**8
    fourth = 2 * np.sum(inner * falls) / (6480 * z**10)
    fourth += 2 * np.sum((3 * z2 * whole - whole**2) * drops) / (216 * z6)
    root = math.sqrt(rows)
    total = first + second / root + third / rows + fourth / (rows * root)
    return float(np.clip(math.sqrt(math.pi / 2) * total, 0.0, 1.0))
