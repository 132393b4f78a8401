"""Commands on monitoring."""

from collections.abc import Sequence
from datetime import datetime

import click

from core.cli.jobs import finished
from core.cli.moments import MOMENT
from core.cli.session import Session, cell, command, table
from core.errors import AnswerIsNo, Unavailable
from core.monitoring.methods import MIN_ROWS
from core.monitoring.request import ENGINES, FEWEST, PREVIOUS, REFERENCE
from core.records.monitor import MonitorReport, ReportOutline


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
@click.option("--versus", type=click.Choice([REFERENCE, PREVIOUS]), default=REFERENCE, show_default=True)
@click.option("--engine", type=click.Choice(ENGINES), default="auto", show_default=True)
@click.option("--kind", type=click.Choice(["drift"]), default="drift", show_default=True)
@click.option(
    "--min-rows",
    type=click.IntRange(FEWEST),
    help=f"Values a column needs on each side ({MIN_ROWS} unless the rule says otherwise); with fewer it gets "
    "no verdict, since chance alone looks like drift.",
)
@click.option(
    "--fail-on-drift", is_flag=True, help="Exit with 1 when drift is found, with 3 when nothing could be tested."
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
    """Check PROJECT for drift, wait for the result and print it: of the last window, when there are many."""
    platform = session.platform
    platform.projects.get(project)
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
        ),
    )
    windows = platform.monitoring.windows(project, job.id)
    report = platform.monitoring.report((job.result or {})["report"])
    text = _told(report) if len(windows) == 1 else _told_windows(windows)
    document = {**report.model_dump(mode="json"), "kind": kind}
    if len(windows) > 1:
        document["windows"] = [one.model_dump(mode="json", exclude={"cells"}) for one in windows]
    session.answer(document, text)
    if fail_on_drift and any(one.drifted for one in windows):
        raise SystemExit(AnswerIsNo.exit_code)
    if fail_on_drift and not any(one.tested_columns for one in windows):
        raise SystemExit(Unavailable.exit_code)


def _told(report: MonitorReport) -> str:
    rows = [
        [c.name, c.role, c.test, cell(c.statistic), cell(c.threshold), cell(c.p_adjusted), c.verdict.value]
        for c in report.columns
    ]
    headers = ["column", "role", "test", "statistic", "threshold", "p adjusted", "verdict"]
    return f"{report.summary}\n{report.current} against {report.reference}\n{table(headers, rows)}"


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
