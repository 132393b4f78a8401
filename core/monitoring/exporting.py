"""Reports as files: JSON, and HTML that needs nothing else and runs nothing; and two reports side by side."""

import html
from collections.abc import Iterator, Sequence

from core.monitoring import methods
from core.records.monitor import ColumnDrift, MonitorReport, severity

STYLE = (
    "body{font:14px/1.5 system-ui,sans-serif;max-width:980px;margin:2rem auto;padding:0 1rem;color:#1c2024}"
    "table{border-collapse:collapse;width:100%}"
    "td,th{text-align:left;padding:.35rem .6rem;border-bottom:1px solid #e2e5e9}"
    ".drifted{color:#c62a2f;font-weight:600}.stable{color:#18794e}h2{margin-top:2.2rem}svg{display:block}"
    "small{color:#60646c}"
)
POLICY = "default-src 'none'; style-src 'unsafe-inline'"
WIDTH, HEIGHT = 460, 90


def as_json(report: MonitorReport) -> str:
    """Return a report as JSON."""
    return report.model_dump_json(indent=2)


def as_html(report: MonitorReport) -> str:
    """Return a report as a page without scripts and without anything from elsewhere; every name is text."""
    ordered = sorted(report.columns, key=severity, reverse=True)
    title = html.escape(f"{report.current} against {report.reference}")
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title}</title>'
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}"><style>{STYLE}</style></head><body>'
        f"<h1>{title}</h1><p>{html.escape(report.summary)}</p><p><small>{_facts(report)}</small></p>"
        f"{_table(ordered) if ordered else ''}{_checks(report)}{_associations(report)}"
        f"{''.join(_column(column) for column in ordered if column.labels)}</body></html>"
    )


def _facts(report: MonitorReport) -> str:
    told = [
        f"Report {report.id}",
        f"checked {report.created_at:%Y-%m-%d %H:%M} UTC",
        f"{report.rows_current:,} rows against {report.rows_reference:,}",
        f"rule {report.rule}",
    ]
    found = report.performance
    if found is not None and found.value is not None:
        usual = "" if found.expected is None else f" ({found.expected:.4g} at training)"
        told.append(f"{found.metric} {found.value:.4g}{usual} on {found.rows:,} rows")
    return html.escape(" · ".join(told))


def _table(columns: Sequence[ColumnDrift]) -> str:
    heads = ("Column", "Verdict", "Test", "Statistic", "Threshold", "p adjusted", "Why")
    rows = [
        (
            column.name,
            column.verdict.value.replace("_", " "),
            methods.title(column.test),
            *(_number(value) for value in (column.statistic, column.threshold, column.p_adjusted)),
            column.reason,
        )
        for column in columns
    ]
    return _tabled(heads, rows)


def _checks(report: MonitorReport) -> str:
    rows = [
        (one.outcome, one.check, one.column, "" if one.figure is None else f"{one.figure:.2%}", one.observed)
        for one in report.checks
    ]
    return _tabled(("Outcome", "Check", "Column", "Share", "Found"), rows) if rows else ""


def _associations(report: MonitorReport) -> str:
    rows = [
        (
            one.feature,
            "drifted" if one.shifted else "stable",
            *(_number(value) for value in (one.reference, one.current, one.p_adjusted)),
        )
        for one in report.associations
    ]
    heads = ("Feature", "Verdict", "Tells of the target, reference", "Now", "p adjusted")
    return _tabled(heads, rows) if rows else ""


def _tabled(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    head = "".join(f"<th>{name}</th>" for name in heads)
    body = "".join(_row(row) for row in rows)
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def _row(cells: Sequence[str]) -> str:
    looks = {"drifted": ' class="drifted"', "stable": ' class="stable"'}
    looks |= {"fail": looks["drifted"], "passed": looks["stable"]}
    return "<tr>" + "".join(f"<td{looks.get(cell, '')}>{html.escape(cell)}</td>" for cell in cells) + "</tr>"


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.4g}"


def _column(column: ColumnDrift) -> str:
    """Draw the shares of both sides as bars beside each other."""
    most = max([*column.reference, *column.current, 1e-9])
    step = WIDTH / len(column.labels)
    bars = []
    for place, (old, new, label) in enumerate(zip(column.reference, column.current, column.labels, strict=True)):
        said = html.escape(f"{label}: {old:.1%} to {new:.1%}")
        for offset, share, colour in ((0.1, old, "#a9adb8"), (0.5, new, "#3e63dd")):
            high = HEIGHT * share / most
            bars.append(
                f'<rect x="{step * (place + offset):.1f}" y="{HEIGHT - high:.1f}" width="{step * 0.38:.1f}" '
                f'height="{high:.1f}" fill="{colour}"><title>{said}</title></rect>'
            )
    definition = html.escape(methods.definition(column.test))
    return (
        f"<h2>{html.escape(column.name)}</h2><p><small>{definition}</small></p>"
        f'<svg width="{WIDTH}" height="{HEIGHT}" role="img">{"".join(bars)}</svg>'
        "<p><small>grey: reference, blue: current</small></p>"
    )


Comparison = tuple[str, str, float | None, str, float | None]
"""(column, check or feature, verdict in the first, number in the first, verdict in the second, number in the second)"""


def compare(first: MonitorReport, second: MonitorReport) -> list[Comparison]:
    """Return both verdicts on whatever either report judges, changed verdicts first, "absent" where it is not."""
    sides = [dict(_judged(report)) for report in (first, second)]
    found = [
        (name, *sides[0].get(name, ("absent", None)), *sides[1].get(name, ("absent", None)))
        for name in {**sides[0], **sides[1]}
    ]
    return sorted(found, key=lambda row: (row[1] == row[3], row[0]))


def _judged(report: MonitorReport) -> Iterator[tuple[str, tuple[str, float | None]]]:
    """Return what a report judges, by name, each with its verdict and its number."""
    for column in report.columns:
        yield column.name, (column.verdict.value, column.statistic)
    for check in report.checks:
        yield f"{check.check} {check.column}".strip(), (check.outcome, check.figure)
    for one in report.associations:
        yield one.feature, ("shifted" if one.shifted else "stable", one.current)
