"""What a column holds."""

from itertools import pairwise
from typing import Any

import plotly.graph_objects as go

from core.charts.template import PALETTES, Palette, Theme, axis, figure, text
from core.records.dataset import ColumnKind, ColumnProfile


def column(profile: ColumnProfile, theme: Theme, height: int = 230) -> go.Figure:
    """Draw the distribution of a column: its histogram, or its most frequent values."""
    return _histogram(profile, theme, height) if profile.counts else _top(profile, theme, height)


def _histogram(profile: ColumnProfile, theme: Theme, height: int) -> go.Figure:
    palette = PALETTES[theme]
    is_moment = profile.kind is ColumnKind.DATETIME
    # Plotly counts time in milliseconds.
    edges = [edge * 1000 for edge in profile.edges] if is_moment else list(profile.edges)
    form = "|%Y-%m-%d" if is_moment else ":,.4~g"
    trace = go.Bar(
        x=[(low + high) / 2 for low, high in pairwise(edges)],
        width=[(high - low) * 0.94 for low, high in pairwise(edges)],
        y=list(profile.counts),
        customdata=[[low, high] for low, high in pairwise(edges)],
        marker={"color": palette.accent, "line": {"width": 0}},
        hovertemplate=f"%{{customdata[0]{form}}} to %{{customdata[1]{form}}}<br><b>%{{y:,}}</b> rows<extra></extra>",
    )
    kind = {"type": "date"} if is_moment else {}
    return figure(
        [trace],
        theme,
        height,
        xaxis=axis(palette, text(profile.name), showgrid=False, **kind),
        yaxis=axis(palette, "rows", nticks=5),
        shapes=_fences(profile, palette),
    )


def _fences(profile: ColumnProfile, palette: Palette) -> list[dict[str, Any]]:
    """Return lines at the ends of what is not an outlier, where some values lie beyond."""
    found = profile.outliers
    if found is None:
        return []
    places = [place for place, count in ((found.low, found.below), (found.high, found.above)) if count]
    line = {"color": palette.warn, "width": 1, "dash": "dot"}
    return [{"type": "line", "yref": "paper", "x0": x, "x1": x, "y0": 0, "y1": 1, "line": line} for x in places]


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
