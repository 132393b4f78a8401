"""What is answered over time, and how a candidate stands beside the champion."""

from collections.abc import Callable, Sequence
from datetime import datetime

import plotly.graph_objects as go

from core.charts.template import PALETTES, Palette, Theme, axis, figure, text
from core.records.story import Step
from core.records.traffic import Comparison, Finding


def _colour(palette: Palette, cohort: str) -> str:
    return palette.accent if cohort == "champion" else palette.categories[1]


def _cohorts(steps: Sequence[Step]) -> list[tuple[str, int]]:
    return sorted({(step.cohort, step.version) for step in steps}, key=lambda pair: (pair[0] != "champion", pair))


def throughput(
    steps: Sequence[Step], minutes: float, window: tuple[datetime, datetime], theme: Theme, height: int = 210
) -> go.Figure:
    """Draw requests a minute by version and cohort, and those that failed; steps are ``minutes`` long."""
    palette = PALETTES[theme]
    traces: list[go.Bar] = []
    for place, (cohort, version) in enumerate(_cohorts(steps)):
        own = [step for step in steps if (step.cohort, step.version) == (cohort, version)]
        traces.append(
            go.Bar(
                x=[step.at for step in own],
                y=[(step.requests - step.failed) / minutes for step in own],
                name=text(f"version {version} · {cohort}"),
                marker={"color": _colour(palette, cohort), "opacity": 1.0 if place < 2 else 0.55},
                width=minutes * 60_000 * 0.86,
                hovertemplate="%{x|%H:%M}<br><b>%{y:.1f}</b> a minute<extra></extra>",
            )
        )
    failed = [step for step in steps if step.failed]
    if failed:
        traces.append(
            go.Bar(
                x=[step.at for step in failed],
                y=[step.failed / minutes for step in failed],
                name="failed",
                marker={"color": palette.bad},
                width=minutes * 60_000 * 0.86,
                hovertemplate="%{x|%H:%M}<br><b>%{y:.1f}</b> failed a minute<extra></extra>",
            )
        )
    return figure(
        traces,
        theme,
        height,
        legend=True,
        barmode="stack",
        xaxis=axis(palette, showgrid=False, range=list(window), nticks=6),
        yaxis=axis(palette, "requests a minute", rangemode="tozero", nticks=4),
    )


def latency(
    steps: Sequence[Step],
    quantile: Callable[[Sequence[int], float], float | None],
    window: tuple[datetime, datetime],
    theme: Theme,
    height: int = 210,
) -> go.Figure:
    """Draw the 50th and 95th percentile of the time to an answer, in milliseconds, by version and cohort."""
    palette = PALETTES[theme]
    traces: list[go.Scatter] = []
    for cohort, version in _cohorts(steps):
        own = [step for step in steps if (step.cohort, step.version) == (cohort, version) and any(step.buckets)]
        for share, dash in ((0.95, "solid"), (0.5, "dot")):
            values = [quantile(step.buckets, share) for step in own]
            traces.append(
                go.Scatter(
                    x=[step.at for step in own],
                    y=[None if value is None else value * 1000 for value in values],
                    name=text(f"v{version} {cohort} p{share * 100:.0f}"),
                    mode="lines+markers",
                    marker={"size": 4},
                    line={"color": _colour(palette, cohort), "width": 2, "dash": dash},
                    hovertemplate="%{x|%H:%M}<br><b>%{y:.2f}</b> ms<extra></extra>",
                )
            )
    return figure(
        traces,
        theme,
        height,
        legend=True,
        xaxis=axis(palette, showgrid=False, range=list(window), nticks=6),
        yaxis=axis(palette, "ms", rangemode="tozero", nticks=4),
    )


def differences(compared: Sequence[tuple[str, Comparison]], theme: Theme, height: int = 190) -> go.Figure:
    """Draw where each difference lies, scaled by its own width: left of the line the candidate has less."""
    palette = PALETTES[theme]
    looks = {Finding.BETTER: palette.good, Finding.WORSE: palette.bad, Finding.SHIFTED: palette.warn}
    traces: list[go.Scatter] = []
    for name, one in reversed(compared):
        if one.low is None or one.high is None or one.difference is None:
            continue
        scale = max(abs(one.low), abs(one.high)) or 1.0
        middle = (one.low + one.high) / 2
        colour = looks.get(one.finding, palette.neutral)
        traces.append(
            go.Scatter(
                x=[one.low / scale, middle / scale, one.high / scale],
                y=[text(name)] * 3,
                mode="lines+markers",
                line={"color": colour, "width": 4},
                marker={"size": [0, 10, 0], "color": colour},
                customdata=[[one.low, middle, one.high]] * 3,
                hovertemplate="%{customdata[0]:.4g} to %{customdata[2]:.4g}<extra></extra>",
            )
        )
    return figure(
        traces,
        theme,
        height,
        shapes=[
            {"type": "line", "x0": 0, "x1": 0, "yref": "paper", "y0": 0, "y1": 1, "line": {"color": palette.muted}}
        ],
        xaxis=axis(palette, "candidate less  ·  candidate more", showticklabels=False, range=[-1.1, 1.1]),
        yaxis=axis(palette, showgrid=False),
    )
