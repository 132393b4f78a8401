"""What a run found on its hold-out."""

from typing import Any

import plotly.graph_objects as go

from core.charts.template import PALETTES, Palette, Theme, axis, figure, text
from core.records.evaluation import Evaluation

Points = tuple[tuple[float, float], ...]


def roc(evaluation: Evaluation, theme: Theme, height: int = 300) -> go.Figure:
    """Draw true against false positive rate, with the line of a coin toss."""
    return _curve(evaluation.roc, ("false positive rate", "true positive rate"), theme, height, diagonal=True)


def precision_recall(evaluation: Evaluation, theme: Theme, height: int = 300) -> go.Figure:
    """Draw precision against recall."""
    return _curve(evaluation.pr, ("recall", "precision"), theme, height, diagonal=False)


def _curve(points: Points, names: tuple[str, str], theme: Theme, height: int, *, diagonal: bool) -> go.Figure:
    palette = PALETTES[theme]
    trace = go.Scatter(
        x=[x for x, _ in points],
        y=[y for _, y in points],
        mode="lines",
        line={"color": palette.accent, "width": 2},
        fill="tozeroy",
        fillcolor=_faded(palette.accent),
        hovertemplate=f"{names[0]} %{{x:.3f}}<br>{names[1]} %{{y:.3f}}<extra></extra>",
    )
    return figure(
        [trace],
        theme,
        height,
        xaxis=axis(palette, names[0], range=[0, 1], nticks=6),
        yaxis=axis(palette, names[1], range=[0, 1.02], nticks=6),
        shapes=[_line(palette, 0, 0, 1, 1)] if diagonal else [],
    )


def _faded(colour: str) -> str:
    red, green, blue = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
    return f"rgba({red},{green},{blue},0.10)"


def _line(palette: Palette, x0: float, y0: float, x1: float, y1: float) -> dict[str, Any]:
    dash = {"color": palette.neutral, "width": 1, "dash": "dot"}
    return {"type": "line", "x0": x0, "y0": y0, "x1": x1, "y1": y1, "line": dash, "layer": "below"}


def confusion(evaluation: Evaluation, theme: Theme, height: int = 300) -> go.Figure:
    """Draw true classes against predicted ones: counts, coloured by the share of the true class."""
    palette = PALETTES[theme]
    names = [text(name, 18) for name in evaluation.classes]
    places = list(range(len(names)))
    shares = [[count / max(sum(row), 1) for count in row] for row in evaluation.confusion]
    trace = go.Heatmap(
        z=shares,
        x=places,
        y=places,
        zmin=0,
        zmax=1,
        text=[
            [f"{count:,}<br>{_percent(share)}" for count, share in zip(*pair, strict=True)]
            for pair in zip(evaluation.confusion, shares, strict=True)
        ],
        texttemplate="%{text}" if len(names) <= 12 else "",
        textfont={"size": 12},
        customdata=[[f"true {actual}, predicted {guess}" for guess in names] for actual in names],
        colorscale=[[0, palette.ramp[0]], [1, palette.ramp[1]]],
        showscale=False,
        xgap=3,
        ygap=3,
        hovertemplate="%{customdata}<br><b>%{z:.1%}</b> of that class<extra></extra>",
    )
    ticks = {"tickmode": "array", "tickvals": places, "ticktext": names, "showgrid": False}
    return figure(
        [trace],
        theme,
        max(height, 34 * len(names) + 60),
        xaxis=axis(palette, "predicted", **ticks),
        yaxis=axis(palette, "true", **ticks, autorange="reversed"),
    )


def _percent(share: float) -> str:
    return f"{share:.0%}" if share in (0.0, 1.0) else f"{share:.1%}"


def residuals(evaluation: Evaluation, theme: Theme, height: int = 320) -> go.Figure:
    """Draw predicted against actual values, with the line on which they agree."""
    palette = PALETTES[theme]
    predicted = [guess for guess, _ in evaluation.residuals]
    actual = [truth for _, truth in evaluation.residuals]
    low, high = min([*predicted, *actual], default=0.0), max([*predicted, *actual], default=1.0)
    trace = go.Scattergl(
        x=predicted,
        y=actual,
        mode="markers",
        marker={"color": palette.accent, "size": 4.5, "opacity": 0.4},
        customdata=[truth - guess for guess, truth in evaluation.residuals],
        hovertemplate="predicted %{x:,.4~g}<br>actual %{y:,.4~g}<br>error %{customdata:+,.4~g}<extra></extra>",
    )
    return figure(
        [trace],
        theme,
        height,
        xaxis=axis(palette, "predicted", nticks=6),
        yaxis=axis(palette, "actual", nticks=6),
        shapes=[_line(palette, low, low, high, high)],
    )


def importances(evaluation: Evaluation, theme: Theme, limit: int = 15) -> go.Figure:
    """Draw how much the primary metric drops when a feature is shuffled; whiskers are one standard deviation."""
    palette = PALETTES[theme]
    shown = list(reversed(evaluation.importances[:limit]))
    trace = go.Bar(
        y=list(range(len(shown))),
        x=[mean for _, mean, _ in shown],
        orientation="h",
        error_x={
            "type": "data",
            "array": [deviation for _, _, deviation in shown],
            "color": palette.muted,
            "thickness": 1,
            "width": 2,
        },
        customdata=[text(name) for name, _, _ in shown],
        marker={"color": palette.accent, "line": {"width": 0}},
        hovertemplate="%{customdata}<br>drop <b>%{x:.4~g}</b><extra></extra>",
    )
    labels = [text(name, 26) for name, _, _ in shown]
    return figure(
        [trace],
        theme,
        max(160, 22 * len(shown) + 56),
        xaxis=axis(palette, "drop of the metric when shuffled", nticks=5),
        yaxis=axis(palette, tickmode="array", tickvals=list(range(len(shown))), ticktext=labels, showgrid=False),
    )
