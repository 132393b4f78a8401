"""Commands on monitoring."""

from collections.abc import Sequence
from datetime import datetime

import click

from core.cli.jobs import finished
from core.cli.moments import MOMENT
from core.cli.session import Session, cell, command, table
from core.errors import AnswerIsNo, Unavailable
from core.monitoring.methods import MIN_ROWS
from core.monitoring.request import ALL, CHECKS, ENGINES, FEWEST, REFERENCE, VERSUS
from core.records.monitor import MonitorReport, ReportKind, ReportOutline

DAYS = {"1h": "hour", "1d": "day", "1w": "week", "1mo": "month"}
"""What lengths of windows are called where served answers are measured."""


def add_to(main: click.Group) -> None:
    """Add the commands to ``main``."""
    command(main, "monitor")(monitor)
    command(main, "reports")(reports)


@click.argument("project")
@click.option("--reference", metavar="NAME@N", help="By default the champion's training data.")
@click.option("--current", metavar="NAME@N", help="By default the logged predictions.")
@click.option("--since", type=MOMENT, help="Logged predictions from this moment on (or an age like 7d).")
@click.option("--until", type=MOMENT, help="Logged predictions before this moment.")
@click.option("--last-rows", type=click.IntRange(1), help="Only the last so many rows of the current data.")
@click.option("--every", metavar="LENGTH", help="Cut the current data into windows: 12h, 1d, 2w, 1mo or 500rows.")
@click.option("--slide", metavar="LENGTH", help="Begin a window so often; by default one follows the other.")
@click.option(
    "--versus",
    type=click.Choice(VERSUS),
    default=REFERENCE,
    show_default=True,
    help="What each window is compared with: the reference, the window before it, or the same season a year before.",
)
@click.option("--engine", type=click.Choice(ENGINES), default="auto", show_default=True)
@click.option(
    "--kind",
    type=click.Choice([*CHECKS, ReportKind.PERFORMANCE.value, ALL]),
    default=ReportKind.DRIFT.value,
    show_default=True,
    help="Which check: of the data, of what was served (performance), or all that can be done.",
)
@click.option(
    "--min-rows",
    type=click.IntRange(FEWEST),
    help=f"Values a column needs on each side ({MIN_ROWS} unless the rule says otherwise); with fewer it gets "
    "no verdict, since chance alone looks like drift.",
)
@click.option(
    "--fail-on-drift",
    is_flag=True,
    help="Exit with 1 when a check finds something wrong, with 3 when nothing could be tested.",
)
def monitor(
    session: Session,
    project: str,
    reference: str | None,
    current: str | None,
    since: datetime | None,
    until: datetime | None,
    last_rows: int | None,
    every: str | None,
    slide: str | None,
    versus: str,
    engine: str,
    kind: str,
    min_rows: int | None,
    fail_on_drift: bool,
) -> None:
    """Check PROJECT, wait for the result and print it: of the last window, when there are many."""
    platform = session.platform
    platform.projects.get(project)
    windows: list[ReportOutline] = []
    if kind != ReportKind.PERFORMANCE:
        job = finished(
            session,
            platform.monitoring.submit(
                session.actor,
                project,
                reference=reference,
                current=current,
                since=since,
                until=until,
                min_rows=min_rows,
                last_rows=last_rows,
                every=every,
                slide=slide,
                versus=versus,
                engine=engine,
                kinds=CHECKS if kind == ALL else (kind,),
            ),
        )
        windows += platform.monitoring.windows(project, job.id, None)
    # What was served has no dataset version: all that can be done of one does without.
    if kind == ReportKind.PERFORMANCE or (kind == ALL and current is None):
        windows += _measured(session, project, every, since, until)
    _answer(session, kind, windows)
    if fail_on_drift and any(one.drifted for one in windows):
        raise SystemExit(AnswerIsNo.exit_code)
    if fail_on_drift and not any(one.tested_columns for one in windows):
        raise SystemExit(Unavailable.exit_code)


def _measured(
    session: Session, project: str, every: str | None, since: datetime | None, until: datetime | None
) -> list[ReportOutline]:
    """Measure what was served; ``every`` is a length as of the other checks."""
    length = DAYS.get(every or "", (every or "all").removesuffix("rows"))
    job = finished(
        session,
        session.platform.performance.submit(session.actor, project, every=length, since=since, until=until),
    )
    found: list[ReportOutline] = session.platform.monitoring.windows(project, job.id, ReportKind.PERFORMANCE)
    return found


def _answer(session: Session, kind: str, windows: Sequence[ReportOutline]) -> None:
    """Print the last report of each kind whole, and all windows where there are several."""
    by_kind: dict[ReportKind, list[ReportOutline]] = {}
    for one in windows:
        by_kind.setdefault(one.kind, []).append(one)
    texts, documents = [], []
    for series in by_kind.values():
        report = session.platform.monitoring.report(series[-1].id)
        texts.append(_told(report) if len(series) == 1 else _told_windows(series))
        document = report.model_dump(mode="json")
        if len(series) > 1:
            document["windows"] = [one.model_dump(mode="json", exclude={"cells"}) for one in series]
        documents.append(document)
    first = {**documents[0], "kind": kind} if documents else {"kind": kind}
    session.answer(first if len(documents) < 2 else {**first, "checks": documents}, "\n\n".join(texts))


def _told(report: MonitorReport) -> str:
    if report.kind is not ReportKind.DRIFT:
        return f"{report.summary}\n{report.current} against {report.reference}\n{_details(report)}".rstrip()
    rows = [
        [c.name, c.role, c.test, cell(c.statistic), cell(c.threshold), cell(c.p_adjusted), c.verdict.value]
        for c in report.columns
    ]
    headers = ["column", "role", "test", "statistic", "threshold", "p adjusted", "verdict"]
    return f"{report.summary}\n{report.current} against {report.reference}\n{table(headers, rows)}"


def _details(report: MonitorReport) -> str:
    """Return what a report of another kind than drift lists."""
    if report.checks:
        wrong = [one for one in report.checks if one.outcome != "passed"]
        rows = [[one.check, one.column or "-", one.outcome, one.observed] for one in wrong]
        return table(["check", "column", "outcome", "found"], rows) if rows else ""
    told = [
        [
            one.feature,
            cell(one.reference),
            cell(one.current),
            cell(one.p_adjusted),
            "shifted" if one.shifted else "same",
        ]
        for one in report.associations
    ]
    return table(["feature", "tells of the target", "now", "p adjusted", "verdict"], told) if told else ""


def _told_windows(windows: Sequence[ReportOutline]) -> str:
    rows = [
        [
            one.current,
            f"{one.rows_current:,}",
            f"{one.drifted_columns} of {one.tested_columns}",
            one.outcome,
            _figure(one),
        ]
        for one in windows
    ]
    drifted = sum(one.drifted for one in windows)
    if windows[0].kind is not ReportKind.DRIFT:
        plain = [[one.current, f"{one.rows_current:,}", one.outcome, one.summary] for one in windows]
        head = f"{windows[0].kind.value}: {drifted} of {len(windows)} windows are not as they were."
        return f"{head}\n{table(['window', 'rows', 'verdict', 'in words'], plain)}"
    head = f"{drifted} of {len(windows)} windows drifted against {windows[-1].reference}."
    return f"{head}\n{table(['window', 'rows', 'drifted columns', 'verdict', 'performance'], rows)}"


def _figure(one: ReportOutline) -> str:
    told = one.performance
    if told is None or told.value is None:
        return "-"
    return f"{told.metric} {told.value:.4g}{' (dropped)' if told.dropped else ''}"


@click.argument("project")
@click.option("--limit", default=20, show_default=True)
def reports(session: Session, project: str, limit: int) -> None:
    """List the stored reports of PROJECT, newest first."""
    session.platform.projects.get(project)
    found = session.platform.monitoring.reports(project, limit)
    columns = ["id", "created_at", "reference", "current", "drifted_columns", "tested_columns", "summary"]
    session.answer_rows(found, columns, "No report yet.")
