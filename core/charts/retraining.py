"""Retraining over time: what it gained, in the past that was simulated and in the one that was."""

from collections.abc import Sequence

import plotly.graph_objects as go

from core.charts.template import PALETTES, Theme, axis, figure, text
from core.records.metric import METRICS
from core.records.plan import EffectCurve, Retraining
from core.records.simulation import PolicyResult, Simulation

HEIGHT = 300


def simulated(simulation: Simulation, shown: Sequence[PolicyResult], theme: Theme) -> go.Figure:
    """Return the metric at each check for some policies, their retrainings as points, and where the held-back time
    begins."""
    palette = PALETTES[theme]
    traces: list[go.Scatter] = []
    for place, result in enumerate(shown):
        colour = palette.categories[place % len(palette.categories)]
        checks = [check for check in result.checks if check.value is not None]
        traces.append(
            go.Scatter(
                x=[check.at for check in checks],
                y=[check.value for check in checks],
                name=text(result.words),
                mode="lines",
                line={"color": colour, "width": 2},
                hovertemplate="%{x|%d %b %Y}: %{y:.4g}<extra></extra>",
            )
        )
        retrained = [check for check in checks if check.retrained]
        traces.append(
            go.Scatter(
                x=[check.at for check in retrained],
                y=[check.value for check in retrained],
                mode="markers",
                showlegend=False,
                marker={
                    "color": [palette.bad if check.helped is False else colour for check in retrained],
                    "symbol": ["x" if check.helped is False else "circle" for check in retrained],
                    "size": 8,
                },
                customdata=[[text(check.reason), _became(check.adopted, helped=check.helped)] for check in retrained],
                hovertemplate="%{x|%d %b %Y}<br>%{customdata[0]}<br>%{customdata[1]}<extra></extra>",
            )
        )
    line = {"type": "line", "yref": "paper", "y0": 0, "y1": 1, "line": {"color": palette.muted, "dash": "dot"}}
    start = simulation.request.held_back
    note = {
        "x": start,
        "y": 1,
        "yref": "paper",
        "text": "held back",
        "showarrow": False,
        "xanchor": "left",
        "yanchor": "top",
        "font": {"size": 11, "color": palette.muted},
    }
    return figure(
        traces,
        theme,
        HEIGHT,
        legend=True,
        shapes=[{**line, "x0": start, "x1": start}],
        annotations=[note],
        xaxis=axis(palette),
        yaxis=axis(palette, _title(simulation.metric)),
    )


def _became(adopted: bool, *, helped: bool | None) -> str:
    if not adopted:
        return "retrained; the new model was no better"
    return {True: "retrained, and it helped", False: "retrained; it did not help", None: "retrained"}[helped]


def effect(retrainings: Sequence[Retraining], theme: Theme) -> go.Figure:
    """Return for each retraining, in the order of time, the new version beside the champion on the same rows."""
    palette = PALETTES[theme]
    measured = [one for one in reversed(retrainings) if one.value is not None]
    sides = (
        ("with retraining: the new version", palette.accent, [one.value for one in measured]),
        ("without: the champion it met", palette.neutral, [one.champion_value for one in measured]),
    )
    traces = [
        go.Scatter(
            x=[one.at for one in measured],
            y=values,
            name=name,
            mode="lines+markers",
            line={"color": colour, "width": 2},
            customdata=[[one.version, text(one.outcome.value), text(one.dataset)] for one in measured],
            hovertemplate="version %{customdata[0]} on %{customdata[2]}: %{y:.4g}<br>%{customdata[1]}<extra></extra>",
        )
        for name, colour, values in sides
    ]
    metric = measured[-1].metric if measured else ""
    return figure(traces, theme, HEIGHT - 40, legend=True, xaxis=axis(palette), yaxis=axis(palette, _title(metric)))


def on_requests(curve: EffectCurve, theme: Theme) -> go.Figure:
    """Return the metric of real requests week by week, with and without retraining."""
    palette = PALETTES[theme]
    sides = (
        ("with retraining", palette.accent, [point.value for point in curve.points]),
        (f"without: version {curve.version} all the time", palette.neutral, [point.without for point in curve.points]),
    )
    traces = [
        go.Scatter(
            x=[point.at for point in curve.points],
            y=values,
            name=name,
            mode="lines+markers",
            line={"color": colour, "width": 2},
            customdata=[point.rows for point in curve.points],
            hovertemplate="week of %{x|%d %b %Y}: %{y:.4g} on %{customdata:,} requests<extra></extra>",
        )
        for name, colour, values in sides
    ]
    return figure(traces, theme, HEIGHT, legend=True, xaxis=axis(palette), yaxis=axis(palette, _title(curve.metric)))


def _title(metric: str) -> str:
    known = METRICS.get(metric)
    if known is None:
        return text(metric)
    return f"{known.title} ({'more' if known.higher_is_better else 'less'} is better)"
