"""Concept drift: the champion's error window by window and within one, and what features tell of the target."""

from collections.abc import Sequence
from typing import Any

import plotly.graph_objects as go

from core.charts import windows as windows_axis
from core.charts.template import PALETTES, Figure, Theme, axis, figure, text
from core.charts.windows import Mark
from core.records.monitor import Association, MonitorReport, ReportOutline

ROW = 26
SHOWN = 25


def over_time(
    windows: Sequence[ReportOutline], chosen: str, theme: Theme, marks: Sequence[Mark] = (), name: str = "error"
) -> Figure:
    """Draw the error of each window beside that at training; windows in which it rose are red diamonds.

    ``customdata[1]`` of a point is the report's id.
    """
    palette = PALETTES[theme]
    places = list(range(len(windows)))
    line = go.Scatter(
        x=places,
        y=[one.figures.get("error") for one in windows],
        name="Error",
        mode="lines+markers",
        line={"color": palette.accent, "width": 2},
        marker={
            "size": [12 if one.id == chosen else 8 for one in windows],
            "color": [palette.bad if one.drifted else palette.accent for one in windows],
            "symbol": ["diamond" if one.drifted else "circle" for one in windows],
        },
        selected={"marker": {"opacity": 1}},
        unselected={"marker": {"opacity": 1}},
        customdata=[[text(one.current, 40), one.id] for one in windows],
        hovertemplate="%{customdata[0]}<br><b>%{y:.4g}</b><extra></extra>",
    )
    usual = go.Scatter(
        x=places,
        y=[one.figures.get("error_at_training") for one in windows],
        name="At training",
        mode="lines",
        line={"color": palette.neutral, "width": 1.5, "dash": "dot"},
        hovertemplate="<b>%{y:.4g}</b><extra>At training</extra>",
    )
    return figure(
        [usual, line],
        theme,
        250,
        legend=True,
        margin={"l": 8, "r": 8, "t": 40 if windows_axis.placed(windows, marks) else 26, "b": 8, "pad": 4},
        xaxis=axis(palette, **windows_axis.moments(windows)),
        yaxis=axis(palette, name, rangemode="tozero"),
        shapes=windows_axis.lines(windows, marks, palette),
        annotations=windows_axis.labels(windows, marks, palette),
    )


def within(report: MonitorReport, theme: Theme, name: str = "error") -> Figure:
    """Draw the error along the rows of a window, with a line where it becomes another."""
    palette = PALETTES[theme]
    points = report.points
    is_timed = all(point.at for point in points)
    x: list[Any] = [point.at for point in points] if is_timed else list(range(1, len(points) + 1))
    trace = go.Scatter(
        x=x,
        y=[point.error for point in points],
        mode="lines",
        line={"color": palette.accent, "width": 1.8, "shape": "hv"},
        customdata=[point.rows for point in points],
        hovertemplate="%{x}<br><b>%{y:.4g}</b> on %{customdata:,} rows<extra></extra>",
        showlegend=False,
    )
    traces = [trace]
    usual = report.figures.get("error_at_training")
    if usual is not None:
        dots = {"color": palette.neutral, "width": 1.5, "dash": "dot"}
        traces.append(
            go.Scatter(x=[x[0], x[-1]], y=[usual] * 2, mode="lines", line=dots, hoverinfo="skip", showlegend=False)
        )
    look = {
        "type": "line",
        "yref": "paper",
        "y0": 0,
        "y1": 1,
        "line": {"color": palette.bad, "width": 1.5, "dash": "dash"},
    }
    places = [x[place] for place in report.changes if place < len(x)]
    font = {"size": 10.5, "color": palette.bad}
    said = {"yref": "paper", "y": 1, "yanchor": "bottom", "showarrow": False, "font": font, "text": "another mean"}
    return figure(
        traces,
        theme,
        230,
        margin={"l": 8, "r": 8, "t": 24, "b": 8, "pad": 4},
        xaxis=axis(palette, "" if is_timed else "part of the rows", showgrid=False),
        yaxis=axis(palette, name, rangemode="tozero"),
        shapes=[{**look, "x0": place, "x1": place} for place in places],
        annotations=[{**said, "x": place} for place in places],
    )


def associations(found: Sequence[Association], theme: Theme) -> Figure:
    """Draw what each feature told of the target and tells now, those that shifted in red on top."""
    palette = PALETTES[theme]
    shown = list(reversed(found[:SHOWN]))
    rows = list(range(len(shown)))
    traces = [
        go.Scatter(
            x=[value for one in shown for value in (one.reference, one.current, None)],
            y=[value for row in rows for value in (row, row, None)],
            mode="lines",
            line={"color": palette.neutral, "width": 2},
            hoverinfo="skip",
            showlegend=False,
        ),
        _dots("Reference", shown, [one.reference for one in shown], [palette.neutral] * len(shown)),
        _dots(
            "Now",
            shown,
            [one.current for one in shown],
            [palette.bad if one.shifted else palette.accent for one in shown],
        ),
    ]
    return figure(
        traces,
        theme,
        max(130, ROW * len(shown) + 70),
        legend=True,
        xaxis=axis(palette, "correlation of ranks with the target", range=[-1.05, 1.05], nticks=5),
        yaxis=axis(
            palette,
            tickmode="array",
            tickvals=rows,
            ticktext=[text(one.feature, 22) for one in shown],
            showgrid=False,
            range=[-0.6, len(shown) - 0.4],
        ),
        shapes=[
            {
                "type": "line",
                "x0": 0,
                "x1": 0,
                "yref": "paper",
                "y0": 0,
                "y1": 1,
                "line": {"color": palette.grid, "width": 1.5},
            }
        ],
    )


def _dots(name: str, shown: Sequence[Association], x: Sequence[float], colours: Sequence[str]) -> go.Scatter:
    return go.Scatter(
        x=list(x),
        y=list(range(len(shown))),
        name=name,
        mode="markers",
        marker={"size": 10, "color": list(colours)},
        customdata=[[text(one.feature), f"{one.p_adjusted:.2g}"] for one in shown],
        hovertemplate="<b>%{customdata[0]}</b> %{x:.3f}<br>chance alone: p %{customdata[1]}<extra>" + name + "</extra>",
    )
