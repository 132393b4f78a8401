"""Windows side by side: what they are called on an axis, and the marks of what happened in them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from core.charts.template import Palette, text
from core.records.monitor import ReportOutline

Mark = tuple[datetime, str]
"""A moment and what happened at it: a promotion, a retraining."""


def moments(windows: Sequence[ReportOutline]) -> dict[str, Any]:
    """Return the ticks of an axis on which windows stand at equal distances."""
    step = max(1, -(-len(windows) // 12))
    shown = list(range(0, len(windows), step))
    names = [_short(windows[place]) for place in shown]
    return {"tickmode": "array", "tickvals": shown, "ticktext": names, "showgrid": False}


def _short(window: ReportOutline) -> str:
    if window.since is None:
        return text(window.current, 14)
    span = window.until - window.since if window.until else None
    if span is not None and span.days >= 27:
        return f"{window.since:%b %Y}"
    return f"{window.since:%d %b}" if span is None or span.days >= 1 else f"{window.since:%d %b %H:%M}"


def _place(windows: Sequence[ReportOutline], moment: datetime) -> float | None:
    """Return where a moment lies among the windows, None outside of them."""
    for place, window in enumerate(windows):
        if window.since is not None and window.until is not None and window.since <= moment < window.until:
            return place - 0.5 + (moment - window.since) / (window.until - window.since)
    return None


def placed(windows: Sequence[ReportOutline], marks: Sequence[Mark]) -> list[tuple[float, str]]:
    """Return where marks lie among the windows, without those outside of them."""
    found = [(_place(windows, moment), name) for moment, name in marks]
    return [(place, name) for place, name in found if place is not None]


def lines(windows: Sequence[ReportOutline], marks: Sequence[Mark], palette: Palette) -> list[dict[str, Any]]:
    """Return a line for each mark."""
    line = {"color": palette.ink, "width": 1.5, "dash": "dot"}
    return [
        {"type": "line", "x0": place, "x1": place, "y0": 0, "y1": 1, "yref": "paper", "line": line}
        for place, _ in placed(windows, marks)
    ]


def labels(windows: Sequence[ReportOutline], marks: Sequence[Mark], palette: Palette) -> list[dict[str, Any]]:
    """Return what each mark is called, above the drawing."""
    look = {"yref": "paper", "y": 1, "yanchor": "bottom", "showarrow": False}
    return [
        {**look, "x": place, "text": text(name, 24), "font": {"size": 10.5, "color": palette.muted}}
        for place, name in placed(windows, marks)
    ]
