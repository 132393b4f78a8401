"""Shares of values per category of two sides, as bars beside each other."""

from collections.abc import Sequence

import plotly.graph_objects as go

from core.charts.template import PALETTES, Figure, Theme, axis, figure, text

Side = tuple[str, Sequence[float]]
"""The name of a side and its share of each category."""


def shares(
    labels: Sequence[str],
    before: Side,
    after: Side,
    theme: Theme,
    height: int,
    title: str = "",
    angle: int | None = None,
) -> Figure:
    """Draw both sides, the older one in grey; ``angle`` turns the names of the categories."""
    palette = PALETTES[theme]
    places = list(range(len(labels)))
    bars = [
        go.Bar(
            x=places,
            y=list(values),
            name=text(name),
            customdata=[text(label) for label in labels],
            marker={"color": colour, "line": {"width": 0}},
            hovertemplate="%{customdata}<br><b>%{y:.1%}</b><extra>%{fullData.name}</extra>",
        )
        for (name, values), colour in ((before, palette.neutral), (after, palette.accent))
    ]
    return figure(
        bars,
        theme,
        height,
        legend=True,
        barmode="group",
        bargap=0.25,
        bargroupgap=0.04,
        xaxis=axis(
            palette,
            text(title),
            tickmode="array",
            tickvals=places,
            ticktext=[text(label, 18) for label in labels],
            tickangle=angle,
            showgrid=False,
        ),
        yaxis=axis(palette, "share of values", tickformat=".0%", nticks=5, rangemode="tozero"),
    )
