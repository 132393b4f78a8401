"""What lies behind the figures of a run: probabilities, thresholds, errors, and what single features do."""

from collections.abc import Sequence

import plotly.graph_objects as go

from core.charts.template import PALETTES, Theme, axis, figure, text
from core.records.evaluation import Dependence, Evaluation
from core.records.project import CostMatrix

Counts = tuple[float, int, int, int, int]


def calibration(evaluation: Evaluation, theme: Theme, height: int = 300) -> go.Figure:
    """Draw the share of positives against the mean probability of bins; a true model lies on the diagonal."""
    palette = PALETTES[theme]
    rows = [count for _, _, count in evaluation.calibration]
    trace = go.Scatter(
        x=[mean for mean, _, _ in evaluation.calibration],
        y=[share for _, share, _ in evaluation.calibration],
        mode="lines+markers",
        line={"color": palette.accent, "width": 2},
        marker={"size": 7, "color": palette.accent},
        customdata=rows,
        hovertemplate="said %{x:.1%}<br>was %{y:.1%}<br>%{customdata:,} rows<extra></extra>",
    )
    return figure(
        [trace],
        theme,
        height,
        xaxis=axis(palette, "mean probability", range=[0, 1], nticks=6),
        yaxis=axis(palette, "share of positives", range=[0, 1.02], nticks=6),
        shapes=[_diagonal(palette.neutral)],
    )


def _diagonal(colour: str) -> dict[str, object]:
    line = {"color": colour, "width": 1, "dash": "dot"}
    return {"type": "line", "x0": 0, "y0": 0, "x1": 1, "y1": 1, "line": line, "layer": "below"}


def gain(evaluation: Evaluation, theme: Theme, height: int = 300) -> go.Figure:
    """Draw how many of the positives are found when the likeliest rows are looked at first."""
    palette = PALETTES[theme]
    trace = go.Scatter(
        x=[x for x, _ in evaluation.gain],
        y=[y for _, y in evaluation.gain],
        mode="lines",
        line={"color": palette.accent, "width": 2},
        customdata=[y / x if x else 1.0 for x, y in evaluation.gain],
        hovertemplate="%{x:.0%} of the rows<br>%{y:.0%} of the positives<br>lift %{customdata:.2f}<extra></extra>",
    )
    return figure(
        [trace],
        theme,
        height,
        xaxis=axis(palette, "share of rows, likeliest first", range=[0, 1], tickformat=".0%", nticks=6),
        yaxis=axis(palette, "share of positives found", range=[0, 1.02], tickformat=".0%", nticks=6),
        shapes=[_diagonal(palette.neutral)],
    )


def thresholds(counts: Sequence[Counts], chosen: float, theme: Theme, height: int = 320) -> go.Figure:
    """Draw precision, recall and F1 against the threshold; the line marks the one in force."""
    palette = PALETTES[theme]
    marks = [mark for mark, *_ in counts]
    lines = {
        "precision": [hit / (hit + alarm) if hit + alarm else None for _, hit, alarm, _, _ in counts],
        "recall": [hit / (hit + miss) if hit + miss else None for _, hit, _, _, miss in counts],
        "F1": [2 * hit / (2 * hit + alarm + miss) if hit else 0.0 for _, hit, alarm, _, miss in counts],
    }
    traces = [
        go.Scatter(x=marks, y=values, name=name, mode="lines", line={"width": 2, "color": colour},
                   hovertemplate=f"{name} %{{y:.3f}} at %{{x:.2f}}<extra></extra>")
        for (name, values), colour in zip(lines.items(), palette.categories, strict=False)
    ]  # fmt: skip
    return figure(
        traces,
        theme,
        height,
        legend=True,
        xaxis=axis(palette, "threshold", range=[0, 1], nticks=6),
        yaxis=axis(palette, range=[0, 1.02], nticks=6),
        shapes=[_mark(chosen, palette.neutral)],
    )


def _mark(place: float, colour: str) -> dict[str, object]:
    line = {"color": colour, "width": 1.5, "dash": "dot"}
    return {"type": "line", "x0": place, "x1": place, "y0": 0, "y1": 1, "yref": "paper", "line": line}


def values(counts: Sequence[Counts], costs: CostMatrix, chosen: float, theme: Theme, height: int = 320) -> go.Figure:
    """Draw what all answers together are worth by the cost matrix, against the threshold."""
    palette = PALETTES[theme]
    trace = go.Scatter(
        x=[mark for mark, *_ in counts],
        y=[worth(entry, costs) for entry in counts],
        mode="lines",
        line={"color": palette.accent, "width": 2},
        hovertemplate="value %{y:,.4~g} at %{x:.2f}<extra></extra>",
    )
    return figure(
        [trace],
        theme,
        height,
        xaxis=axis(palette, "threshold", range=[0, 1], nticks=6),
        yaxis=axis(palette, "value by the cost matrix", nticks=6),
        shapes=[_mark(chosen, palette.neutral)],
    )


def worth(entry: Counts, costs: CostMatrix) -> float:
    """Return what the answers at one threshold gain (positive) or lose (negative)."""
    _, hits, alarms, rights, misses = entry
    return (
        costs.true_positive * hits
        + costs.false_positive * alarms
        + costs.true_negative * rights
        + costs.false_negative * misses
    )


def residual_counts(evaluation: Evaluation, theme: Theme, height: int = 300) -> go.Figure:
    """Draw how often which error (actual minus predicted) occurs."""
    palette = PALETTES[theme]
    trace = go.Bar(
        x=[(low + high) / 2 for low, high, _ in evaluation.residual_counts],
        y=[rows for _, _, rows in evaluation.residual_counts],
        width=[high - low for low, high, _ in evaluation.residual_counts],
        marker={"color": palette.accent, "line": {"width": 0}},
        hovertemplate="error about %{x:,.4~g}<br>%{y:,} rows<extra></extra>",
    )
    return figure([trace], theme, height, xaxis=axis(palette, "actual minus predicted"), yaxis=axis(palette, "rows"))


def residual_spread(evaluation: Evaluation, theme: Theme, height: int = 300) -> go.Figure:
    """Draw each error against its prediction: a pattern here is something the model missed."""
    palette = PALETTES[theme]
    trace = go.Scattergl(
        x=[guess for guess, _ in evaluation.residuals],
        y=[truth - guess for guess, truth in evaluation.residuals],
        mode="markers",
        marker={"color": palette.accent, "size": 4.5, "opacity": 0.4},
        hovertemplate="predicted %{x:,.4~g}<br>error %{y:+,.4~g}<extra></extra>",
    )
    level = {"type": "line", "x0": 0, "x1": 1, "xref": "paper", "y0": 0, "y1": 0, "line": {"color": palette.neutral}}
    return figure(
        [trace],
        theme,
        height,
        xaxis=axis(palette, "predicted", nticks=6),
        yaxis=axis(palette, "actual minus predicted", nticks=6),
        shapes=[level],
    )


def residual_quantiles(evaluation: Evaluation, theme: Theme, height: int = 300) -> go.Figure:
    """Draw the quantiles of the errors against those of a normal distribution."""
    palette = PALETTES[theme]
    trace = go.Scatter(
        x=[x for x, _ in evaluation.residual_quantiles],
        y=[y for _, y in evaluation.residual_quantiles],
        mode="markers",
        marker={"color": palette.accent, "size": 5},
        hovertemplate="normal %{x:.2f}<br>found %{y:.2f}<extra></extra>",
    )
    line = {"type": "line", "x0": -3, "y0": -3, "x1": 3, "y1": 3, "line": {"color": palette.neutral, "dash": "dot"}}
    return figure(
        [trace],
        theme,
        height,
        xaxis=axis(palette, "normal quantile", nticks=6),
        yaxis=axis(palette, "error, in standard deviations", nticks=6),
        shapes=[line],
    )


def dependence(found: Dependence, title: str, theme: Theme, height: int = 240) -> go.Figure:
    """Draw the mean answer as one feature changes; ``title`` says what the answer is."""
    palette = PALETTES[theme]
    is_words = any(isinstance(value, str) for value in found.values)
    x = [text(value, 18) if is_words else value for value in found.values]
    traces = [
        go.Scatter(
            x=x,
            y=line,
            name=text(name, 18),
            mode="lines+markers",
            line={"width": 2, "color": colour, "dash": "dot" if is_words else "solid"},
            marker={"size": 6},
            hovertemplate="%{x}<br><b>%{y:,.4~g}</b><extra></extra>",
        )
        for name, line, colour in zip(found.names, found.lines, palette.categories, strict=False)
    ]
    kind = {"type": "category"} if is_words else {}
    return figure(
        traces,
        theme,
        height,
        legend=len(traces) > 1,
        xaxis=axis(palette, text(found.feature, 40), nticks=6, **kind),
        yaxis=axis(palette, text(title, 40), nticks=5),
    )


def folds(values: Sequence[float], held_out: float | None, title: str, theme: Theme, height: int = 240) -> go.Figure:
    """Draw one metric on each fold, with the held-out figure as a line."""
    palette = PALETTES[theme]
    trace = go.Bar(
        x=[f"fold {place + 1}" for place in range(len(values))],
        y=list(values),
        marker={"color": palette.accent, "line": {"width": 0}},
        hovertemplate="%{x}<br><b>%{y:,.4~g}</b><extra></extra>",
    )
    line = {"type": "line", "x0": 0, "x1": 1, "xref": "paper", "y0": held_out, "y1": held_out,
            "line": {"color": palette.warn, "width": 1.5, "dash": "dot"}}  # fmt: skip
    return figure(
        [trace], theme, height, xaxis=axis(palette), yaxis=axis(palette, title, nticks=5),
        shapes=[line] if held_out is not None else [],
    )  # fmt: skip
