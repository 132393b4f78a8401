"""Differences of two means that may be looked at after every answer: time-uniform confidence sequences.

An ordinary test that is looked at again and again finds a difference sooner or later, whether there is one or not. The
sequence here holds at all times at once, so that one may stop whenever one likes (asymptotically: with estimated
variances, hence the minimum sample). It is the asymptotic confidence sequence of Waudby-Smith, Arbour, Sinha, Kennedy
and Ramdas, "Time-uniform central limit theory and asymptotic confidence sequences", Annals of Statistics 52(6), 2024,
theorem 2.2: Robbins' normal mixture, tightest at a chosen sample size by their equation for rho. Its p-value is that of
the mixture sequential probability ratio test (Johari, Koomen, Pekelis and Walsh, "Always Valid Inference", Operations
Research 70(3), 2022).
"""

import math
from dataclasses import dataclass


@dataclass(frozen=True)
class Sample:
    """What is known of one side: how many, their mean, and the variance of one of them."""

    rows: int
    mean: float
    variance: float


@dataclass(frozen=True)
class Gap:
    """Second side minus first side, where it lies at all times with the confidence asked for, and the p-value."""

    difference: float
    low: float
    high: float
    p: float


def proportion(hits: int, rows: int) -> Sample:
    """Return the sample of a share; its variance counts one hit and one miss more, so that 0 of 10 is not certain."""
    smooth = (hits + 1) / (rows + 2)
    return Sample(rows, hits / rows if rows else 0.0, smooth * (1 - smooth))


def numbers(rows: int, total: float, squares: float) -> Sample:
    """Return the sample of numbers whose sum and sum of squares are given."""
    if rows < 2:
        return Sample(rows, total / rows if rows else 0.0, 0.0)
    mean = total / rows
    return Sample(rows, mean, max(0.0, (squares - rows * mean * mean) / (rows - 1)))


def gap(first: Sample, second: Sample, *, alpha: float, tightest_at: int) -> Gap:
    """Compare two sides.

    Args:
        first: what is compared with.
        second: what is compared.
        alpha: how often, at most, the sequence ever leaves out the true difference.
        tightest_at: the rows of both sides together at which it is tightest; to be chosen before looking.

    Returns:
        The gap; without a row on either side, or without any spread, everything is possible.
    """
    difference = second.mean - first.mean
    if not first.rows or not second.rows:
        return Gap(difference, -math.inf, math.inf, 1.0)
    rows = first.rows + second.rows
    variance = rows * (first.variance / first.rows + second.variance / second.rows)
    if variance <= 0:
        return Gap(difference, -math.inf, math.inf, 1.0)
    rho2 = (-2 * math.log(alpha) + math.log(-2 * math.log(alpha)) + 1) / tightest_at
    inner = rows * rho2 + 1
    radius = math.sqrt(variance * 2 * inner / (rows * rows * rho2) * math.log(math.sqrt(inner) / alpha))
    exponent = difference * difference * rows * rows * rho2 / (2 * variance * inner)
    p = min(1.0, math.sqrt(inner) * math.exp(-exponent))
    return Gap(difference, difference - radius, difference + radius, p)
