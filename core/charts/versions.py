"""How the versions of a dataset follow each other."""

from collections.abc import Sequence
from typing import Any

import plotly.graph_objects as go

from core.charts.template import PALETTES, Theme, axis, figure, text
from core.records.dataset import DatasetVersion

SHOWN = 40


def graph(versions: Sequence[DatasetVersion], chosen: int, theme: Theme) -> go.Figure:
    """Draw the newest versions from left to right, each joined to the one it follows; branches get lanes of their own.

    ``customdata[0]`` of a point is the version's number.
    """
    palette = PALETTES[theme]
    shown = sorted(versions, key=lambda version: version.number)[-SHOWN:]
    lanes = _lanes(shown)
    places = {version.number: (place, -lanes[version.number]) for place, version in enumerate(shown)}
    xs: list[float | None] = []
    ys: list[float | None] = []
    for version in shown:
        if version.parent in places:
            (x0, y0), (x1, y1) = places[version.parent], places[version.number]
            xs += [x0, x1, None]
            ys += [y0, y1, None]
    lines = go.Scatter(x=xs, y=ys, mode="lines", line={"color": palette.neutral, "width": 2}, hoverinfo="skip")
    points = go.Scatter(
        x=[places[version.number][0] for version in shown],
        y=[places[version.number][1] for version in shown],
        mode="markers+text",
        text=[f"@{version.number}" for version in shown],
        textposition="bottom center",
        customdata=[
            [version.number, text(version.note or version.source), text(version.author), f"{version.rows:,}"]
            for version in shown
        ],
        marker={
            "size": 14,
            "color": [palette.accent if version.number == chosen else palette.neutral for version in shown],
            "line": {"width": 0},
        },
        hovertemplate="@%{customdata[0]}: %{customdata[1]}<br>%{customdata[3]} rows, %{customdata[2]}<extra></extra>",
    )
    depth = max(lanes.values(), default=0)
    hidden: dict[str, Any] = {"showgrid": False, "showticklabels": False}
    return figure(
        [lines, points],
        theme,
        96 + 44 * depth,
        xaxis=axis(palette, range=[-0.5, max(len(shown), 8) - 0.5], **hidden),
        yaxis=axis(palette, range=[-depth - 0.9, 0.6], **hidden),
    )


def _lanes(shown: Sequence[DatasetVersion]) -> dict[int, int]:
    """Return the lane of each version: the first to follow a version stays in its lane, others open one."""
    lanes: dict[int, int] = {}
    followed: set[int] = set()
    for version in shown:
        if version.parent in lanes and version.parent not in followed:
            lanes[version.number] = lanes[version.parent]
            followed.add(version.parent)
        else:
            lanes[version.number] = max(lanes.values(), default=-1) + 1
    return lanes
