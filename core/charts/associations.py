"""How columns go together: the matrix, what says most about the target, and the classes."""

from typing import Any

import plotly.graph_objects as go

from core.charts.template import PALETTES, Theme, axis, figure, text
from core.records.profile import Associations, TargetLink

LINKS = 15
CELL = 22


def heat_map(found: Associations, theme: Theme) -> go.Figure:
    """Draw the matrix below its diagonal; blue is together, orange against each other, the figure shows on hover."""
    palette = PALETTES[theme]
    names, size = found.columns, len(found.columns)
    cells = [[found.matrix[row][column] if column < row else None for column in range(size)] for row in range(size)]
    said = [[_said(found, row, column) for column in range(size)] for row in range(size)]
    trace = go.Heatmap(
        z=cells,
        customdata=said,
        zmin=-1,
        zmax=1,
        colorscale=[(0, palette.warn), (0.5, palette.surface), (1, palette.accent)],
        xgap=1,
        ygap=1,
        hoverongaps=False,
        hovertemplate="%{customdata}<extra></extra>",
        colorbar={"thickness": 8, "len": 0.6, "tickfont": {"size": 10, "color": palette.muted}, "outlinewidth": 0},
    )
    places = list(range(size))
    labels = [text(name, 18) for name in names]
    look: dict[str, Any] = {"tickmode": "array", "tickvals": places, "ticktext": labels, "showgrid": False}
    return figure(
        [trace],
        theme,
        CELL * size + 140,
        xaxis=axis(palette, tickangle=-45, range=[-0.5, size - 1.5], **look),
        yaxis=axis(palette, range=[size - 0.5, 0.5], **look),
    )


def _said(found: Associations, row: int, column: int) -> str:
    value, linear = found.matrix[row][column], found.pearson[row][column]
    if value is None:
        return "not measured"
    kinds = found.numeric[row] + found.numeric[column]
    measure = ("Cramer's V", "correlation ratio", "Spearman")[kinds]
    more = "" if linear is None else f", Pearson {linear:.3f}"
    return f"{text(found.columns[row])}<br>{text(found.columns[column])}<br><b>{measure} {value:.3f}</b>{more}"


def links(found: tuple[TargetLink, ...], theme: Theme) -> go.Figure:
    """Draw the share of the target's uncertainty that columns explain; suspects are red.

    ``customdata[0]`` of a bar is the column's name.
    """
    palette = PALETTES[theme]
    shown = list(reversed(found[:LINKS]))
    trace = go.Bar(
        y=list(range(len(shown))),
        x=[link.explained for link in shown],
        orientation="h",
        customdata=[[link.name, text(link.name), text(link.suspicion, 120)] for link in shown],
        marker={"color": [palette.bad if link.suspicion else palette.accent for link in shown], "line": {"width": 0}},
        hovertemplate="%{customdata[1]}<br><b>%{x:.1%}</b><br>%{customdata[2]}<extra></extra>",
    )
    return figure(
        [trace],
        theme,
        22 * len(shown) + 56,
        xaxis=axis(palette, "share of the target's uncertainty", tickformat=".0%", rangemode="tozero", nticks=5),
        yaxis=axis(
            palette,
            tickmode="array",
            tickvals=list(range(len(shown))),
            ticktext=[text(link.name, 22) for link in shown],
            showgrid=False,
        ),
    )


def classes(found: tuple[tuple[str, int], ...], theme: Theme) -> go.Figure:
    """Draw how many rows each class of the target has."""
    palette = PALETTES[theme]
    shown = list(reversed(found))
    whole = sum(count for _, count in found) or 1
    trace = go.Bar(
        y=list(range(len(shown))),
        x=[count for _, count in shown],
        orientation="h",
        text=[f"{count / whole:.1%}" for _, count in shown],
        customdata=[text(label) for label, _ in shown],
        marker={"color": palette.accent, "line": {"width": 0}},
        hovertemplate="%{customdata}<br><b>%{x:,}</b> rows<extra></extra>",
    )
    return figure(
        [trace],
        theme,
        26 * len(shown) + 56,
        xaxis=axis(palette, "rows", nticks=4),
        yaxis=axis(
            palette,
            tickmode="array",
            tickvals=list(range(len(shown))),
            ticktext=[text(label, 22) for label, _ in shown],
            showgrid=False,
        ),
    )
