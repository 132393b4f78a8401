"""Data quality over time: how many checks fail in each window, and which part of its rows each check concerns."""

from collections.abc import Mapping, Sequence

import plotly.graph_objects as go

from core.charts import windows as windows_axis
from core.charts.template import PALETTES, Figure, Theme, axis, figure, text
from core.records.monitor import ReportOutline

ROW = 24
SHOWN = 20
CAP = 0.2
"""Share of the rows from which on a cell is as dark as can be."""


def outcomes(windows: Sequence[ReportOutline], chosen: str, theme: Theme) -> Figure:
    """Draw how many checks failed and warned in each window; the chosen one is framed.

    ``customdata[1]`` of a bar is the report's id.
    """
    palette = PALETTES[theme]
    bars = [
        go.Bar(
            x=list(range(len(windows))),
            y=[one.figures.get(name, 0.0) for one in windows],
            name=label,
            marker={"color": colour, "line": {"width": 0}},
            selected={"marker": {"opacity": 1}},
            unselected={"marker": {"opacity": 1}},
            customdata=[[text(one.current, 40), one.id] for one in windows],
            hovertemplate="%{customdata[0]}<br><b>%{y}</b> checks<extra>" + label + "</extra>",
        )
        for name, label, colour in (("failed", "Failed", palette.bad), ("warned", "Warned", palette.warn))
    ]
    ids = [one.id for one in windows]
    frame = []
    if chosen in ids:
        ends = {"x0": ids.index(chosen) - 0.5, "x1": ids.index(chosen) + 0.5, "yref": "paper", "y0": 0, "y1": 1}
        frame = [{"type": "rect", "line": {"color": palette.ink, "width": 1.5}, **ends}]
    most = max([sum(one.figures.get(name, 0.0) for name in ("failed", "warned")) for one in windows] + [1.0])
    return figure(
        bars,
        theme,
        210,
        legend=True,
        barmode="stack",
        xaxis=axis(palette, **windows_axis.moments(windows), range=[-0.5, len(windows) - 0.5]),
        yaxis=axis(palette, "checks", range=[0, most * 1.1], nticks=5),
        shapes=frame,
    )


def shares(windows: Sequence[ReportOutline], words: Mapping[str, str], theme: Theme) -> Figure | None:
    """Draw which share of the rows of each window is concerned, check and column by window, the worst on top; None
    where none is. ``words`` says what checks are called."""
    palette = PALETTES[theme]
    worst: dict[str, float] = {}
    for one in windows:
        for name, value in one.figures.items():
            check, _, column = name.partition(".")
            if check in words and column:
                worst[name] = max(worst.get(name, 0.0), value)
    names = sorted((name for name, value in worst.items() if value > 0), key=lambda name: -worst[name])[:SHOWN]
    if not names:
        return None
    labels = [f"{text(name.partition('.')[2], 18)} · {words[name.partition('.')[0]]}" for name in names]
    trace = go.Heatmap(
        z=[[one.figures.get(name) for one in windows] for name in names],
        customdata=[[f"{label}<br>{text(one.current, 40)}" for one in windows] for label in labels],
        zmin=0,
        zmax=CAP,
        colorscale=[(0, palette.grid), (0.05, palette.ramp[0]), (0.5, palette.warn), (1, palette.bad)],
        xgap=2,
        ygap=2,
        hoverongaps=False,
        hovertemplate="%{customdata}<br><b>%{z:.2%}</b> of the rows<extra></extra>",
        colorbar={
            "thickness": 8,
            "len": 0.9,
            "tickvals": [0, 0.1, CAP],
            "ticktext": ["0%", "10%", "20% or more"],
            "tickfont": {"size": 10, "color": palette.muted},
            "outlinewidth": 0,
        },
    )
    return figure(
        [trace],
        theme,
        ROW * len(names) + 90,
        xaxis=axis(palette, **windows_axis.moments(windows), range=[-0.5, len(windows) - 0.5]),
        yaxis=axis(
            palette,
            tickmode="array",
            tickvals=list(range(len(names))),
            ticktext=labels,
            range=[len(names) - 0.5, -0.5],
            showgrid=False,
        ),
    )
