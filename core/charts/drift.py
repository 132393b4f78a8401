"""What a drift check found: all columns at a glance, and one of them in detail."""

from typing import Any

import plotly.graph_objects as go

from core.charts import grouped
from core.charts.template import PALETTES, Palette, Theme, axis, figure, text
from core.records.monitor import ColumnDrift, ColumnVerdict, severity

WORDS = {
    ColumnVerdict.DRIFTED: "Drifted",
    ColumnVerdict.STABLE: "Stable",
    ColumnVerdict.TOO_FEW: "Too few rows",
    ColumnVerdict.UNTESTABLE: "Not testable",
}
SHOWN = 40


def _colour(palette: Palette, verdict: ColumnVerdict) -> str:
    return {ColumnVerdict.DRIFTED: palette.bad, ColumnVerdict.STABLE: palette.good}.get(verdict, palette.neutral)


def overview(columns: tuple[ColumnDrift, ...], theme: Theme) -> go.Figure:
    """Draw each column's distance from its threshold, the ``SHOWN`` most drifted with the worst on top.

    ``customdata[0]`` of a bar is the column's name.
    """
    palette = PALETTES[theme]
    shown = sorted(columns, key=severity)[-SHOWN:]
    trace = go.Bar(
        y=list(range(len(shown))),
        x=[max(severity(column), 0.04) for column in shown],
        orientation="h",
        marker={"color": [_colour(palette, column.verdict) for column in shown], "line": {"width": 0}},
        customdata=[[column.name, *_said(column)] for column in shown],
        hovertemplate="<b>%{customdata[1]}</b>: %{customdata[2]}<br>%{customdata[3]}<extra></extra>",
    )
    reach = max([severity(column) for column in shown] + [1.6]) * 1.05
    return figure(
        [trace],
        theme,
        max(150, 22 * len(shown) + 50),
        xaxis=axis(palette, "times the threshold", range=[0, reach], nticks=6),
        yaxis=axis(
            palette,
            tickmode="array",
            tickvals=list(range(len(shown))),
            ticktext=[text(column.name, 24) for column in shown],
            showgrid=False,
        ),
        shapes=[
            {
                "type": "line",
                "x0": 1,
                "x1": 1,
                "y0": -0.5,
                "y1": len(shown) - 0.5,
                "line": {"color": palette.ink, "width": 1, "dash": "dot"},
            },
        ],
    )


def _said(column: ColumnDrift) -> tuple[str, str, str]:
    if column.statistic is None or column.threshold is None:
        return text(column.name), WORDS[column.verdict], text(column.reason, 120)
    kind = "p" if column.is_p_value else "distance"
    numbers = f"{text(column.test)}, {kind} {column.statistic:.4g}, threshold {column.threshold:.4g}"
    return text(column.name), WORDS[column.verdict], numbers


def overlay(column: ColumnDrift, theme: Theme, height: int = 300) -> go.Figure:
    """Draw the share of values per range or category, current over reference."""
    return _ranges(column, theme, height) if column.edges else _categories(column, theme, height)


def _names(column: ColumnDrift) -> tuple[str, str]:
    return f"Reference ({column.rows_reference:,} rows)", f"Current ({column.rows_current:,} rows)"


def _ranges(column: ColumnDrift, theme: Theme, height: int) -> go.Figure:
    """Draw ranges equally wide, whatever they span: the last often reaches far, and its height is a share, too."""
    palette = PALETTES[theme]
    said = "%{customdata}<br><b>%{y:.1%}</b><extra>%{fullData.name}</extra>"
    labels = [text(label) for label in column.labels]
    before, after = _names(column)
    reference = go.Bar(
        x=list(range(len(labels))),
        y=list(column.reference),
        width=1,
        name=before,
        customdata=labels,
        marker={"color": palette.neutral, "opacity": 0.55, "line": {"width": 0}},
        hovertemplate=said,
    )
    current = go.Scatter(
        x=[place - 0.5 for place in range(len(labels) + 1)],
        y=[*column.current, column.current[-1]],
        name=after,
        mode="lines",
        line={"color": palette.accent, "width": 2, "shape": "hv"},
        customdata=[*labels, labels[-1]],
        hovertemplate=said,
    )
    shown = range(0, len(column.edges), max(1, -(-len(column.edges) // 8)))
    ticks = {
        "tickmode": "array",
        "tickvals": [place - 0.5 for place in shown],
        "ticktext": [f"{column.edges[place]:,.4g}" for place in shown],
    }
    return figure(
        [reference, current],
        theme,
        height,
        legend=True,
        xaxis=axis(palette, text(column.name), showgrid=False, **ticks),
        yaxis=_shares(palette),
    )


def _shares(palette: Palette) -> dict[str, Any]:
    return axis(palette, "share of values", tickformat=".0%", nticks=5, rangemode="tozero")


def _categories(column: ColumnDrift, theme: Theme, height: int) -> go.Figure:
    before, after = _names(column)
    sides = (before, column.reference), (after, column.current)
    return grouped.shares(column.labels, *sides, theme, height, column.name)
