"""What can be told of a column in one pass with bounded memory: different values, moments of a distribution, a sample.

Distinct values are counted by the K minimum values of their hashes (Bar-Yossef et al. 2002): exact below K, within
about one percent above.
"""

import math
from typing import Any

import numpy as np
import numpy.typing as npt

K = 1 << 13
SAMPLE = 200_000
SAMPLE_CELLS = 16_000_000
SEED = 20_260_302

Hashes = npt.NDArray[np.uint64]


class Distinct:
    """Counts different values by their 64-bit hashes."""

    def __init__(self) -> None:
        self._least: Hashes = np.empty(0, np.uint64)

    @property
    def is_exact(self) -> bool:
        """Whether all different values are known."""
        return len(self._least) < K

    def add(self, hashes: Hashes) -> None:
        """Take the hashes of the next values."""
        import pandas as pd

        fresh = hashes if self.is_exact else hashes[hashes < self._least[-1]]
        if len(fresh):
            self._least = different(np.concatenate([self._least, pd.unique(fresh)]))[:K]

    @property
    def count(self) -> int:
        """How many different values there were."""
        if self.is_exact:
            return len(self._least)
        return round((K - 1) / (float(self._least[-1]) / 2.0**64))


def different(values: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Return the different values in order; for numbers this is faster than NumPy's own, which hashes."""
    ordered = np.sort(values)
    return ordered[np.concatenate([[True], ordered[1:] != ordered[:-1]])] if len(ordered) else ordered


class Moments:
    """Count, extremes, mean and spread of numbers that come in parts (Chan, Golub and LeVeque 1979).

    ``is_rising`` tells whether each number was larger than the one before.
    """

    def __init__(self) -> None:
        self.count = 0
        self.low: Any = None
        self.high: Any = None
        self.is_rising = True
        self._mean = self._squares = 0.0

    def add(self, numbers: npt.NDArray[Any]) -> None:
        """Take the next numbers, none missing."""
        if not len(numbers):
            return
        self._rise(numbers)
        low, high = numbers.min(), numbers.max()
        self.low = low if self.low is None else min(self.low, low)
        self.high = high if self.high is None else max(self.high, high)
        with np.errstate(over="ignore", invalid="ignore"):
            mean = float(numbers.mean(dtype=np.float64))
            squares = float(np.square(numbers - mean).sum())
            count, apart = self.count + len(numbers), mean - self._mean
            self._squares += squares + apart * apart * self.count * len(numbers) / count
            self._mean += apart * len(numbers) / count
        self.count = count

    def _rise(self, numbers: npt.NDArray[Any]) -> None:
        if self.is_rising:
            follows = self.high is None or numbers[0] > self.high
            self.is_rising = bool(follows and (numbers[1:] > numbers[:-1]).all())

    @property
    def mean(self) -> float | None:
        """The mean; None when it is beyond a float."""
        return self._mean if math.isfinite(self._mean) else None

    @property
    def std(self) -> float | None:
        """The sample standard deviation; None of one number, or beyond a float."""
        if self.count < 2 or not math.isfinite(self._squares):
            return None
        return math.sqrt(self._squares / (self.count - 1))


def hashed(numbers: npt.NDArray[Any]) -> Hashes:
    """Return a well-mixed hash of each 8-byte number (the finaliser of SplitMix64); equal numbers have equal ones."""
    mixed = (numbers + 0.0 if numbers.dtype == np.float64 else numbers.astype(np.int64)).view(np.uint64)
    for shift, factor in ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB)):
        mixed ^= mixed >> np.uint64(shift)
        mixed *= np.uint64(factor)
    mixed ^= mixed >> np.uint64(31)
    found: Hashes = mixed
    return found


def places(rows: int, columns: int) -> npt.NDArray[np.int64]:
    """Return the places of a sample of rows, in order: all of a small table, the same for all columns."""
    wanted = max(min(SAMPLE, SAMPLE_CELLS // max(columns, 1)), 1_000)
    if rows <= wanted:
        return np.arange(rows)
    return np.unique(np.random.default_rng(SEED).integers(0, rows, wanted))
