"""What a job used while it ran."""

import plotly.graph_objects as go

from core.charts.template import PALETTES, Theme, axis, figure
from core.records.job import JobUsage


def curve(usage: JobUsage, memory_limit_mb: int, theme: Theme, height: int = 170) -> go.Figure:
    """Draw processor cores in use and memory over the seconds of the run, the limit where it comes near."""
    palette = PALETTES[theme]
    seconds = [sample.at_s for sample in usage.samples]
    cores = go.Scatter(
        x=seconds,
        y=[sample.cpu for sample in usage.samples],
        name="cores in use",
        mode="lines",
        line={"color": palette.accent, "width": 2},
        hovertemplate="%{x:.1f} s<br><b>%{y:.2f}</b> cores<extra></extra>",
    )
    memory = go.Scatter(
        x=seconds,
        y=[sample.memory_mb for sample in usage.samples],
        name="memory",
        mode="lines",
        yaxis="y2",
        line={"color": palette.warn, "width": 2, "dash": "dot"},
        hovertemplate="%{x:.1f} s<br><b>%{y:,.0f}</b> MB<extra></extra>",
    )
    is_near = usage.peak_mb > memory_limit_mb / 2
    top = memory_limit_mb * 1.05 if is_near else max(usage.peak_mb * 1.2, 1)
    limit = {"type": "line", "xref": "paper", "yref": "y2", "x0": 0, "x1": 1, "y0": memory_limit_mb}
    shapes = [{**limit, "y1": memory_limit_mb, "line": {"color": palette.bad, "width": 1}}] if is_near else []
    return figure(
        [cores, memory],
        theme,
        height,
        legend=True,
        shapes=shapes,
        xaxis=axis(palette, "seconds", showgrid=False),
        yaxis=axis(palette, "cores", rangemode="tozero", nticks=4),
        yaxis2=axis(palette, "MB", overlaying="y", side="right", range=[0, top], showgrid=False, nticks=4),
    )
