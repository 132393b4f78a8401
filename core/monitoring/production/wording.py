"""A window of served answers as the figures that rules watch and the sentence that people read."""

from datetime import datetime

from core.records.metric import METRICS
from core.records.monitor import Performance
from core.records.performance import Band, MetricFigure, ProductionWindow
from core.records.project import Project

TENTH = 0.1
"""How much worse counts as a drop where the figure at training has no interval."""


def performance(project: Project, window: ProductionWindow) -> Performance:
    """Return the project's metric of a window beside what it was at training."""
    figure = window.metric(project.metric) or MetricFigure(name=project.metric)
    return Performance(
        metric=project.metric,
        value=figure.value,
        expected=figure.expected,
        interval=figure.expected_band,
        rows=window.labelled,
        version=max(window.versions, default=0),
        dropped=_is_drop(figure),
        note=window.reason,
        worth=window.worth,
        worth_expected=window.worth_expected,
    )


def _is_drop(figure: MetricFigure) -> bool | None:
    """Tell whether a figure is worse than at training: its whole interval, beyond that of training."""
    if figure.value is None or figure.expected is None:
        return None
    low, high = figure.band or (figure.value, figure.value)
    margin = TENTH * abs(figure.expected)
    expected_low, expected_high = figure.expected_band or (figure.expected - margin, figure.expected + margin)
    return high < expected_low if METRICS[figure.name].higher_is_better else low > expected_high


def figures(window: ProductionWindow) -> dict[str, float]:
    """Return the numbers of a window by name: metrics, ``estimated.`` metrics, and the coverage of labels."""
    found: dict[str, float] = {"predictions": float(window.predictions), "labelled": float(window.labelled)}
    if window.coverage is not None:
        found["coverage"] = window.coverage
    if window.worth is not None:
        found["worth"] = window.worth
    for one in window.metrics:
        if one.value is not None:
            found[one.name] = one.value
        if one.estimated is not None:
            found[f"estimated.{one.name}"] = one.estimated
    return found


def summary(project: Project, window: ProductionWindow) -> str:
    """Return what is known of a window, in one sentence or two."""
    title = METRICS[project.metric].title
    figure = window.metric(project.metric) or MetricFigure(name=project.metric)
    parts = []
    if figure.value is not None:
        of = f"{window.labelled:,} labelled of {window.predictions:,} answers{', provisional' * window.provisional}"
        parts.append(f"{title} {figure.value:.3f}{_between(figure.band)} on {of}.")
    elif window.reason:
        parts.append(window.reason)
    else:
        parts.append(f"{title} is not defined for the {window.labelled:,} labelled answers.")
    if figure.estimated is not None:
        parts.append(f"Estimated without labels: {figure.estimated:.3f}{_between(figure.estimated_band)}.")
    if window.foreign:
        parts.append(f"{window.foreign:,} labels are none of the model's classes and were left out.")
    return " ".join(parts)


def _between(band: Band | None) -> str:
    return f" ({band[0]:.3f} to {band[1]:.3f})" if band else ""


def label(since: datetime, until: datetime) -> str:
    """Return what a window is called."""
    return f"answers served, {since:%Y-%m-%d %H:%M} to {until:%Y-%m-%d %H:%M} UTC"
