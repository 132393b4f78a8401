"""The one look of all charts, and the escaping of names that come from users."""

from dataclasses import dataclass
from typing import Any, Literal

import plotly.graph_objects as go

Theme = Literal["light", "dark"]
Figure = go.Figure

FONT = "Inter, system-ui, sans-serif"
TICKS = 10.5


@dataclass(frozen=True)
class Palette:
    """The colours of a theme by what they mean."""

    ink: str
    muted: str
    grid: str
    surface: str
    accent: str
    neutral: str
    good: str
    bad: str
    warn: str
    categories: tuple[str, ...]
    ramp: tuple[str, str]


PALETTES: dict[Theme, Palette] = {
    "light": Palette(
        ink="#1C2024",
        muted="#60646C",
        grid="#ECEEF1",
        surface="#FFFFFF",
        accent="#3E63DD",
        neutral="#A9ADB8",
        good="#2B9A66",
        bad="#E5484D",
        warn="#E2731A",
        categories=("#3E63DD", "#E2731A", "#2B9A66", "#6E56CF", "#E5484D", "#0B8A9C", "#B7890F", "#8B8D98"),
        ramp=("#F3F6FF", "#3E63DD"),
    ),
    "dark": Palette(
        ink="#EDEEF0",
        muted="#A0A6AF",
        grid="#25282D",
        surface="#111215",
        accent="#7C97F5",
        neutral="#6A6F79",
        good="#3DB97D",
        bad="#F0706F",
        warn="#F08A38",
        categories=("#7C97F5", "#F08A38", "#3DB97D", "#A18CF0", "#F0706F", "#3BB9CC", "#DDB43C", "#8B8F98"),
        ramp=("#171B28", "#5472E4"),
    ),
}


def text(value: object, limit: int = 60) -> str:
    """Return ``value`` as Plotly shows it literally: its pseudo-HTML would read tags and entities in names."""
    plain = " ".join(str(value).split())
    short = plain if len(plain) <= limit else f"{plain[: limit - 1]}…"
    return short.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def axis(palette: Palette, title: str = "", **changes: Any) -> dict[str, Any]:
    """Return a quiet axis: no line, faint grid, small ticks."""
    look: dict[str, Any] = {
        "gridcolor": palette.grid,
        "zeroline": False,
        "showline": False,
        "ticks": "",
        "tickfont": {"size": TICKS, "color": palette.muted},
        "title": {"text": title, "font": {"size": 11, "color": palette.muted}, "standoff": 8},
        "automargin": True,
        "fixedrange": True,
    }
    return {**look, **changes}


def figure(traces: list[Any], theme: Theme, height: int, *, legend: bool = False, **layout: Any) -> go.Figure:
    """Return the traces in the common look; ``layout`` adds axes, shapes and annotations. ``height`` is in pixels."""
    palette = PALETTES[theme]
    base: dict[str, Any] = {
        "template": "none",
        "height": height,
        "margin": {"l": 8, "r": 8, "t": 26 if legend else 8, "b": 8, "pad": 4},
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "font": {"family": FONT, "size": 12, "color": palette.ink},
        "colorway": list(palette.categories),
        "hoverlabel": {
            "font": {"family": FONT, "size": 12, "color": palette.ink},
            "bgcolor": palette.surface,
            "bordercolor": palette.grid,
            "align": "left",
        },
        "showlegend": legend,
        "legend": {"orientation": "h", "x": 0, "y": 1.02, "yanchor": "bottom", "font": {"size": 11}},
        "bargap": 0.12,
        "dragmode": False,
    }
    return go.Figure(data=traces, layout={**base, **layout})
