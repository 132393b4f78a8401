"""Many small confusion matrices, and the names of lines several charts share: markup, where charts would be slow."""

import html
from collections.abc import Sequence

from core.charts.runs import Named, colour, dash
from core.charts.template import PALETTES, Palette, Theme
from core.records.evaluation import Evaluation

MOST_WORDS = 6
"""Classes up to which counts stand in the cells; beyond it colour alone, the rest on hover."""

DASHES = {"solid": "2px solid", "dash": "2px dashed", "dot": "2px dotted", "dashdot": "4px double"}
CELL = "padding:3px 6px;text-align:right;border-radius:3px;white-space:nowrap"
HEAD = "padding:2px 6px;font-weight:400;max-width:9em;overflow:hidden;text-overflow:ellipsis;white-space:nowrap"


def legend(names: Sequence[str], theme: Theme) -> str:
    """Return the names of runs with the line each is drawn in, as HTML; the baseline is the first."""
    palette = PALETTES[theme]
    items = "".join(_entry(name, place, palette) for place, name in enumerate(names))
    return f'<div style="display:flex;flex-wrap:wrap;gap:2px 18px;font-size:0.82em">{items}</div>'


def _entry(name: str, place: int, palette: Palette) -> str:
    line = f"border-top:{DASHES[dash(place)]} {colour(place, palette)}"
    mark = f'<span style="display:inline-block;width:22px;vertical-align:middle;margin-right:6px;{line}"></span>'
    return f'<span style="white-space:nowrap">{mark}{html.escape(name)}</span>'


def confusion(runs: Named, theme: Theme) -> str:
    """Return the confusion matrices of runs beside each other as HTML, each cell coloured by its share of the row."""
    palette = PALETTES[theme]
    tables = "".join(_matrix(name, found, palette) for name, found in runs if found.confusion)
    look = "display:grid;grid-template-columns:repeat(auto-fill,minmax(230px,1fr));gap:18px 22px"
    return f'<div style="{look}">{tables}</div>'


def _matrix(name: str, found: Evaluation, palette: Palette) -> str:
    classes = [html.escape(one) for one in found.classes]
    heads = "".join(f'<th scope="col" title="predicted {one}" style="{HEAD};text-align:right">{one}</th>'
                    for one in classes)  # fmt: skip
    rows = "".join(_row(actual, counts, classes, palette)
                   for actual, counts in zip(classes, found.confusion, strict=True))  # fmt: skip
    corner = f'<td style="{HEAD};color:{palette.muted}">true ↓ said →</td>'
    caption = f'<div style="font-size:0.86em;margin-bottom:4px">{html.escape(name)}</div>'
    look = "border-collapse:separate;border-spacing:3px;font-size:0.8em;width:100%;font-variant-numeric:tabular-nums"
    scroll = '<div style="overflow-x:auto">'
    return f'<div>{caption}{scroll}<table style="{look}"><tr>{corner}{heads}</tr>{rows}</table></div></div>'


def _row(actual: str, counts: Sequence[int], classes: Sequence[str], palette: Palette) -> str:
    total = max(sum(counts), 1)
    cells = "".join(
        _cell(f"true {actual}, predicted {guess}", count, count / total, palette, is_told=len(classes) <= MOST_WORDS)
        for guess, count in zip(classes, counts, strict=True)
    )
    return f'<tr><th scope="row" title="true {actual}" style="{HEAD};text-align:left">{actual}</th>{cells}</tr>'


def _cell(title: str, count: int, share: float, palette: Palette, *, is_told: bool) -> str:
    back, ink = _mixed(*palette.ramp, share), "#FFFFFF" if share > 0.55 else palette.ink
    told = f"{count:,} · {share:.0%}" if is_told else ""
    hover = f"{title}: {count:,}, {share:.1%} of that class"
    return f'<td title="{hover}" style="{CELL};background:{back};color:{ink}">{told}</td>'


def _mixed(low: str, high: str, share: float) -> str:
    """Return the colour at ``share`` of the way between two."""
    pairs = [(int(low[at : at + 2], 16), int(high[at : at + 2], 16)) for at in (1, 3, 5)]
    return "#" + "".join(f"{round(start + (end - start) * share):02X}" for start, end in pairs)
