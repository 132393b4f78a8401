"""Commands on how served answers did."""

from datetime import datetime

import click

from core.cli.jobs import finished
from core.cli.moments import MOMENT
from core.cli.session import Session, cell, command, table
from core.records.monitor import ReportOutline

HEADERS = ["window", "answers", "labelled", "metric", "measured", "interval", "estimated", "expected", "note"]


def add_to(main: click.Group) -> None:
    """Add the commands to ``main``."""
    command(main, "performance")(performance)


@click.argument("project")
@click.option("--every", default="day", show_default=True, help="hour, day, week, month, all, or a number of answers.")
@click.option("--since", type=MOMENT, help="Only answers from this moment on (or an age like 7d).")
@click.option("--until", type=MOMENT, help="Only answers before this moment.")
@click.option("--stored", is_flag=True, help="Show what was measured last, without measuring.")
def performance(
    session: Session, project: str, every: str, since: datetime | None, until: datetime | None, stored: bool
) -> None:
    """Measure what PROJECT served: by labels where they are in, estimated where they are not."""
    platform = session.platform
    platform.projects.get(project)
    if not stored:
        finished(session, platform.performance.submit(session.actor, project, every=every, since=since, until=until))
    windows = platform.performance.windows(project)
    rows = [_row(one) for one in windows]
    session.answer(windows, table(HEADERS, rows) if rows else "Nothing was measured yet.")


def _row(report: ReportOutline) -> list[str]:
    window, told = report.production, report.performance
    figure = window.metric(told.metric) if window and told else None
    if window is None or told is None or figure is None:
        return [f"{report.moment:%Y-%m-%d %H:%M}", str(report.rows_current), *["-"] * 6, report.summary]
    band = f"{figure.band[0]:.3f} to {figure.band[1]:.3f}" if figure.band else "-"
    note = "provisional" if window.provisional and figure.value is not None else window.reason
    counts = [f"{report.moment:%Y-%m-%d %H:%M}", str(window.predictions), str(window.labelled), told.metric]
    return [*counts, cell(figure.value), band, cell(figure.estimated), cell(figure.expected), note]
