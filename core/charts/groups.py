"""Groups of runs beside each other, each with its mean and its band."""

from collections.abc import Sequence

import plotly.graph_objects as go

from core.charts.template import PALETTES, Theme, axis, figure, text
from core.records.metric import METRICS
from core.records.run_index import RunGroup

MOST = 25


def bands(groups: Sequence[RunGroup], metric: str, theme: Theme) -> go.Figure:
    """Draw the mean of a metric for each group with one standard deviation to both sides, the best on top."""
    palette = PALETTES[theme]
    is_up = metric not in METRICS or METRICS[metric].higher_is_better
    having = [group for group in groups if metric in group.figures]
    best = sorted(having, key=lambda group: group.figures[metric][0], reverse=is_up)[:MOST][::-1]
    spreads = [group.figures[metric][1] for group in best]
    trace = go.Scatter(
        x=[group.figures[metric][0] for group in best],
        y=list(range(len(best))),
        mode="markers",
        marker={"color": palette.accent, "size": 9},
        error_x={"type": "data", "array": spreads, "color": palette.muted, "thickness": 1.5, "width": 4},
        customdata=[
            [text(group.value or "none"), group.figures[metric][1], group.figures[metric][2]] for group in best
        ],
        hovertemplate="%{customdata[0]}<br><b>%{x:.4~g}</b> ± %{customdata[1]:.3~g}, %{customdata[2]} runs"
        "<extra></extra>",
    )
    labels = [f"{text(group.value or 'none', 26)} ({group.figures[metric][2]})" for group in best]
    return figure(
        [trace],
        theme,
        max(140, 26 * len(best) + 56),
        xaxis=axis(palette, METRICS[metric].title if metric in METRICS else text(metric), nticks=6),
        yaxis=axis(palette, tickmode="array", tickvals=list(range(len(best))), ticktext=labels, showgrid=False),
    )
