"""Several runs in one picture: curves on each other, any two axes, parallel coordinates, features, histories."""

from collections.abc import Callable, Sequence

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from core.charts.template import PALETTES, Palette, Theme, axis, figure, text
from core.records.evaluation import Evaluation

Named = Sequence[tuple[str, Evaluation]]
"""Runs by how they are called, the baseline first."""

Points = Sequence[tuple[float, float]]

COLOURS = len(PALETTES["light"].categories)


def colour(place: int, palette: Palette) -> str:
    """Return the colour of the run at a place; the baseline, at 0, is quiet."""
    return palette.muted if place == 0 else palette.categories[(place - 1) % len(palette.categories)]


def dash(place: int) -> str:
    """Return the kind of line of the run at a place, so that two runs of one colour can be told apart."""
    return "dash" if place == 0 else ("solid", "dot", "dashdot")[(place - 1) // COLOURS % 3]


def roc(runs: Named, theme: Theme) -> go.Figure:
    """Draw the ROC curves on each other; what each line is, :func:`core.charts.matrices.legend` says."""
    names = ("false positive rate", "true positive rate")
    return _overlaid(runs, lambda found: found.roc, names, theme, diagonal=True)


def precision_recall(runs: Named, theme: Theme) -> go.Figure:
    """Draw precision against recall, on each other."""
    return _overlaid(runs, lambda found: found.pr, ("recall", "precision"), theme)


def calibration(runs: Named, theme: Theme) -> go.Figure:
    """Draw the share of positives against the probability given, on each other."""
    names = ("mean probability given", "share of positives")
    return _overlaid(runs, lambda found: [one[:2] for one in found.calibration], names, theme, diagonal=True, dots=True)


def _overlaid(
    runs: Named,
    read: Callable[[Evaluation], Points],
    names: tuple[str, str],
    theme: Theme,
    *,
    diagonal: bool = False,
    dots: bool = False,
) -> go.Figure:
    palette = PALETTES[theme]
    traces = [
        go.Scatter(
            x=across,
            y=upwards,
            mode="lines+markers" if dots else "lines",
            name=text(name, 30),
            line={"color": colour(place, palette), "width": 2, "dash": dash(place)},
            marker={"size": 5},
            hovertemplate=f"{text(name, 40)}<br>{names[0]} %{{x:.3f}}<br>{names[1]} %{{y:.3f}}<extra></extra>",
        )
        for place, (name, found) in enumerate(runs)
        for across, upwards in _columns(read(found))
    ]
    line = {"color": palette.neutral, "width": 1, "dash": "dot"}
    edge = {"type": "line", "x0": 0, "y0": 0, "x1": 1, "y1": 1, "line": line, "layer": "below"}
    return figure(
        traces,
        theme,
        330,
        xaxis=axis(palette, names[0], range=[0, 1], nticks=6),
        yaxis=axis(palette, names[1], range=[0, 1.02], nticks=6),
        shapes=[edge] if diagonal else [],
    )


def _columns(points: Points) -> list[tuple[NDArray[np.float32], NDArray[np.float32]]]:
    """Return the two coordinates of points as arrays, which travel packed; nothing when there is no point."""
    if not points:
        return []
    pairs = np.asarray(points, dtype=np.float32)
    return [(pairs[:, 0], pairs[:, 1])]


Spot = tuple[str, float | str, float | str]
"""A run as called, and where it stands on both axes."""


def scatter(spots: Sequence[Spot], base: str, names: tuple[str, str], theme: Theme) -> go.Figure:
    """Draw runs by any two of their values; the baseline is a diamond."""
    palette = PALETTES[theme]
    traces = []
    for is_base in (False, True):
        shown = [spot for spot in spots if (spot[0] == base) == is_base]
        traces.append(
            go.Scatter(
                x=[x for _, x, _ in shown],
                y=[y for _, _, y in shown],
                mode="markers",
                name="baseline" if is_base else "runs",
                marker={
                    "color": palette.warn if is_base else palette.accent,
                    "size": 12 if is_base else 9,
                    "symbol": "diamond" if is_base else "circle",
                },
                customdata=[text(name) for name, _, _ in shown],
                hovertemplate="%{customdata}<br>%{x:.5~g}, <b>%{y:.5~g}</b><extra></extra>",
            )
        )
    return figure(
        traces,
        theme,
        360,
        legend=True,
        xaxis=axis(palette, text(names[0]), nticks=7),
        yaxis=axis(palette, text(names[1]), nticks=7),
    )


Lines = Sequence[tuple[str, Sequence[float | str | None]]]
"""Runs as called, with their value on each axis."""


def parallel(lines: Lines, axes: Sequence[str], theme: Theme) -> go.Figure:
    """Draw each run as a line through its values, the first one (the baseline) dashed."""
    palette = PALETTES[theme]
    columns = [[values[place] for _, values in lines] for place in range(len(axes))]
    scales = [_scale(column) for column in columns]
    traces = [
        go.Scatter(
            x=list(range(len(axes))),
            y=[scale(value) for scale, value in zip(scales, values, strict=True)],
            mode="lines+markers",
            name=text(name, 30),
            connectgaps=True,
            line={"color": colour(place, palette), "width": 2, "dash": dash(place)},
            customdata=["—" if value is None else text(_spelled(value), 30) for value in values],
            hovertemplate=f"{text(name, 40)}<br><b>%{{customdata}}</b><extra></extra>",
        )
        for place, (name, values) in enumerate(lines)
    ]
    uprights = [
        {"type": "line", "x0": at, "x1": at, "y0": 0, "y1": 1, "line": {"color": palette.neutral}, "layer": "below"}
        for at in range(len(axes))
    ]
    return figure(
        traces,
        theme,
        380,
        legend=True,
        xaxis=axis(
            palette,
            tickmode="array",
            tickvals=list(range(len(axes))),
            ticktext=[_labelled(name, column) for name, column in zip(axes, columns, strict=True)],
            showgrid=False,
        ),
        yaxis=axis(palette, range=[-0.04, 1.04], visible=False),
        shapes=uprights,
    )


def _spelled(value: float | str) -> str:
    return value if isinstance(value, str) else f"{value:.5g}"


def _scale(column: Sequence[float | str | None]) -> Callable[[float | str | None], float | None]:
    """Return what puts the values of a column between 0 and 1: numbers by size, words in their order."""
    numbers = [value for value in column if isinstance(value, int | float)]
    words = sorted({str(value) for value in column if isinstance(value, str)})
    low, high = min(numbers, default=0.0), max(numbers, default=1.0)

    def place(value: float | str | None) -> float | None:
        if value is None:
            return None
        if isinstance(value, str) or words:
            order = words if str(value) in words else [*words, str(value)]
            return order.index(str(value)) / max(len(order) - 1, 1)
        return 0.5 if high == low else (value - low) / (high - low)

    return place


def _labelled(name: str, column: Sequence[float | str | None]) -> str:
    numbers = [value for value in column if isinstance(value, int | float)]
    span = f"<br>{min(numbers):.4g} to {max(numbers):.4g}" if numbers and len(numbers) == len(column) else ""
    return f"{text(name, 18)}{span}"


def importances(runs: Named, theme: Theme, limit: int = 15) -> go.Figure:
    """Draw what each run relies on, feature by feature, those first that differ most from the baseline."""
    palette = PALETTES[theme]
    tables = [{name: mean for name, mean, _ in found.importances} for _, found in runs]
    first = tables[0] if tables else {}
    names = {name for table in tables for name in table}
    shift = {name: max(abs(table.get(name, 0.0) - first.get(name, 0.0)) for table in tables) for name in names}
    size = {name: max(table.get(name, 0.0) for table in tables) for name in names}
    shown = sorted(names, key=lambda name: (-shift[name], -size[name]))[:limit][::-1]
    traces = [
        go.Scatter(
            x=[table.get(name) for name in shown],
            y=list(range(len(shown))),
            mode="markers",
            name=text(called, 30),
            marker={"color": colour(place, palette), "size": 9, "symbol": "line-ns-open" if place == 0 else "circle"},
            customdata=[text(name) for name in shown],
            hovertemplate=f"{text(called, 40)}<br>%{{customdata}}: <b>%{{x:.4~g}}</b><extra></extra>",
        )
        for place, ((called, _), table) in enumerate(zip(runs, tables, strict=True))
    ]
    return figure(
        traces,
        theme,
        max(220, 24 * len(shown) + 80),
        legend=True,
        xaxis=axis(palette, "drop of the metric when shuffled", nticks=6),
        yaxis=axis(
            palette, tickmode="array", tickvals=list(range(len(shown))), ticktext=[text(name, 26) for name in shown]
        ),
    )


def histories(lines: Sequence[tuple[str, Points]], metric: str, theme: Theme) -> go.Figure:
    """Draw a metric over the steps of each run."""
    palette = PALETTES[theme]
    traces = [
        go.Scatter(
            x=[step for step, _ in points],
            y=[value for _, value in points],
            mode="lines+markers" if len(points) < 40 else "lines",
            name=text(name, 30),
            line={"color": colour(place, palette), "width": 2},
        )
        for place, (name, points) in enumerate(lines)
    ]
    return figure(
        traces,
        theme,
        330,
        legend=True,
        xaxis=axis(palette, "step", nticks=8),
        yaxis=axis(palette, text(metric), nticks=6),
    )
