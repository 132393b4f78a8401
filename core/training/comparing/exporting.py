"""A comparison as a file: CSV for spreadsheets, or one HTML page that needs nothing else."""

import csv
import html
import io
from collections.abc import Iterator

from core.records.comparison import FigureRow, SideBySide
from core.records.metric import METRICS

STYLE = """
:root{color-scheme:light dark;--ink:#1c2024;--muted:#60646c;--line:#e4e7eb;--back:#fff;--good:#2b9a66;--bad:#e5484d}
@media(prefers-color-scheme:dark){:root{--ink:#edeef0;--muted:#a0a6af;--line:#2c2f35;--back:#111215;--good:#3db97d;
--bad:#f0706f}}
body{font:14px/1.5 Inter,system-ui,sans-serif;color:var(--ink);background:var(--back);margin:2rem}
h1{font-size:1.5rem;margin:0}h2{font-size:1.05rem;margin:1.8rem 0 .4rem}.note,.change{color:var(--muted)}
.wide{overflow-x:auto}table{border-collapse:collapse}th,td{text-align:left;padding:.3rem .9rem .3rem 0;
border-bottom:1px solid var(--line);vertical-align:top}th{color:var(--muted);font-weight:600}
.good{color:var(--good)}.bad{color:var(--bad)}.change{display:block;font-size:.88em}
"""
FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""How cells begin that spreadsheets would compute."""


def to_csv(found: SideBySide) -> str:
    """Return facts, parameters and figures as CSV, a column a run; texts that look like formulas are quoted."""
    sink = io.StringIO()
    writer = csv.writer(sink, lineterminator="\n")
    writer.writerow(["kind", "name", *map(safe, _heads(found))])
    for kind, rows in (("fact", found.facts), ("parameter", found.params)):
        for row in rows:
            writer.writerow([kind, safe(row.name), *(safe(value or "") for value in row.values)])
    for figure in found.figures:
        writer.writerow(["metric", safe(figure.name), *("" if v is None else repr(v) for v in figure.values)])
        changes = ("" if change is None else repr(change) for change in figure.differences)
        writer.writerow(["difference", safe(figure.name), *changes])
    return sink.getvalue()


def safe(text: str) -> str:
    """Return a text that no spreadsheet takes for a formula."""
    return f"'{text}" if text.startswith(FORMULA) else text


def _heads(found: SideBySide) -> list[str]:
    return [f"{run.run_id[:8]}{' (baseline)' if place == found.base else ''}" for place, run in enumerate(found.runs)]


def to_html(found: SideBySide, title: str) -> str:
    """Return the comparison as one page: no script, nothing fetched, every name escaped."""
    heads = "".join(f"<th>{html.escape(head)}</th>" for head in _heads(found))
    notes = "".join(f'<p class="note">{html.escape(note)}</p>' for note in found.notes)
    body = "".join(_sections(found, heads))
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">"
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{html.escape(title)}</title><style>{STYLE}</style></head>\n"
        f"<body><h1>{html.escape(title)}</h1>{notes}{body}</body></html>\n"
    )


def _sections(found: SideBySide, heads: str) -> Iterator[str]:
    figures = "".join(map(_figure, found.figures))
    yield _table("Figures", "Figure", heads, figures)
    for title, rows in (("Where they come from", found.facts), ("Parameters", found.params)):
        differing = "".join(
            f"<tr><td>{html.escape(row.name)}</td>"
            f"{''.join(f'<td>{html.escape(value or chr(8212))}</td>' for value in row.values)}</tr>"
            for row in rows
            if row.differs
        )
        yield _table(f"{title}: only differences", "Name", heads, differing)


def _table(title: str, first: str, heads: str, rows: str) -> str:
    if not rows:
        return f'<h2>{title}</h2><p class="note">All the same.</p>'
    table = f"<table><thead><tr><th>{first}</th>{heads}</tr></thead><tbody>{rows}</tbody></table>"
    return f'<h2>{title}</h2><div class="wide">{table}</div>'


def _figure(row: FigureRow) -> str:
    called = METRICS[row.name].title if row.name in METRICS else row.name
    cells = "".join(
        _cell(value, change, better)
        for value, change, better in zip(row.values, row.differences, row.better, strict=True)
    )
    return f"<tr><td>{html.escape(called)}</td>{cells}</tr>"


def _cell(value: float | None, change: float | None, better: bool | None) -> str:
    look = {True: " good", False: " bad", None: ""}[better]
    told = "" if change is None else f'<span class="change{look}">{change:+.4g}</span>'
    return f"<td>{'&mdash;' if value is None else f'{value:.6g}'}{told}</td>"
