"""What a replay showed: the scores of both models, and which answers flip to which."""

import plotly.graph_objects as go

from core.charts.template import PALETTES, Theme, axis, figure, text
from core.records.replay import ReplayFindings


def scores(findings: ReplayFindings, theme: Theme, height: int = 260) -> go.Figure:
    """Draw the distribution of the scores under both models."""
    palette = PALETTES[theme]
    middles = [(one.low + one.high) / 2 for one in findings.scores]
    width = findings.scores[0].high - findings.scores[0].low if findings.scores else 1.0
    traces = [
        go.Bar(
            x=middles,
            y=[one.champion for one in findings.scores],
            width=width,
            name="champion",
            marker={"color": palette.neutral, "opacity": 0.7},
            hovertemplate="%{x:.3g}<br>%{y:.1%} of the champion's<extra></extra>",
        ),
        go.Scatter(
            x=middles,
            y=[one.challenger for one in findings.scores],
            name="this version",
            mode="lines+markers",
            line={"color": palette.accent, "width": 2, "shape": "hvh"},
            marker={"size": 4},
            hovertemplate="%{x:.3g}<br>%{y:.1%} of this version's<extra></extra>",
        ),
    ]
    return figure(
        traces,
        theme,
        height,
        legend=True,
        xaxis=axis(palette, "score"),
        yaxis=axis(palette, "share of the answers", tickformat=".0%", rangemode="tozero", nticks=5),
    )


def flips(findings: ReplayFindings, theme: Theme) -> go.Figure:
    """Draw how many answers flip in each direction, as shares of all."""
    palette = PALETTES[theme]
    shown = findings.flips[::-1]
    trace = go.Bar(
        x=[flip.share for flip in shown],
        y=[f"{text(flip.before, 18)} → {text(flip.after, 18)}" for flip in shown],
        orientation="h",
        marker={"color": palette.accent},
        text=[f"{flip.share:.1%} ({flip.rows:,})" for flip in shown],
        textposition="outside",
        cliponaxis=False,
        hoverinfo="skip",
    )
    most = max((flip.share for flip in shown), default=0.01)
    return figure(
        [trace],
        theme,
        70 + 34 * max(len(shown), 1),
        xaxis=axis(palette, "share of the answers", tickformat=".1%", range=[0, 1.45 * most], nticks=4),
        yaxis=axis(palette, type="category"),
    )
