"""Where a stream of numbers changes its mean: adaptive windowing (ADWIN).

Bifet and Gavaldà, *Learning from Time-Changing Data with Adaptive Windowing* (SDM 2007), as the library river computes
it: a window grows while its older and its younger part have the same mean, and a change is noticed when, for some cut,
chance explains their gap with a probability below ``DELTA``. Where it began is the cut that explains most (Hinkley,
*Inference About the Change-Point in a Sequence of Random Variables*, 1970); the window starts anew from there.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

DELTA = 0.002
"""How often, at most, a cut of an unchanged stream is taken for a change; river's and the authors' value."""

LEAST = 5
"""Values a side of a cut has at least."""

Numbers = np.ndarray[Any, Any]


@dataclass(frozen=True)
class Change:
    """A change: the place from which on the mean is another, where that was noticed, and the means before and after."""

    at: int
    noticed: int
    before: float
    after: float


def changes(values: Numbers, delta: float = DELTA) -> list[Change]:
    """Return the changes of the mean of numbers from 0 to 1, in their order."""
    from river.drift import ADWIN

    found: list[Change] = []
    start = place = 0
    detector = ADWIN(delta=delta)  # type: ignore[no-untyped-call]
    while place < len(values):
        detector.update(float(values[place]))  # type: ignore[no-untyped-call]
        if detector.drift_detected and place + 1 - start >= 2 * LEAST:
            at = start + cut(values[start : place + 1])
            before, after = values[start:at], values[at : place + 1]
            found.append(Change(at, place, float(before.mean()), float(after.mean())))
            start, detector = at, ADWIN(delta=delta)  # type: ignore[no-untyped-call]
            for value in after.tolist():
                detector.update(value)  # type: ignore[no-untyped-call]
        place += 1
    return found


def cut(values: Numbers) -> int:
    """Return the place that parts values, at least ``2 * LEAST``, into two parts whose means are furthest apart for
    their sizes."""
    sizes = np.arange(1, len(values))
    sums = np.cumsum(values, dtype=np.float64)
    left, right = sums[:-1] / sizes, (sums[-1] - sums[:-1]) / (len(values) - sizes)
    apart = (left - right) ** 2 * sizes * (len(values) - sizes)
    inside = slice(LEAST - 1, len(values) - LEAST)
    return LEAST + int(np.argmax(apart[inside]))
