"""Quantiles of latency from counts by class."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence

from core.records.traffic import LATENCY_S, ServingTally


def summed(tallies: Iterable[ServingTally]) -> list[int]:
    """Return how many answers there were of each class of :data:`LATENCY_S`, and beyond the last."""
    total = [0] * (len(LATENCY_S) + 1)
    for tally in tallies:
        total = [before + more for before, more in zip(total, tally.buckets, strict=True)]
    return total


def quantile(buckets: Sequence[int], share: float) -> float | None:
    """Return the time within which ``share`` of the answers came, in seconds, linear within its class; None of none.

    Of answers beyond the last bound only that is known.
    """
    wanted, below = share * sum(buckets), 0
    if not sum(buckets):
        return None
    for place, count in enumerate(buckets[:-1]):
        if below + count >= wanted:
            start = LATENCY_S[place - 1] if place else 0.0
            return start + (LATENCY_S[place] - start) * ((wanted - below) / count if count else 0.0)
        below += count
    return LATENCY_S[-1]


def bound(seconds: float) -> float:
    """Return the smallest bound of a class that is not below ``seconds``."""
    return LATENCY_S[min(bisect_left(LATENCY_S, seconds), len(LATENCY_S) - 1)]


def slower(buckets: Sequence[int], seconds: float | None) -> int:
    """Count the answers slower than the bound ``seconds``."""
    return 0 if seconds is None else sum(buckets[bisect_right(LATENCY_S, seconds) :])
