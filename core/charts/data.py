"""What a column holds."""

from itertools import pairwise

import plotly.graph_objects as go

from core.charts.template import PALETTES, Theme, axis, figure, text
from core.records.dataset import ColumnProfile


def column(profile: ColumnProfile, theme: Theme, height: int = 230) -> go.Figure:
    """Draw the distribution of a column: its histogram, or its most frequent values."""
    return _histogram(profile, theme, height) if profile.counts else _top(profile, theme, height)


def _histogram(profile: ColumnProfile, theme: Theme, height: int) -> go.Figure:
    palette = PALETTES[theme]
    edges = profile.edges
    trace = go.Bar(
        x=[(low + high) / 2 for low, high in pairwise(edges)],
        width=[(high - low) * 0.94 for low, high in pairwise(edges)],
        y=list(profile.counts),
        customdata=[[low, high] for low, high in pairwise(edges)],
        marker={"color": palette.accent, "line": {"width": 0}},
        hovertemplate="%{customdata[0]:,.4~g} to %{customdata[1]:,.4~g}<br><b>%{y:,}</b> rows<extra></extra>",
    )
    return figure(
        [trace],
        theme,
        height,
        xaxis=axis(palette, text(profile.name), showgrid=False),
        yaxis=axis(palette, "rows", nticks=5),
    )


def _top(profile: ColumnProfile, theme: Theme, height: int) -> go.Figure:
    palette = PALETTES[theme]
    shown = list(reversed(profile.top[:12]))
    trace = go.Bar(
        y=list(range(len(shown))),
        x=[count for _, count in shown],
        orientation="h",
        customdata=[text(value) for value, _ in shown],
        marker={"color": palette.accent, "line": {"width": 0}},
        hovertemplate="%{customdata}<br><b>%{x:,}</b> rows<extra></extra>",
    )
    labels = [text(value, 28) for value, _ in shown]
    return figure(
        [trace],
        theme,
        max(height, 24 * len(shown) + 50),
        xaxis=axis(palette, "rows", nticks=5),
        yaxis=axis(palette, tickmode="array", tickvals=list(range(len(shown))), ticktext=labels, showgrid=False),
    )
