"""Commands that look back: the lineage of anything, and the story of a version."""

import click

from core.cli.session import Session, command, table
from core.records.past import Then


def add_to(main: click.Group) -> None:
    """Add the commands to ``main``."""
    command(main, "lineage")(lineage)
    command(main, "why")(why)


def _read(session: Session, project: str) -> None:
    """Let the index of runs know all of MLflow, since versions are found through it."""
    session.platform.projects.get(project)
    while not session.platform.runs.refresh(project).whole:
        session.note("Reading the runs of MLflow, a thousand at a time.")


def told(then: Then) -> list[list[str]]:
    """Return how a project stood at a moment, a line for each fact."""
    champion, gates, traffic = then.champion, then.gates, then.traffic
    served = f"version {champion.version}, decided by {champion.actor}: {champion.reason}" if champion else "nothing"
    answered = ", ".join(f"{rows} by version {version}" for version, rows in then.answered.items())
    return [
        ["served", served],
        ["approved by", then.approver or "nobody"],
        ["verdict", f"{then.verdict.outcome.value.upper()}: {then.verdict.summary}" if then.verdict else "none"],
        ["data", then.dataset or "not known"],
        ["features", ", ".join(then.features) or "not known"],
        ["gates", f"policy {gates.number}: {', '.join(gate.kind for gate in gates.gates)}" if gates else "none"],
        ["drift", f"{then.drift_outcome}: {then.drift}" if then.report else "no check before"],
        ["open alerts", "; ".join(alert.title for alert in then.alerts) or "none"],
        ["traffic", f"{traffic.mode.value} of version {traffic.version}" if traffic else "all to the champion"],
        ["answered in the hour before", answered or "nothing, or not kept any more"],
    ]


@click.argument("project")
@click.option(
    "--of", "subject", metavar="KIND:NAME", help="data:NAME@N, run:ID, version:V, report:ID, alert:ID, prediction:ID"
)
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
