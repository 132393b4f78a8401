"""How served answers did: measured and estimated on one chart, coverage of labels, delays, and the scoring API."""

from collections.abc import Sequence
from typing import Any

import plotly.graph_objects as go

from core.charts.template import PALETTES, Figure, Palette, Theme, axis, figure, text
from core.records.metric import METRICS
from core.records.model import Deployment
from core.records.monitor import ReportOutline
from core.records.performance import Band, DayOfLabels, MetricFigure, SystemPoint

Point = tuple[Any, float | None, Band | None]


def over_time(windows: Sequence[ReportOutline], metric: str, deployments: Sequence[Deployment], theme: Theme) -> Figure:
    """Draw a metric window by window: measured as a line with its interval (hollow while provisional), estimated
    dashed, what training promised dotted, and a mark for each promotion."""
    palette = PALETTES[theme]
    figures = [(one, _figure(one, metric)) for one in windows]
    measured = [(one.moment, found.value, found.band) for one, found in figures]
    estimated = [(one.moment, found.estimated, found.estimated_band) for one, found in figures]
    traces = [
        *_banded("Estimated, without labels", estimated, palette.categories[3], "dash", 0.10),
        *_banded("Measured, by labels", measured, palette.accent, "solid", 0.16),
        _marks(figures, palette),
        _promised(figures, palette),
    ]
    shown = [trace for trace in traces if any(value is not None for value in trace.y or ())]
    shapes, notes = _promotions(windows, deployments, palette)
    title = METRICS[metric].title if metric in METRICS else metric
    ticks = axis(palette, text(title))
    return figure(
        shown,
        theme,
        340,
        legend=True,
        shapes=shapes,
        annotations=notes,
        xaxis=axis(palette, showgrid=False),
        yaxis=ticks,
    )


def _figure(report: ReportOutline, metric: str) -> MetricFigure:
    found = report.production.metric(metric) if report.production else None
    return found or MetricFigure(name=metric)


def _banded(name: str, points: Sequence[Point], colour: str, dash: str, opacity: float) -> list[go.Scatter]:
    """Return the lines of a figure and its interval; both break where there is no value."""
    x = [at for at, _, _ in points]
    low = [band[0] if band else None for _, _, band in points]
    high = [band[1] if band else None for _, _, band in points]
    bound = {"x": x, "mode": "lines", "line": {"width": 0, "color": colour}, "showlegend": False, "hoverinfo": "skip"}
    return [
        go.Scatter(y=low, connectgaps=False, **bound),
        go.Scatter(y=high, connectgaps=False, fill="tonexty", fillcolor=_faint(colour, opacity), **bound),
        go.Scatter(
            x=x,
            y=[value for _, value, _ in points],
            name=name,
            mode="lines+markers",
            line={"color": colour, "width": 2, "dash": dash},
            marker={"size": 5, "color": colour},
            customdata=[f"{band[0]:.3f} to {band[1]:.3f}" if band else "no interval" for _, _, band in points],
            hovertemplate="%{x|%Y-%m-%d %H:%M}<br><b>%{y:.4f}</b> (%{customdata})<extra>" + name + "</extra>",
        ),
    ]


def _faint(colour: str, opacity: float) -> str:
    red, green, blue = (int(colour[place : place + 2], 16) for place in (1, 3, 5))
    return f"rgba({red},{green},{blue},{opacity})"


def _marks(figures: Sequence[tuple[ReportOutline, MetricFigure]], palette: Palette) -> go.Scatter:
    """Return hollow marks over the measured figures that are provisional still."""
    loose = [
        (one.moment, found.value, one.production.coverage or 0.0)
        for one, found in figures
        if one.production is not None and one.production.provisional and found.value is not None
    ]
    return go.Scatter(
        x=[at for at, _, _ in loose],
        y=[value for _, value, _ in loose],
        customdata=[share for _, _, share in loose],
        name="Provisional",
        mode="markers",
        marker={"size": 9, "color": palette.surface, "line": {"width": 2, "color": palette.warn}},
        hovertemplate="%{x|%Y-%m-%d %H:%M}<br><b>%{y:.4f}</b>, %{customdata:.0%} labelled<extra>Provisional</extra>",
    )


def _promised(figures: Sequence[tuple[ReportOutline, MetricFigure]], palette: Palette) -> go.Scatter:
    return go.Scatter(
        x=[one.moment for one, _ in figures],
        y=[found.expected for _, found in figures],
        name="At training",
        mode="lines",
        line={"color": palette.neutral, "width": 1.5, "dash": "dot", "shape": "hv"},
        hovertemplate="<b>%{y:.4f}</b><extra>At training</extra>",
    )


def _promotions(
    windows: Sequence[ReportOutline], deployments: Sequence[Deployment], palette: Palette
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    if not windows:
        return [], []
    first, last = windows[0].moment, windows[-1].until or windows[-1].moment
    inside = [one for one in deployments if first <= one.since <= last]
    line = {"color": palette.good, "width": 1, "dash": "dot"}
    shapes = [
        {"type": "line", "xref": "x", "yref": "paper", "x0": one.since, "x1": one.since, "y0": 0, "y1": 1, "line": line}
        for one in inside
    ]
    font = {"size": 10, "color": palette.good}
    look = {"yref": "paper", "y": 1, "yanchor": "bottom", "showarrow": False, "font": font, "xanchor": "left"}
    return shapes, [{"x": one.since, "text": f"v{one.version}", **look} for one in inside]


def coverage(days: Sequence[DayOfLabels], theme: Theme) -> Figure:
    """Draw how many answers of each day have a label, and how many wait for one."""
    palette = PALETTES[theme]
    x = [one.day for one in days]
    bars = [
        _bars(x, [one.labelled for one in days], "With a label", palette.good),
        _bars(x, [one.predictions - one.labelled for one in days], "Without", palette.neutral),
    ]
    return figure(
        bars,
        theme,
        220,
        legend=True,
        barmode="stack",
        xaxis=axis(palette, showgrid=False),
        yaxis=axis(palette, "answers"),
    )


def _bars(x: Sequence[Any], y: Sequence[float], name: str, colour: str) -> go.Bar:
    hover = "%{x|%Y-%m-%d}<br><b>%{y:,}</b><extra>" + name + "</extra>"
    return go.Bar(x=x, y=y, name=name, marker={"color": colour}, hovertemplate=hover)


def delays(found: Sequence[tuple[float | None, int]], theme: Theme) -> Figure:
    """Draw how long after the answer labels were observed."""
    palette = PALETTES[theme]
    names, before = [], ""
    for bound, _ in found:
        names.append(f"to {_span(bound)}" if bound is not None else f"over {before}")
        before = _span(bound) if bound is not None else before
    bars = go.Bar(
        x=names,
        y=[count for _, count in found],
        marker={"color": palette.accent},
        hovertemplate="%{x}<br><b>%{y:,}</b> labels<extra></extra>",
    )
    return figure(
        [bars], theme, 220, xaxis=axis(palette, showgrid=False, type="category"), yaxis=axis(palette, "labels")
    )


def _span(hours: float) -> str:
    return f"{hours:g} h" if hours < 48 else f"{hours / 24:g} d"


def latency(points: Sequence[SystemPoint], theme: Theme) -> Figure:
    """Draw quantiles of latency over time."""
    palette = PALETTES[theme]
    lines = [
        go.Scatter(
            x=[one.at for one in points],
            y=[getattr(one, f"{name}_ms") for one in points],
            name=name,
            mode="lines+markers",
            marker={"size": 3},
            line={"width": 1.6, "color": colour},
            hovertemplate="%{x|%Y-%m-%d %H:%M}<br><b>%{y:.2f} ms</b><extra>" + name + "</extra>",
        )
        for name, colour in zip(("p50", "p95", "p99"), (palette.good, palette.accent, palette.warn), strict=True)
    ]
    ticks = axis(palette, "ms", rangemode="tozero")
    return figure(lines, theme, 220, legend=True, xaxis=axis(palette, showgrid=False), yaxis=ticks)


def usage(points: Sequence[SystemPoint], theme: Theme) -> Figure:
    """Draw busy cores and memory over time, each on an axis of its own."""
    palette = PALETTES[theme]
    x = [one.at for one in points]
    lines = [
        _used(x, [one.cores for one in points], "Busy cores", palette.accent, ".2f", "y"),
        _used(x, [one.memory_mb for one in points], "Memory, MB", palette.categories[3], ",.0f", "y2"),
    ]
    right = axis(palette, "MB", rangemode="tozero", overlaying="y", side="right", showgrid=False)
    left = axis(palette, "cores", rangemode="tozero")
    return figure(lines, theme, 220, legend=True, xaxis=axis(palette, showgrid=False), yaxis=left, yaxis2=right)


def _used(x: Sequence[Any], y: Sequence[float | None], name: str, colour: str, form: str, yaxis: str) -> go.Scatter:
    return go.Scatter(
        x=x,
        y=y,
        yaxis=yaxis,
        name=name,
        mode="lines+markers",
        marker={"size": 3},
        line={"width": 1.6, "color": colour},
        hovertemplate=f"%{{x|%Y-%m-%d %H:%M}}<br><b>%{{y:{form}}}</b><extra>{name}</extra>",
    )


def requests(points: Sequence[SystemPoint], theme: Theme) -> Figure:
    """Draw requests over time by what became of them."""
    palette = PALETTES[theme]
    x = [one.at for one in points]
    bars = [
        _bars(x, [one.requests - one.failed - one.refused for one in points], "Answered", palette.accent),
        _bars(x, [one.refused for one in points], "Refused", palette.warn),
        _bars(x, [one.failed for one in points], "Failed", palette.bad),
    ]
    ticks = axis(palette, "requests")
    return figure(bars, theme, 220, legend=True, barmode="stack", xaxis=axis(palette, showgrid=False), yaxis=ticks)
