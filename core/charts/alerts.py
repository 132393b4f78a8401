"""What an alert rule looks at over time, and where it would have fired."""

import plotly.graph_objects as go

from core.charts.template import PALETTES, Figure, Theme, axis, figure, text
from core.records.alert import AlertBackTest, Condition, ConditionKind

MOST_LINES = 8


def history(found: AlertBackTest, condition: Condition, theme: Theme) -> Figure:
    """Draw the values a rule looked at, a line for each thing, a mark where it fires, and its limit."""
    palette = PALETTES[theme]
    names = list(dict.fromkeys(name for _, name, _ in found.points))[:MOST_LINES]
    traces: list[go.Scatter] = []
    for place, name in enumerate(names):
        points = [(at, value) for at, series, value in found.points if series == name]
        traces.append(
            go.Scatter(
                x=[at for at, _ in points],
                y=[value for _, value in points],
                name=text(name) or "value",
                mode="lines+markers",
                line={"width": 1.6, "color": palette.categories[place]},
                marker={"size": 5},
                hovertemplate="%{x|%Y-%m-%d %H:%M}<br><b>%{y:.4g}</b><extra></extra>",
            )
        )
    fired = [one for one in found.firings if one.value is not None and one.series in names]
    traces.append(
        go.Scatter(
            x=[one.at for one in fired],
            y=[one.value for one in fired],
            customdata=[text(one.why, 120) for one in fired],
            name="fires",
            mode="markers",
            marker={"size": 10, "symbol": "circle-open", "color": palette.bad, "line": {"width": 2}},
            hovertemplate="%{x|%Y-%m-%d %H:%M}<br>%{customdata}<extra></extra>",
        )
    )
    shapes = []
    if condition.kind is ConditionKind.THRESHOLD:
        line = {"color": palette.warn, "width": 1, "dash": "dash"}
        limit = condition.limit
        shapes = [{"type": "line", "xref": "paper", "x0": 0, "x1": 1, "y0": limit, "y1": limit, "line": line}]
    return figure(
        traces, theme, 240, legend=True, shapes=shapes, xaxis=axis(palette, showgrid=False), yaxis=axis(palette)
    )
