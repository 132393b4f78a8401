"""Commands on gates: what a challenger must be like, and the verdicts on versions."""

from typing import IO

import click

from core.cli.jobs import finished
from core.cli.session import Session, cell, command, table
from core.errors import AnswerIsNo
from core.model_errors import NothingToJudge
from core.records.gate import Verdict, VerdictOutcome


def add_to(main: click.Group) -> None:
    """Add the commands to ``main``."""
    command(main, "gate")(gate)
    command(main, "judge")(gate)
    group = click.Group("gates", help="What a challenger of a project must be like before it may be promoted.")
    main.add_command(group)
    command(group, "show")(show)
    command(group, "set")(set_gates)
    command(group, "history")(history)
    command(main, "verdicts")(verdicts)


@click.argument("project")
@click.argument("version", type=int)
def gate(session: Session, project: str, version: int) -> None:
    """Judge VERSION of PROJECT by its gates and store the verdict; exits with 0 only on PROMOTE."""
    platform = session.platform
    platform.projects.get(project)
    job = finished(session, platform.gates.submit(session.actor, project, version))
    found = (job.result or {}).get("verdict")
    if found is None:
        raise NothingToJudge(version=version, project=project)
    verdict = platform.gates.verdict(found)
    session.answer(verdict, told(verdict))
    if verdict.outcome is not VerdictOutcome.PROMOTE:
        raise SystemExit(AnswerIsNo.exit_code)


def told(verdict: Verdict) -> str:
    """Return a verdict as text."""
    against = f"version {verdict.champion}" if verdict.champion else "no champion"
    rows = [[one.title, one.standing.value.replace("_", " "), one.sentence] for one in verdict.gates]
    heading = f"{verdict.outcome.value.upper()}: version {verdict.version} against {against}, policy {verdict.policy}"
    return f"{heading}\n{table(['gate', 'standing', 'why'], rows)}\n{verdict.summary}"


@click.argument("project")
def show(session: Session, project: str) -> None:
    """Print the gates of PROJECT as YAML, to be edited and set again."""
    from core.models.gates import policy

    found = session.platform.gates.policy(project)
    session.answer(found, policy.write(found).rstrip("\n"))


@click.argument("project")
@click.argument("source", metavar="FILE", type=click.File(encoding="utf-8"))
@click.option("--note", default="", help="Why, for those who read the history.")
def set_gates(session: Session, project: str, source: IO[str], note: str) -> None:
    """Set the gates of PROJECT from FILE (YAML or JSON; - reads what is piped in)."""
    from core.models.gates import policy

    session.platform.projects.get(project)
    found = session.platform.gates.set(session.actor, project, policy.parse(source.read()), note)
    session.answer(found, f"Gate policy {found.number} of {project} holds {len(found.gates)} gates.")


@click.argument("project")
def history(session: Session, project: str) -> None:
    """List the versions of the gates of PROJECT, newest first."""
    session.platform.projects.get(project)
    found = session.platform.gates.policies(project)
    rows = [[str(one.number), cell(one.created_at), one.author, str(len(one.gates)), cell(one.note)] for one in found]
    session.answer(found, table(["policy", "created_at", "author", "gates", "note"], rows))


@click.argument("project")
@click.argument("version", type=int, required=False)
@click.option("--limit", default=20, show_default=True)
def verdicts(session: Session, project: str, version: int | None, limit: int) -> None:
    """List the verdicts on the versions of PROJECT, or on VERSION, newest first."""
    session.platform.projects.get(project)
    found = session.platform.gates.verdicts(project, version, limit)
    columns = ["id", "created_at", "version", "champion", "policy", "outcome", "actor", "summary"]
    session.answer_rows(found, columns, "No verdict yet.")
