"""Commands on monitoring."""

from datetime import datetime

import click

from core.cli.jobs import finished
from core.cli.moments import MOMENT
from core.cli.session import Session, cell, command, table
from core.errors import AnswerIsNo, Unavailable
from core.monitoring.methods import MIN_ROWS


def add_to(main: click.Group) -> None:
    """Add the commands to ``main``."""
    command(main, "monitor")(monitor)
    command(main, "reports")(reports)


@click.argument("project")
@click.option("--reference", metavar="NAME@N", help="By default the champion's training data.")
@click.option("--current", metavar="NAME@N", help="By default the logged predictions.")
@click.option("--since", type=MOMENT, help="Logged predictions from this moment on (or an age like 7d).")
@click.option("--until", type=MOMENT, help="Logged predictions before this moment.")
@click.option("--kind", type=click.Choice(["drift"]), default="drift", show_default=True)
@click.option(
    "--min-rows",
    default=MIN_ROWS,
    show_default=True,
    help="Values a column needs on each side; with fewer it gets no verdict, since chance alone looks like drift.",
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
    kind: str,
    min_rows: int,
    fail_on_drift: bool,
) -> None:
    """Check PROJECT for drift, wait for the result and print it."""
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
        ),
    )
    report = platform.monitoring.report((job.result or {})["report"])
    rows = [[c.name, c.role, c.test, cell(c.statistic), cell(c.threshold), c.verdict.value] for c in report.columns]
    headers = ["column", "role", "test", "statistic", "threshold", "verdict"]
    text = f"{report.summary}\n{report.current} against {report.reference}\n{table(headers, rows)}"
    session.answer({**report.model_dump(mode="json"), "kind": kind}, text)
    if fail_on_drift and report.drifted:
        raise SystemExit(AnswerIsNo.exit_code)
    if fail_on_drift and not report.tested_columns:
        raise SystemExit(Unavailable.exit_code)


@click.argument("project")
@click.option("--limit", default=20, show_default=True)
def reports(session: Session, project: str, limit: int) -> None:
    """List the stored reports of PROJECT, newest first."""
    session.platform.projects.get(project)
    found = session.platform.monitoring.reports(project, limit)
    columns = ["id", "created_at", "reference", "current", "drifted_columns", "tested_columns", "summary"]
    session.answer_rows(found, columns, "No report yet.")
