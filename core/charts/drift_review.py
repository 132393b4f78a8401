"""Drift over time: columns by windows as a heat map, one column through the windows, and where its values went."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import plotly.graph_objects as go

from core.charts import windows as windows_axis
from core.charts.template import PALETTES, Palette, Theme, axis, figure, text
from core.charts.windows import Mark
from core.records.metric import METRICS
from core.records.monitor import Cell, ColumnDrift, ColumnVerdict, ReportOutline, severity

ROW = 24
MOST_ROWS = 40
CAP = 3.0
"""Times the threshold from which on a cell is as dark as can be."""


def ranked(windows: Sequence[ReportOutline]) -> list[str]:
    """Return the columns of all windows, those first whose drift matters most: importance times severity."""
    weights: dict[str, float] = {}
    for window in windows:
        for cell in window.cells:
            weights[cell.name] = max(weights.get(cell.name, 0.0), weight(cell))
    return sorted(weights, key=lambda name: -weights[name])


def weight(cell: Cell | ColumnDrift) -> float:
    """Return how much a column's drift matters: its severity times its importance, an answer's as the highest."""
    importance = 1.0 if cell.role in ("target", "prediction") else cell.importance
    return severity(cell) * (0.05 + (0.5 if importance is None else importance))


def heat_map(
    windows: Sequence[ReportOutline],
    names: Sequence[str],
    theme: Theme,
    *,
    chosen: tuple[str, str] | None = None,
    marks: Sequence[Mark] = (),
) -> go.Figure:
    """Draw columns by windows, both in the given order: how far each is from its threshold.

    A drifted cell has a dot, too; grey ones have no verdict. ``chosen`` is (column, report id). ``customdata`` of a
    point is [column, report id]; click on one to choose it.
    """
    palette = PALETTES[theme]
    found = [{cell.name: cell for cell in window.cells} for window in windows]
    size = len(names)
    traces = [
        _untested(found, names, palette),
        _tested(found, names, palette),
        _targets(windows, found, names, palette),
    ]
    return figure(
        traces,
        theme,
        ROW * size + 110,
        margin={"l": 8, "r": 8, "t": 34 if windows_axis.placed(windows, marks) else 10, "b": 8, "pad": 2},
        xaxis=axis(palette, **windows_axis.moments(windows), range=[-0.5, len(windows) - 0.5]),
        yaxis=axis(
            palette,
            tickmode="array",
            tickvals=list(range(size)),
            ticktext=[text(name, 22) for name in names],
            range=[size - 0.5, -0.5],
            showgrid=False,
        ),
        shapes=[*_frame(windows, names, chosen, palette), *windows_axis.lines(windows, marks, palette)],
        annotations=windows_axis.labels(windows, marks, palette),
        hovermode="closest",
    )


def _tested(found: Sequence[Mapping[str, Cell]], names: Sequence[str], palette: Palette) -> go.Heatmap:
    def value(cell: Cell | None) -> float:
        if cell is None or cell.verdict not in (ColumnVerdict.DRIFTED, ColumnVerdict.STABLE):
            return np.nan
        # A distance beyond its threshold that chance explains stays below the colour of drift.
        return min(severity(cell), CAP) if cell.verdict is ColumnVerdict.DRIFTED else min(severity(cell), 0.95)

    def dot(cell: Cell | None) -> str:
        return "•" if cell is not None and cell.verdict is ColumnVerdict.DRIFTED else ""

    return go.Heatmap(
        z=_matrix([[value(cells.get(name)) for cells in found] for name in names]),
        text=_matrix([[dot(cells.get(name)) for cells in found] for name in names]),
        texttemplate="%{text}",
        textfont={"color": palette.surface, "size": 15},
        zmin=0,
        zmax=CAP,
        colorscale=[
            (0, palette.grid),
            (0.32, palette.ramp[0]),
            (0.333, palette.warn),
            (1, palette.bad),
        ],
        xgap=2,
        ygap=2,
        hoverinfo="skip",
        colorbar={
            "thickness": 8,
            "len": 0.9,
            "tickvals": [0, 1, 2, 3],
            "ticktext": ["0", "threshold", "2 times", "3 times"],
            "tickfont": {"size": 10, "color": palette.muted},
            "outlinewidth": 0,
        },
    )


def _matrix(rows: Sequence[Sequence[object]]) -> "np.ndarray[Any, Any]":
    """Return rows as an array: Plotly looks at every single item of a list, three times over."""
    is_number = bool(rows) and all(isinstance(one, float | int) for row in rows for one in row)
    return np.array(rows, dtype=float if is_number else object)


def _untested(found: Sequence[Mapping[str, Cell]], names: Sequence[str], palette: Palette) -> go.Heatmap:
    def is_untested(cell: Cell | None) -> bool:
        return cell is not None and cell.verdict in (ColumnVerdict.TOO_FEW, ColumnVerdict.UNTESTABLE)

    crosses = [[is_untested(cells.get(name)) for cells in found] for name in names]
    return go.Heatmap(
        z=_matrix([[1.0 if one else np.nan for one in row] for row in crosses]),
        text=_matrix([["x" if one else "" for one in row] for row in crosses]),
        texttemplate="%{text}",
        textfont={"color": palette.muted, "size": 11},
        colorscale=[(0, palette.surface), (1, palette.surface)],
        showscale=False,
        xgap=2,
        ygap=2,
        hoverinfo="skip",
    )


def _targets(
    windows: Sequence[ReportOutline], found: Sequence[Mapping[str, Cell]], names: Sequence[str], palette: Palette
) -> go.Scatter:
    """Return what is clicked on: heat maps of Plotly cannot be chosen from, points can."""
    titles = [text(window.current, 40) for window in windows]
    places = [
        (column, row, cells[name])
        for column, cells in enumerate(found)
        for row, name in enumerate(names)
        if name in cells
    ]
    return go.Scatter(
        x=np.array([column for column, *_ in places]),
        y=np.array([row for _, row, _ in places]),
        mode="markers",
        marker={"size": ROW - 4, "symbol": "square", "color": palette.accent, "opacity": 0},
        selected={"marker": {"opacity": 0}},
        unselected={"marker": {"opacity": 0}},
        customdata=_matrix(
            [[cell.name, windows[column].id, *_said(titles[column], cell)] for column, _, cell in places]
        ),
        hovertemplate="<b>%{customdata[2]}</b><br>%{customdata[3]}<br>%{customdata[4]}<extra></extra>",
        showlegend=False,
    )


def _said(window: str, cell: Cell) -> tuple[str, str, str]:
    when = f"{text(cell.name)} · {window}"
    why = text(cell.reason, 90) if cell.reason else ""
    if cell.statistic is None or cell.threshold is None:
        return when, cell.verdict.value.replace("_", " "), why
    kind = "p" if cell.is_p_value else "distance"
    chance = "" if cell.p_adjusted is None else f" · p {cell.p_adjusted:.2g}"
    number = f"{kind} {cell.statistic:.3g}, threshold {cell.threshold:.3g}{chance}"
    return when, f"{cell.verdict.value}: {number}", why


def _frame(
    windows: Sequence[ReportOutline], names: Sequence[str], chosen: tuple[str, str] | None, palette: Palette
) -> list[dict[str, Any]]:
    ids = [window.id for window in windows]
    if chosen is None or chosen[0] not in names or chosen[1] not in ids:
        return []
    column, row = ids.index(chosen[1]), list(names).index(chosen[0])
    line = {"color": palette.ink, "width": 2}
    ends = {"x0": column - 0.5, "x1": column + 0.5, "y0": row - 0.5, "y1": row + 0.5}
    return [{"type": "rect", "line": line, **ends}]


def over_time(windows: Sequence[ReportOutline], name: str, chosen: str, theme: Theme, height: int = 190) -> go.Figure:
    """Draw one column's distance through the windows with its threshold; the chosen window is filled."""
    palette = PALETTES[theme]
    cells = [next((cell for cell in window.cells if cell.name == name), None) for window in windows]
    places = list(range(len(windows)))
    found = [None if cell is None else cell.statistic for cell in cells]
    drifted = [cell is not None and cell.verdict is ColumnVerdict.DRIFTED for cell in cells]
    line = go.Scatter(
        x=places,
        y=found,
        mode="lines+markers",
        line={"color": palette.accent, "width": 2},
        marker={
            "size": [11 if window.id == chosen else 7 for window in windows],
            "color": [palette.bad if is_drifted else palette.accent for is_drifted in drifted],
            "symbol": ["diamond" if is_drifted else "circle" for is_drifted in drifted],
        },
        customdata=[[text(window.current, 40), window.id] for window in windows],
        hovertemplate="%{customdata[0]}<br><b>%{y:.3g}</b><extra></extra>",
        showlegend=False,
    )
    limit = go.Scatter(
        x=places,
        y=[None if cell is None else cell.threshold for cell in cells],
        mode="lines",
        line={"color": palette.ink, "width": 1, "dash": "dot"},
        hoverinfo="skip",
        showlegend=False,
    )
    return figure(
        [limit, line],
        theme,
        height,
        xaxis=axis(palette, **windows_axis.moments(windows)),
        yaxis=axis(palette, "distance", nticks=4, rangemode="tozero"),
    )


def performance(windows: Sequence[ReportOutline], chosen: str, theme: Theme, height: int = 190) -> go.Figure:
    """Draw the champion's metric through the windows beside what it was at training, with its interval."""
    palette = PALETTES[theme]
    told = [window.performance for window in windows]
    first = next((one for one in told if one is not None), None)
    title = METRICS[first.metric].title if first and first.metric in METRICS else "performance"
    values = [None if one is None else one.value for one in told]
    dropped = [one is not None and bool(one.dropped) for one in told]
    line = go.Scatter(
        x=list(range(len(windows))),
        y=values,
        mode="lines+markers",
        line={"color": palette.accent, "width": 2},
        marker={
            "size": [11 if window.id == chosen else 7 for window in windows],
            "color": [palette.bad if is_dropped else palette.good for is_dropped in dropped],
            "symbol": ["diamond" if is_dropped else "circle" for is_dropped in dropped],
        },
        customdata=[text(window.current, 40) for window in windows],
        hovertemplate="%{customdata}<br><b>%{y:.4g}</b><extra></extra>",
    )
    return figure(
        [line],
        theme,
        height,
        xaxis=axis(palette, **windows_axis.moments(windows)),
        yaxis=axis(palette, title, nticks=4),
        shapes=_expected(first.expected, first.interval, palette) if first else [],
    )


def _expected(value: float | None, interval: tuple[float, float] | None, palette: Palette) -> list[dict[str, Any]]:
    across = {"x0": 0, "x1": 1, "xref": "paper"}
    found: list[dict[str, Any]] = []
    if interval:
        band = {"type": "rect", "y0": interval[0], "y1": interval[1], "fillcolor": palette.good, "opacity": 0.12}
        found.append({**band, **across, "line": {"width": 0}})
    if value is not None:
        line = {"color": palette.good, "width": 1.5, "dash": "dot"}
        found.append({"type": "line", "y0": value, "y1": value, **across, "line": line})
    return found


def quantile_shift(column: ColumnDrift, theme: Theme, height: int = 240) -> go.Figure:
    """Draw from where to where the quantiles of a column moved."""
    palette = PALETTES[theme]
    at = ("1 %", "5 %", "25 %", "50 %", "75 %", "95 %", "99 %")
    pairs = list(zip(column.quantiles_reference, column.quantiles_current, strict=True))
    lines = go.Scatter(
        x=[end for old, new in pairs for end in (old, new, None)],
        y=[place for name in at for place in (name, name, None)],
        mode="lines",
        line={"color": palette.neutral, "width": 2},
        hoverinfo="skip",
        showlegend=False,
    )
    dots = [
        go.Scatter(
            x=[pair[side] for pair in pairs],
            y=list(at),
            mode="markers",
            name=name,
            marker={"color": colour, "size": 9, "symbol": symbol},
            hovertemplate=f"{name}, %{{y}}: <b>%{{x:,.4g}}</b><extra></extra>",
        )
        for side, name, colour, symbol in (
            (0, "Reference", palette.neutral, "circle"),
            (1, "Current", palette.accent, "diamond"),
        )
    ]
    return figure(
        [lines, *dots],
        theme,
        height,
        legend=True,
        xaxis=axis(palette, text(column.name, 40), nticks=6),
        yaxis=axis(palette, "quantile", type="category", showgrid=False),
    )
