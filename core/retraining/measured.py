"""Measured and estimated performance beside that of the same version at training: by how much it fell, and in words."""

from core.records.metric import METRICS
from core.records.monitor import Performance, ReportOutline


def fall(found: Performance) -> tuple[float, str]:
    """Return by how many percent a performance is worse than at training (negative: better), and that in words; both
    values must be there, and the one at training above or below zero."""
    assert found.value is not None, "measured"  # noqa: S101
    assert found.expected, "compared with something"  # noqa: S101
    metric = METRICS.get(found.metric)
    sign = 1 if metric is None or metric.higher_is_better else -1
    percent = sign * (found.expected - found.value) / abs(found.expected) * 100
    direction = "worse" if percent > 0 else "better"
    said = f"{found.metric} was {found.value:.4g} on {found.rows:,} rows, {found.expected:.4g} at training"
    return percent, f"{said}: {abs(percent):.1f}% {direction}"


def measured(report: ReportOutline) -> Performance | None:
    """Return the performance of a report, None when it was not measured, cannot be compared, or has too few labels to
    be final."""
    found = report.performance
    if found is None or found.value is None or not found.expected:
        return None
    return None if report.production is not None and report.production.provisional else found


def estimate(report: ReportOutline) -> Performance | None:
    """Return the performance a report estimates without labels as if it were measured: of the project's metric, or of
    the first one that can be estimated; None when none can."""
    window, known = report.production, report.performance
    if window is None or known is None:
        return None
    figures = sorted(window.metrics, key=lambda one: one.name != known.metric)
    found = next((one for one in figures if one.estimated is not None and one.expected), None)
    if found is None:
        return None
    told = {"metric": found.name, "value": found.estimated, "expected": found.expected, "rows": window.predictions}
    return known.model_copy(update={**told, "interval": found.expected_band})
