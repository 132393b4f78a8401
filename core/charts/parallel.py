"""Trials of a study in parallel coordinates, drawn as plain lines so that they need no WebGL."""

import math
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import plotly.graph_objects as go

from core.charts.studies import scored, shown, sign, story, title
from core.charts.template import PALETTES, Palette, Theme, axis, figure, text
from core.records.study import Dimension, DimensionKind, Study, Trial
from core.records.training import ParameterValue

BINS = 6
"""Strengths of line, by rank."""

MOST_LINES = 300
"""Trials drawn: the best ones when there are more."""


def lines(
    study: Study, trials: Sequence[Trial], dimensions: Sequence[Dimension], theme: Theme, height: int = 340
) -> go.Figure:
    """Draw each finished trial as a line through the values it took, up to its score; the better, the stronger."""
    palette = PALETTES[theme]
    better = sign(study)
    done = sorted(scored(trials), key=lambda trial: better * (trial.value or 0.0))[-MOST_LINES:]
    places = {trial.number: [*(_place(d, trial.params.get(d.name)) for d in dimensions)] for trial in done}
    values = [trial.value or 0.0 for trial in done]
    low, high = (min(values), max(values)) if values else (0.0, 1.0)
    for trial in done:
        places[trial.number].append(_share(trial.value or 0.0, low, high))
    traces = [_bundle(done[start:end], places, palette, weight) for start, end, weight in _bins(len(done))]
    best = [trial for trial in done if trial.number == study.best]
    traces += [_bundle(best, places, palette, 1.0, best=True)] if best else []
    return figure(
        traces,
        theme,
        height,
        margin={"l": 34, "r": 34, "t": 44, "b": 22, "pad": 0},
        xaxis=axis(palette, range=[-0.08, len(dimensions) + 0.08], visible=False),
        yaxis=axis(palette, range=[-0.04, 1.04], visible=False),
        shapes=[_upright(place, palette) for place in range(len(dimensions) + 1)],
        annotations=[
            *(note for place, d in enumerate(dimensions) for note in _labels(place, d, palette)),
            *_scores(len(dimensions), title(study), low, high, palette),
        ],
        uirevision=study.id,
    )


def _bins(count: int) -> list[tuple[int, int, float]]:
    """Cut trials ordered from worst to best into bins with the strength of their lines."""
    edges = [count * turn // BINS for turn in range(BINS + 1)]
    return [(start, end, 0.1 + 0.6 * turn / BINS) for turn, (start, end) in enumerate(pairwise(edges)) if end > start]


def _bundle(
    trials: Sequence[Trial],
    places: dict[int, list[float | None]],
    palette: Palette,
    weight: float,
    *,
    best: bool = False,
) -> go.Scatter:
    x: list[float | None] = []
    y: list[float | None] = []
    hover: list[str] = []
    for trial in trials:
        line = places[trial.number]
        x += [*range(len(line)), None]
        y += [*line, None]
        hover += [f"trial {trial.number}: <b>{trial.value:.5g}</b><br>{story(trial)}"] * (len(line) + 1)
    look = {"color": palette.good if best else palette.accent, "width": 3 if best else 1.5}
    return go.Scatter(x=x, y=y, mode="lines", line=look, opacity=1.0 if best else weight, customdata=hover,
                      hovertemplate="%{customdata}<extra></extra>")  # fmt: skip


def _place(dimension: Dimension, value: ParameterValue) -> float | None:
    """Return where a value lies on its axis, from 0 to 1."""
    if dimension.kind is DimensionKind.CHOICE:
        spelled = [repr(choice) for choice in dimension.choices]
        return _share(spelled.index(repr(value)), 0, len(spelled) - 1) if repr(value) in spelled else None
    if not isinstance(value, int | float) or dimension.low is None or dimension.high is None:
        return None
    if dimension.log:
        return _share(math.log(value), math.log(dimension.low), math.log(dimension.high))
    return _share(value, dimension.low, dimension.high)


def _share(value: float, low: float, high: float) -> float:
    return 0.5 if high == low else (value - low) / (high - low)


def _upright(place: int, palette: Palette) -> dict[str, Any]:
    line = {"color": palette.neutral, "width": 1}
    return {"type": "line", "x0": place, "x1": place, "y0": 0, "y1": 1, "line": line, "layer": "below"}


def _labels(place: int, dimension: Dimension, palette: Palette) -> list[dict[str, Any]]:
    name = text(dimension.name, 20).replace("_", " ")
    if dimension.kind is DimensionKind.CHOICE:
        ticks = [(_place(dimension, choice) or 0.0, shown(choice)) for choice in dimension.choices[:12]]
    else:
        ticks = [(0.0, shown(dimension.low)), (1.0, shown(dimension.high))]
    scale = " (log)" if dimension.log else ""
    return [_heading(place, name + scale, palette), *(_tick(place, at, word, palette) for at, word in ticks)]


def _scores(place: int, title: str, low: float, high: float, palette: Palette) -> list[dict[str, Any]]:
    ticks = [_tick(place, at, f"{value:.4g}", palette) for at, value in ((0.0, low), (1.0, high))]
    return [_heading(place, f"<b>{text(title, 20)}</b>", palette), *ticks]


def _heading(place: int, words: str, palette: Palette) -> dict[str, Any]:
    look = {"size": 11, "color": palette.ink}
    return {"x": place, "y": 1.04, "yanchor": "bottom", "yshift": 10, "text": words, "showarrow": False, "font": look}


def _tick(place: int, at: float, words: str, palette: Palette) -> dict[str, Any]:
    edge = {"yanchor": "bottom"} if at == 1.0 else {"yanchor": "top"} if at == 0.0 else {"yanchor": "middle"}
    look = {"size": 10, "color": palette.muted}
    return {"x": place, "y": at, "text": words, "showarrow": False, "font": look, "bgcolor": palette.surface, **edge}
