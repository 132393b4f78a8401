"""Commands that look back: the lineage of anything, and the story of a version."""

import click

from core.cli.session import Session, command, table


def add_to(main: click.Group) -> None:
    """Add the commands to ``main``."""
    command(main, "lineage")(lineage)
    command(main, "why")(why)


def _read(session: Session, project: str) -> None:
    """Let the index of runs know all of MLflow, since versions are found through it."""
    session.platform.projects.get(project)
    while not session.platform.runs.refresh(project).whole:
        session.note("Reading the runs of MLflow, a thousand at a time.")


@click.argument("project")
@click.option("--of", "subject", metavar="KIND:NAME", help="data:NAME@N, run:ID, version:V, report:ID, alert:ID ...")
def lineage(session: Session, project: str, subject: str | None) -> None:
    """Show what was made of what in PROJECT: data, runs, versions, deployments, checks, alerts, retrainings."""
    _read(session, project)
    found = session.platform.history.lineage(project, subject)
    titles = {node.id: node.title for node in found.nodes}
    rows = [[cause, titles[cause], "->", effect, titles[effect]] for cause, effect in found.edges]
    text = table(["from", "", "", "to", ""], rows) if rows else "Nothing was made of anything yet."
    session.answer(found, text)


@click.argument("project")
@click.argument("version", type=int)
def why(session: Session, project: str, version: int) -> None:
    """Tell why VERSION of PROJECT is what it is: trigger, data, parameters, figures, gates, approval, service."""
    _read(session, project)
    session.platform.models.version(project, version)
    chapters = session.platform.history.story(project, version)
    lines = []
    for chapter in chapters:
        lines += [chapter.title, *(f"  {said}" for said in chapter.said)]
        if chapter.rows:
            lines += [f"  {line}" for line in table(chapter.headers, chapter.rows).splitlines()]
    session.answer(list(chapters), "\n".join(lines))
