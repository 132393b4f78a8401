"""How long a running job will still take."""

from collections.abc import Sequence
from statistics import median

LATE = 1.5
"""A job that runs this many times longer than its like says more by its own progress than they do."""

TELLING = 0.1
"""A fraction below this says nothing yet."""


def remaining(elapsed_s: float, fraction: float, earlier_s: Sequence[float]) -> float | None:
    """Return the seconds still to go, or None when nothing is known.

    Earlier jobs of the same kind tell at the beginning, the job's own progress the more the further it is.

    Args:
        elapsed_s: how long it runs.
        fraction: how far it says it is, in 0..1.
        earlier_s: how long jobs like it took.
    """
    by_progress = elapsed_s * (1 - fraction) / fraction if fraction >= TELLING else None
    typical = median(earlier_s) if earlier_s else None
    if typical is None or elapsed_s > LATE * typical:
        return by_progress
    by_likeness = max(typical - elapsed_s, 0.0)
    if by_progress is None:
        return by_likeness
    return fraction * by_progress + (1 - fraction) * by_likeness
