"""Commands on labels: the truth that arrives later."""

from datetime import datetime
from pathlib import Path

import click

from core.cli.moments import MOMENT
from core.cli.session import Session, command, table

SHOWN = 10


def add_to(main: click.Group) -> None:
    """Add the commands to ``main``."""
    group = click.Group("labels", help="The truth that arrives later for served answers, by prediction id.")
    main.add_command(group)
    command(group, "add")(add)
    command(group, "coverage")(coverage)
    command(group, "history")(history)
    command(group, "inbox")(inbox)


@click.argument("project")
@click.argument("source", metavar="FILE", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def add(session: Session, project: str, source: Path) -> None:
    """Add the labels in FILE, a table with the columns prediction_id, label and, if known, observed_at."""
    receipt = session.platform.labels.add_file(session.actor, project, source, source.name)
    told = f"{receipt.added:,} labels added, {receipt.corrected:,} corrected, {receipt.repeated:,} known already."
    if receipt.unknown:
        some = ", ".join(receipt.unknown[:SHOWN])
        told += f" No answer was logged under {len(receipt.unknown):,} ids; they were left out: {some}"
    session.answer(receipt, told)


@click.argument("project")
@click.option("--since", type=MOMENT, help="Only answers from this moment on (UTC).")
@click.option("--until", type=MOMENT, help="Only answers before this moment (UTC).")
def coverage(session: Session, project: str, since: datetime | None, until: datetime | None) -> None:
    """Tell how many of the answers of PROJECT have a label."""
    found = session.platform.labels.coverage(project, since, until)
    share = "" if found.share is None else f" ({found.share:.1%})"
    told = f"{found.labelled:,} of {found.predictions:,} answers have a label{share}."
    session.answer({**found.model_dump(), "share": found.share}, told)


@click.argument("project")
@click.argument("prediction_id")
def history(session: Session, project: str, prediction_id: str) -> None:
    """List every label that PREDICTION_ID of PROJECT got, oldest first; the last one counts."""
    found = session.platform.labels.history(project, prediction_id)
    session.answer_rows(found, ["label", "observed_at", "received_at", "received_by"], "No label yet.")


@click.argument("project")
@click.option("--since", type=MOMENT, help="Only answers from this moment on (UTC).")
@click.option("--until", type=MOMENT, help="Only answers before this moment (UTC).")
def inbox(session: Session, project: str, since: datetime | None, until: datetime | None) -> None:
    """Tell what came true so far: coverage by day, how long labels take, which answers wait for one."""
    found = session.platform.performance.inbox(project, since, until)
    days = [[f"{one.day:%Y-%m-%d}", str(one.predictions), str(one.labelled)] for one in found.days]
    median = "" if found.median_hours is None else f"; half of them within {found.median_hours:,.1f} hours"
    early = f" {found.early:,} were observed before their answer was given: clocks differ." if found.early else ""
    told = f"{found.labelled:,} of {found.predictions:,} answers have a label{median}.{early}"
    waiting = ", ".join(one for one, _ in found.missing[:SHOWN])
    lines = [told, table(["day", "answers", "labelled"], days), *([f"Longest without: {waiting}"] if waiting else [])]
    session.answer(found, "\n".join(lines) if found.predictions else "No answer was served in that time.")
