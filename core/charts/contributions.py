"""How much each input moved an answer."""

from collections.abc import Sequence

import plotly.graph_objects as go

from core.charts.template import PALETTES, Theme, axis, figure, text

MOST = 10


def bars(by_input: Sequence[tuple[str, float]], theme: Theme) -> go.Figure:
    """Draw contributions, largest first; those beyond ten are added up."""
    palette = PALETTES[theme]
    shown = list(by_input[:MOST])
    if len(by_input) > MOST:
        shown.append((f"{len(by_input) - MOST} others", sum(value for _, value in by_input[MOST:])))
    names = [text(name, 34) for name, _ in shown]
    trace = go.Bar(
        x=[value for _, value in shown],
        y=names,
        orientation="h",
        marker={"color": [palette.accent if value >= 0 else palette.warn for _, value in shown]},
        text=[f"{value:+.3g}" for _, value in shown],
        textposition="auto",
        hovertemplate="%{y}<br><b>%{x:+.4g}</b><extra></extra>",
    )
    return figure(
        [trace],
        theme,
        40 + 26 * len(shown),
        xaxis=axis(palette, zeroline=True, zerolinecolor=palette.muted, nticks=5),
        yaxis=axis(palette, autorange="reversed", showgrid=False),
    )


def curve(
    points: Sequence[tuple[float | str, float]], here: float | str | None, label: str, theme: Theme, height: int = 200
) -> go.Figure:
    """Draw what would be answered for each value of one input, all others as they are; ``here`` is its value now."""
    palette = PALETTES[theme]
    at = [value for value, _ in points]
    is_number = all(isinstance(value, int | float) for value in at)
    x = at if is_number else [text(value, 24) for value in at]
    answers = [answer for _, answer in points]
    mark: dict[str, object] = {"x": x, "y": answers, "hovertemplate": "%{x}<br><b>%{y:.4g}</b><extra></extra>"}
    trace: go.Scatter | go.Bar
    if is_number:
        trace = go.Scatter(**mark, mode="lines", line={"color": palette.accent, "width": 2})
    else:
        colours = [palette.accent if value == here else palette.neutral for value in at]
        trace = go.Bar(**mark, marker={"color": colours})
    line = {"type": "line", "x0": here, "x1": here, "yref": "paper", "y0": 0, "y1": 1}
    shapes = [{**line, "line": {"color": palette.warn, "dash": "dot"}}] if is_number and here is not None else []
    return figure(
        [trace], theme, height, shapes=shapes, xaxis=axis(palette, text(label)), yaxis=axis(palette, nticks=4)
    )
