"""One column in two versions of a table."""

import plotly.graph_objects as go

from core.charts.template import PALETTES, Theme, axis, figure, text
from core.records.difference import Distribution


def distributions(found: Distribution, names: tuple[str, str], theme: Theme, height: int = 260) -> go.Figure:
    """Draw the share of values per range or category, the newer version beside the older."""
    palette = PALETTES[theme]
    places = list(range(len(found.labels)))
    traces = [
        go.Bar(
            x=places,
            y=list(shares),
            name=text(name),
            customdata=[text(label) for label in found.labels],
            marker={"color": colour, "line": {"width": 0}},
            hovertemplate="%{customdata}<br><b>%{y:.1%}</b><extra>%{fullData.name}</extra>",
        )
        for name, shares, colour in zip(
            names, (found.before, found.after), (palette.neutral, palette.accent), strict=True
        )
    ]
    return figure(
        traces,
        theme,
        height,
        legend=True,
        barmode="group",
        bargap=0.25,
        bargroupgap=0.04,
        xaxis=axis(
            palette,
            tickmode="array",
            tickvals=places,
            ticktext=[text(label, 18) for label in found.labels],
            tickangle=-35,
            showgrid=False,
        ),
        yaxis=axis(palette, "share of values", tickformat=".0%", nticks=5, rangemode="tozero"),
    )
