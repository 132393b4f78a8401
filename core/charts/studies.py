"""A study while it runs and after: how the best came to be, what mattered, and where good values lie."""

import math
from collections.abc import Sequence
from typing import Any

import plotly.graph_objects as go

from core.charts.template import PALETTES, Palette, Theme, axis, figure, text
from core.records.metric import METRICS
from core.records.study import Dimension, DimensionKind, Study, Trial, TrialState
from core.records.training import ParameterValue

FEW = 200
"""Planned trials up to which the axis has room for all of them from the start."""


def title(study: Study) -> str:
    """Return the name of what trials are judged by."""
    return METRICS[study.metric].title


def sign(study: Study) -> float:
    """Return 1 where more is better, -1 where less is."""
    return 1.0 if METRICS[study.metric].higher_is_better else -1.0


def scored(trials: Sequence[Trial]) -> list[Trial]:
    """Return the finished trials, which alone have a score over all folds."""
    return [trial for trial in trials if trial.state is TrialState.FINISHED and trial.value is not None]


def mean(trial: Trial) -> float | None:
    """Return the mean score of the folds done so far."""
    return math.fsum(trial.scores) / len(trial.scores) if trial.scores else None


def shown(value: ParameterValue) -> str:
    """Return a hyperparameter's value as charts write it."""
    if value is None:
        return "none"
    return f"{value:.4g}" if isinstance(value, float) else text(value, 18)


def story(trial: Trial) -> str:
    """Return the hyperparameters of a trial, one a line."""
    lines = [f"{text(name, 30)} = {shown(value)}" for name, value in list(trial.params.items())[:12]]
    return "<br>".join(lines)


def history(study: Study, trials: Sequence[Trial], theme: Theme, height: int = 300) -> go.Figure:
    """Draw each trial's score by number, with the best so far as a line; pruned ones hollow, failed ones crossed."""
    palette = PALETTES[theme]
    done, pruned = scored(trials), [t for t in trials if t.state is TrialState.PRUNED and t.value is not None]
    traces = [
        _dots(done, "finished", {"size": 7, "color": palette.accent, "opacity": 0.85}),
        _dots(pruned, "pruned", {"size": 7, "color": palette.warn, "symbol": "circle-open"}),
        _failures([trial for trial in trials if trial.state is TrialState.FAILED], palette),
        _best_line(study, done, len(trials), palette),
    ]
    return figure(
        [trace for trace in traces if trace.x],
        theme,
        height,
        legend=True,
        xaxis=axis(palette, "trial", showgrid=False, tickformat="d", nticks=8, range=_numbers(study, trials)),
        yaxis=axis(palette, title(study), nticks=6, range=_reach([*done, *pruned])),
        yaxis2=axis(palette, overlaying="y", range=[0, 1], visible=False),
        uirevision=study.id,
    )


def _numbers(study: Study, trials: Sequence[Trial]) -> list[float]:
    """Return the range of the axis of trials: all that are planned where there are few, so that it stands still."""
    planned = study.spec.trials or 0
    last = max(len(trials), planned if planned <= FEW else 0, 10)
    return [-0.5, last - 0.5]


def _reach(trials: Sequence[Trial]) -> list[float] | None:
    """Return the range of the axis of scores with some room."""
    values = sorted(trial.value for trial in trials if trial.value is not None)
    if not values:
        return None
    low, high = values[0], values[-1]
    room = (high - low) * 0.08 or abs(high) * 0.02 or 1.0
    return [low - room, high + room]


def _dots(trials: Sequence[Trial], name: str, marker: dict[str, Any]) -> go.Scatter:
    return go.Scatter(
        x=[trial.number for trial in trials],
        y=[trial.value for trial in trials],
        name=name,
        mode="markers",
        marker=marker,
        customdata=[[story(trial), len(trial.scores)] for trial in trials],
        hovertemplate="trial %{x}: <b>%{y:.5~g}</b> on %{customdata[1]} folds<br>%{customdata[0]}<extra></extra>",
    )


def _failures(trials: Sequence[Trial], palette: Palette) -> go.Scatter:
    """Draw failed trials at the foot of the chart, for they have no score."""
    return go.Scatter(
        x=[trial.number for trial in trials],
        y=[0.02] * len(trials),
        yaxis="y2",
        name="failed",
        mode="markers",
        marker={"size": 8, "color": palette.bad, "symbol": "x-thin", "line": {"width": 2, "color": palette.bad}},
        customdata=[text(trial.reason, 90) for trial in trials],
        hovertemplate="trial %{x} failed<br>%{customdata}<extra></extra>",
    )


def _best_line(study: Study, done: Sequence[Trial], count: int, palette: Palette) -> go.Scatter:
    x: list[int] = []
    y: list[float] = []
    for trial in done:
        value = trial.value or 0.0
        x.append(trial.number)
        y.append(value if not y else max(y[-1], value) if sign(study) > 0 else min(y[-1], value))
    if x and count - 1 > x[-1]:
        x, y = [*x, count - 1], [*y, y[-1]]
    line = {"color": palette.good, "width": 2, "shape": "hv"}
    return go.Scatter(x=x, y=y, name="best so far", mode="lines", line=line,
                      hovertemplate="best after trial %{x}: <b>%{y:.5~g}</b><extra></extra>")  # fmt: skip


def importances(study: Study, theme: Theme, height: int | None = None) -> go.Figure:
    """Draw what share of the score's variation among good trials each hyperparameter explains."""
    palette = PALETTES[theme]
    rows = list(reversed(study.importances))
    trace = go.Bar(
        y=[text(name, 26).replace("_", " ") for name, _ in rows],
        x=[share for _, share in rows],
        orientation="h",
        marker={"color": palette.accent},
        text=[f"{share:.0%}" for _, share in rows],
        textposition="outside",
        cliponaxis=False,
        hovertemplate="%{y}: <b>%{x:.1%}</b><extra></extra>",
    )
    top = max([share for _, share in rows] + [0.01]) * 1.18
    return figure(
        [trace],
        theme,
        height or max(150, 30 * len(rows) + 50),
        xaxis=axis(palette, "share of the score's variation", tickformat=".0%", range=[0, top], nticks=5),
        yaxis=axis(palette, showgrid=False),
        uirevision=study.id,
    )


def slice_of(study: Study, trials: Sequence[Trial], dimension: Dimension, theme: Theme, height: int = 220) -> go.Figure:
    """Draw the score against the values of one hyperparameter, later trials darker, the best one marked."""
    palette = PALETTES[theme]
    done = [trial for trial in scored(trials) if dimension.name in trial.params]
    best = [trial for trial in done if trial.number == study.best]
    scale = {"color": [trial.number for trial in done], "colorscale": _scale(palette), "showscale": False}
    traces = [
        _points(done, dimension, {"size": 7, **scale, "line": {"width": 0.5, "color": palette.accent}}),
        _points(best, dimension, {"size": 12, "color": palette.good, "symbol": "star"}),
    ]
    is_word = dimension.kind is DimensionKind.CHOICE
    kind: dict[str, Any] = {"type": "log", "nticks": 5} if dimension.log else {"nticks": 5}
    if is_word:
        kind = {"type": "category", "categoryarray": [shown(value) for value in dimension.choices]}
    return figure(
        traces,
        theme,
        height,
        xaxis=axis(palette, text(dimension.name, 30).replace("_", " "), **kind),
        yaxis=axis(palette, title(study), nticks=5),
        uirevision=study.id,
    )


def _points(trials: Sequence[Trial], dimension: Dimension, marker: dict[str, Any]) -> go.Scatter:
    is_word = dimension.kind is DimensionKind.CHOICE
    values = [trial.params[dimension.name] for trial in trials]
    return go.Scatter(
        x=[shown(value) for value in values] if is_word else values,
        y=[trial.value for trial in trials],
        mode="markers",
        marker=marker,
        customdata=[[trial.number, shown(value)] for trial, value in zip(trials, values, strict=True)],
        hovertemplate="%{customdata[1]}: <b>%{y:.5~g}</b><br>trial %{customdata[0]}<extra></extra>",
    )


def _scale(palette: Palette) -> list[list[object]]:
    return [[0.0, palette.ramp[0]], [1.0, palette.ramp[1]]]
