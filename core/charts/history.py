"""The past of a project as a timeline, and its lineage as a graph."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime

import plotly.graph_objects as go

from core.charts.template import PALETTES, Palette, Theme, axis, figure, text
from core.records.past import Lineage, Node, Timeline

LANES = ("champion", "decisions", "retrainings", "alerts and drift")
LANE_OF = {
    "promotion": 0,
    "rollback": 0,
    "verdict": 1,
    "approval": 1,
    "traffic": 1,
    "retraining": 2,
    "alert": 3,
    "drift": 3,
}
SYMBOLS = {"promotion": "triangle-up", "rollback": "triangle-down", "alert": "x", "drift": "diamond"}


def timeline(past: Timeline, metric: str, now: datetime, chosen: datetime | None, theme: Theme) -> go.Figure:
    """Draw who served when with the primary metric above, and what happened below; ``chosen`` is marked."""
    palette = PALETTES[theme]
    traces = [*_spans(past, now, palette), *_metric(past, now, palette), *_marks(past, palette)]
    line = {"color": palette.warn, "width": 2, "dash": "dot"}
    moment = {"type": "line", "x0": chosen, "x1": chosen, "y0": 0, "y1": 1, "yref": "paper", "line": line}
    return figure(
        traces,
        theme,
        380,
        xaxis=axis(palette, type="date", nticks=8),
        yaxis=axis(
            palette,
            domain=[0, 0.58],
            tickmode="array",
            tickvals=list(range(len(LANES))),
            ticktext=list(LANES),
            range=[-0.6, len(LANES) - 0.4],
            showgrid=False,
        ),
        yaxis2=axis(palette, text(metric), domain=[0.66, 1], nticks=4),
        shapes=[moment] if chosen else [],
    )


def _spans(past: Timeline, now: datetime, palette: Palette) -> list[go.Scatter]:
    traces = []
    for span in past.spans:
        one = span.deployment
        colour = palette.categories[(one.version - 1) % len(palette.categories)]
        said = f"version {one.version}<br>by {text(one.actor)}: {text(one.reason)}"
        traces.append(
            go.Scatter(
                x=[one.since, one.until or now],
                y=[0, 0],
                mode="lines+text",
                line={"color": colour, "width": 16},
                text=[f" v{one.version}", ""],
                textposition="top right",
                customdata=[said, said],
                hovertemplate="%{customdata}<extra></extra>",
            )
        )
    return traces


def _metric(past: Timeline, now: datetime, palette: Palette) -> list[go.Scatter]:
    known = [span for span in past.spans if span.metric is not None]
    moments = [m for span in known for m in (span.deployment.since, span.deployment.until or now)]
    values = [span.metric for span in known for _ in range(2)]
    look = {"color": palette.accent, "width": 2, "shape": "hv"}
    hover = "%{x}<br><b>%{y:.4~g}</b><extra></extra>"
    return [go.Scatter(x=moments, y=values, yaxis="y2", mode="lines+markers", line=look, hovertemplate=hover)]


def _marks(past: Timeline, palette: Palette) -> list[go.Scatter]:
    colours = {"alert": palette.bad, "drift": palette.bad, "rollback": palette.warn, "promotion": palette.good}
    shown = past.happenings
    return [
        go.Scatter(
            x=[one.at for one in shown],
            y=[LANE_OF.get(one.kind, 1) for one in shown],
            mode="markers",
            marker={
                "color": [colours.get(one.kind, palette.accent) for one in shown],
                "symbol": [SYMBOLS.get(one.kind, "circle") for one in shown],
                "size": 11,
                "line": {"width": 1, "color": palette.surface},
            },
            customdata=[f"{text(one.title)}<br>{text(one.detail, 90)}" for one in shown],
            hovertemplate="%{customdata}<br>%{x}<extra></extra>",
        )
    ]


def lineage(found: Lineage, kinds: Sequence[str], chosen: str, theme: Theme) -> go.Figure:
    """Draw things in columns by kind, the flow from left to right; a point's customdata is the id of its thing."""
    palette = PALETTES[theme]
    places = _places(found.nodes, kinds)
    tallest = max((len(column) for column in _columns(found.nodes).values()), default=1)
    x: list[float | None] = []
    y: list[float | None] = []
    for cause, effect in found.edges:
        x += [places[cause][0], places[effect][0], None]
        y += [places[cause][1], places[effect][1], None]
    edges = go.Scatter(x=x, y=y, mode="lines", line={"color": palette.neutral, "width": 1}, hoverinfo="skip")
    points = go.Scatter(
        x=[places[node.id][0] for node in found.nodes],
        y=[places[node.id][1] for node in found.nodes],
        mode="markers+text",
        marker={
            "size": [18 if node.id == chosen else 13 for node in found.nodes],
            "color": [
                palette.warn
                if node.id == chosen
                else palette.categories[kinds.index(node.kind) % len(palette.categories)]
                for node in found.nodes
            ],
        },
        text=[text(node.title, 18) for node in found.nodes],
        # Neighbours in a row would write over each other.
        textposition=["top center" if kinds.index(node.kind) % 2 else "bottom center" for node in found.nodes],
        textfont={"size": 10},
        customdata=[node.id for node in found.nodes],
        hovertext=[f"{text(node.title)}<br>{text(node.detail, 90)}" for node in found.nodes],
        hovertemplate="%{hovertext}<extra></extra>",
    )
    return figure(
        [edges, points],
        theme,
        max(260, 62 * tallest + 80),
        xaxis=axis(
            palette,
            tickmode="array",
            tickvals=list(range(len(kinds))),
            ticktext=list(kinds),
            range=[-0.5, len(kinds) - 0.5],
            side="top",
            showgrid=False,
        ),
        yaxis=axis(palette, visible=False, range=[-tallest + 0.2, 0.6]),
    )


def _columns(nodes: Sequence[Node]) -> dict[str, list[str]]:
    columns: dict[str, list[str]] = defaultdict(list)
    for node in nodes:
        columns[node.kind].append(node.id)
    return columns


def _places(nodes: Sequence[Node], kinds: Sequence[str]) -> dict[str, tuple[float, float]]:
    return {
        name: (kinds.index(kind), -place) for kind, names in _columns(nodes).items() for place, name in enumerate(names)
    }
