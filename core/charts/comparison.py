"""Two runs or versions beside each other."""

import math

import plotly.graph_objects as go

from core.charts.template import PALETTES, Theme, axis, figure, text

Row = tuple[str, float | None, float | None, float | None, bool]
"""(metric, baseline, candidate, difference, whether higher is better), as a version comparison has them."""


def metric_changes(rows: tuple[Row, ...], theme: Theme, *, judged: bool = True) -> go.Figure:
    """Draw the relative change of each metric against the baseline, green where it got better.

    Without colour where it is not ``judged``: figures taken on different rows say little of the models.
    """
    palette = PALETTES[theme]
    shown = [
        (name, before, after, change, up) for name, before, after, change, up in reversed(rows) if change is not None
    ]
    relative = [_relative(before, change) for _, before, _, change, _ in shown]
    trace = go.Bar(
        y=list(range(len(shown))),
        x=relative,
        orientation="h",
        marker={
            "color": [
                _colour(palette.good, palette.bad, palette.neutral, c if judged else None, up) for *_, c, up in shown
            ]
        },
        customdata=[[text(name), before, after, change] for name, before, after, change, _ in shown],
        hovertemplate="%{customdata[0]}<br>%{customdata[1]:.4~g} to <b>%{customdata[2]:.4~g}</b>"
        " (%{customdata[3]:+.4~g})<extra></extra>",
    )
    reach = max([abs(change) for change in relative if math.isfinite(change)] + [0.01]) * 1.15
    return figure(
        [trace],
        theme,
        max(130, 26 * len(shown) + 50),
        xaxis=axis(palette, "change against the baseline", tickformat="+.1~%", range=[-reach, reach], nticks=5),
        yaxis=axis(
            palette,
            tickmode="array",
            tickvals=list(range(len(shown))),
            ticktext=[text(name, 22) for name, *_ in shown],
            showgrid=False,
        ),
        shapes=[
            {
                "type": "line",
                "x0": 0,
                "x1": 0,
                "y0": -0.5,
                "y1": len(shown) - 0.5,
                "line": {"color": palette.muted, "width": 1},
            }
        ],
    )


def _relative(before: float | None, change: float) -> float:
    return change / abs(before) if before else change


def _colour(good: str, bad: str, neutral: str, change: float | None, higher_is_better: bool) -> str:
    if not change:
        return neutral
    return good if (change > 0) == higher_is_better else bad
