"""What answers were worth in money over time, beside what a retraining costs."""

from collections.abc import Sequence
from itertools import accumulate

import plotly.graph_objects as go

from core.charts import windows as windows_axis
from core.charts.template import PALETTES, Figure, Theme, axis, figure, text
from core.charts.windows import Mark
from core.records.monitor import ReportOutline


def lost(windows: Sequence[ReportOutline]) -> list[float | None]:
    """Return what each window was worth less than as many answers like those at training; None where not known."""
    return [
        one.performance.worth_expected - one.performance.worth
        if one.performance is not None
        and one.performance.worth is not None
        and one.performance.worth_expected is not None
        else None
        for one in windows
    ]


def over_time(
    windows: Sequence[ReportOutline], retraining: float | None, theme: Theme, marks: Sequence[Mark] = ()
) -> Figure | None:
    """Draw the money lost or won in each window against training, its sum so far, and the cost of a retraining; None
    where nothing is known."""
    palette = PALETTES[theme]
    known = lost(windows)
    if not any(value is not None for value in known):
        return None
    places = list(range(len(windows)))
    bars = go.Bar(
        x=places,
        y=[None if value is None else -value for value in known],
        name="In the window, against training",
        marker={"color": [palette.bad if (value or 0) > 0 else palette.good for value in known], "line": {"width": 0}},
        customdata=[text(one.current, 40) for one in windows],
        hovertemplate="%{customdata}<br><b>%{y:,.2f}</b><extra></extra>",
    )
    total = go.Scatter(
        x=places,
        y=list(accumulate(-(value or 0.0) for value in known)),
        name="So far",
        mode="lines+markers",
        line={"color": palette.accent, "width": 2},
        marker={"size": 5},
        hovertemplate="<b>%{y:,.2f}</b> so far<extra></extra>",
    )
    traces: list[go.Bar | go.Scatter] = [bars, total]
    if retraining is not None:
        traces.append(
            go.Scatter(
                x=[places[0] - 0.5, places[-1] + 0.5],
                y=[-retraining] * 2,
                name="What a retraining costs",
                mode="lines",
                line={"color": palette.warn, "width": 1.5, "dash": "dash"},
                hovertemplate=f"<b>{retraining:,.2f}</b><extra>A retraining costs</extra>",
            )
        )
    return figure(
        traces,
        theme,
        240,
        legend=True,
        margin={"l": 8, "r": 8, "t": 40 if windows_axis.placed(windows, marks) else 26, "b": 8, "pad": 4},
        xaxis=axis(palette, **windows_axis.moments(windows), range=[-0.5, len(windows) - 0.5]),
        yaxis=axis(palette, "money", zeroline=True, zerolinecolor=palette.grid),
        shapes=windows_axis.lines(windows, marks, palette),
        annotations=windows_axis.labels(windows, marks, palette),
    )
