"""The moments of schedules: what became of those that passed, and those to come."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta, tzinfo

import plotly.graph_objects as go

from core.charts.template import PALETTES, TICKS, Palette, Theme, axis, figure, text
from core.records.schedule import Firing, FiringOutcome

COMING = "to come"
WEEK = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
LANE, WEEK_HEIGHT = 34, 58


def timeline(
    lanes: Sequence[str],
    firings: Sequence[tuple[str, Firing]],
    coming: Sequence[tuple[str, datetime]],
    zone: tzinfo,
    theme: Theme,
) -> go.Figure:
    """Draw a lane a schedule: a mark for each moment, coloured by what became of it, hollow for those to come."""
    palette = PALETTES[theme]
    traces = [
        _marks(
            outcome.value,
            [(lane, firing.slot, firing.reason) for lane, firing in firings if firing.outcome is outcome],
            colour,
            zone,
        )
        for outcome, colour in _colours(palette).items()
    ]
    ahead = _marks(COMING, [(lane, slot, "") for lane, slot in coming], palette.accent, zone)
    ahead.marker.symbol = "circle-open"
    shown = [trace for trace in (*traces, ahead) if trace.x]
    lines = axis(palette, categoryorder="array", categoryarray=[text(lane) for lane in reversed(lanes)], showgrid=True)
    height = 70 + LANE * max(len(lanes), 2)
    return figure(shown, theme, height, legend=True, xaxis=axis(palette, showgrid=False), yaxis=lines)


def _marks(name: str, moments: Sequence[tuple[str, datetime, str]], colour: str, zone: tzinfo) -> go.Scatter:
    return go.Scatter(
        x=[slot.astimezone(zone).replace(tzinfo=None) for _, slot, _ in moments],
        y=[text(lane) for lane, _, _ in moments],
        customdata=[text(reason, 120) for _, _, reason in moments],
        name=name,
        mode="markers",
        marker={"color": colour, "size": 8, "line": {"width": 1.5, "color": colour}},
        hovertemplate=f"%{{x|%a %Y-%m-%d %H:%M}}<br><b>{name}</b> %{{customdata}}<extra>%{{y}}</extra>",
    )


def calendar(
    month: date,
    firings: Sequence[Firing],
    coming: Sequence[datetime],
    zone: tzinfo,
    theme: Theme,
) -> go.Figure:
    """Draw a month of weeks: each day with how many moments it had by outcome, coloured by the worst of them."""
    palette = PALETTES[theme]
    days: dict[date, Counter[str]] = {}
    for firing in firings:
        days.setdefault(firing.slot.astimezone(zone).date(), Counter())[firing.outcome.value] += 1
    for slot in coming:
        days.setdefault(slot.astimezone(zone).date(), Counter())[COMING] += 1
    weeks = _weeks(month)
    look = {outcome.value: colour for outcome, colour in _colours(palette).items()} | {COMING: palette.accent}
    names = list(look)
    grid = [[_worst(names, days.get(day)) if day.month == month.month else None for day in week] for week in weeks]
    cells = go.Heatmap(
        x=WEEK,
        y=[week[0].isoformat() for week in weeks],
        z=grid,
        zmin=0,
        zmax=len(names) - 1,
        colorscale=_scale(list(look.values())),
        showscale=False,
        opacity=0.28,
        xgap=4,
        ygap=4,
        customdata=[[f"{day:%a %d %B}<br>{_told(days.get(day))}" for day in week] for week in weeks],
        hovertemplate="%{customdata}<extra></extra>",
    )
    rows = axis(palette, autorange="reversed", showticklabels=False, showgrid=False, type="category")
    columns = axis(palette, side="top", showgrid=False)
    notes = [
        _note(day, week, _first(names, days.get(day)), palette)
        for week in weeks
        for day in week
        if day.month == month.month
    ]
    return figure([cells], theme, 40 + WEEK_HEIGHT * len(weeks), annotations=notes, xaxis=columns, yaxis=rows)


def _colours(palette: Palette) -> Mapping[FiringOutcome, str]:
    """Return the colour of each outcome, the worst first."""
    return {
        FiringOutcome.MISSED: palette.bad,
        FiringOutcome.SKIPPED: palette.warn,
        FiringOutcome.LATE: palette.categories[6],
        FiringOutcome.MERGED: palette.neutral,
        FiringOutcome.RAN: palette.good,
    }


def _scale(colours: Sequence[str]) -> list[tuple[float, str]]:
    return [(number / (len(colours) - 1), colour) for number, colour in enumerate(colours)]


def _weeks(month: date) -> list[list[date]]:
    first = month.replace(day=1)
    day = first - timedelta(days=first.weekday())
    weeks = []
    while day <= first or day.month == first.month:
        weeks.append([day + timedelta(days=number) for number in range(7)])
        day += timedelta(days=7)
    return weeks


def _worst(names: Sequence[str], counts: Counter[str] | None) -> int | None:
    return None if not counts else next(number for number, name in enumerate(names) if counts[name])


def _first(names: Sequence[str], counts: Counter[str] | None) -> str:
    """Return the worst outcome of a day, and how often it came; a cell has room for no more."""
    worst = _worst(names, counts)
    return "" if worst is None or counts is None else f"{counts[names[worst]]} {names[worst]}"


def _told(counts: Counter[str] | None) -> str:
    told = (f"{count} {name}" for name, count in (counts or Counter()).most_common())
    return "<br>".join(told) or "nothing expected"


def _note(day: date, week: Sequence[date], words: str, palette: Palette) -> dict[str, object]:
    return {
        "x": WEEK[day.weekday()],
        "y": week[0].isoformat(),
        "text": f"<b>{day.day}</b><br>{words}",
        "showarrow": False,
        "font": {"size": TICKS, "color": palette.ink if words else palette.muted},
        "align": "center",
    }
