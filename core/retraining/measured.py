"""Measured performance beside that of the same version at training: by how much it fell, and in words."""

from core.records.metric import METRICS
from core.records.monitor import Performance


def fall(found: Performance) -> tuple[float, str]:
    """Return by how many percent a measured performance is worse than at training (negative: better), and that in
    words; both values must be there, and the one at training above or below zero."""
    assert found.value is not None, "measured"  # noqa: S101
    assert found.expected, "compared with something"  # noqa: S101
    metric = METRICS.get(found.metric)
    sign = 1 if metric is None or metric.higher_is_better else -1
    percent = sign * (found.expected - found.value) / abs(found.expected) * 100
    direction = "worse" if percent > 0 else "better"
    said = f"{found.metric} was {found.value:.4g} on {found.rows:,} rows, {found.expected:.4g} at training"
    return percent, f"{said}: {abs(percent):.1f}% {direction}"


def is_whole(found: Performance | None) -> bool:
    """Tell whether a performance was measured and can be compared."""
    return found is not None and found.value is not None and bool(found.expected)
