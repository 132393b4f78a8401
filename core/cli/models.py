"""Commands on model versions: what serves, and who decided so."""

from datetime import datetime

import click

from core.cli.moments import MOMENT
from core.cli.session import Session, cell, command, table
from core.cli.train import find_run
from core.models.answering import told
from core.records.model import Deployment

DEPLOYMENT = ["version", "since", "until", "actor", "reason"]


def add_to(main: click.Group) -> None:
    """Add the commands to ``main``."""
    command(main, "versions")(versions)
    group = click.Group("version", help="One model version.")
    main.add_command(group)
    command(group, "show")(show)
    command(main, "register")(register)
    command(main, "promote")(promote)
    command(main, "rollback")(rollback)
    command(main, "history")(history)


@click.argument("project")
def versions(session: Session, project: str) -> None:
    """List the model versions of PROJECT, newest first."""
    session.platform.projects.get(project)
    found = session.platform.models.versions(project)
    columns = ["version", "aliases", "estimator", "dataset", "run_id", "created_at"]
    session.answer_rows(found, columns, "No model version yet.")


@click.argument("project")
@click.argument("version", type=int)
def show(session: Session, project: str, version: int) -> None:
    """Show a model version beside the champion."""
    session.platform.projects.get(project)
    found = session.platform.models.version(project, version)
    comparison = session.platform.models.compare(project, version)
    compiled = session.platform.models.manifest(found).compiled
    rows = [[name, cell(old), cell(new), cell(delta)] for name, old, new, delta, _ in comparison.rows]
    headers = ["metric", f"champion {comparison.champion or ''}".strip(), f"version {version}", "difference"]
    text = "\n".join(
        [
            f"version {found.version} ({', '.join(found.aliases) or 'no alias'}): {found.estimator} on {found.dataset}",
            f"run {found.run_id}, model sha256 {found.model_sha256}",
            f"answers come from {told(compiled)}",
            table(headers, rows),
            comparison.note,
        ]
    )
    facts = {"compiled": compiled and compiled.model_dump(mode="json"), "comparison": comparison}
    session.answer({**found.model_dump(mode="json"), **facts}, text)


@click.argument("project")
@click.argument("run_id", metavar="RUN")
def register(session: Session, project: str, run_id: str) -> None:
    """Make a model version of RUN."""
    session.platform.projects.get(project)
    run = find_run(session, run_id)
    version = session.platform.models.register(session.actor, project, run.run_id)
    session.answer(version, f"Run {run.run_id} is version {version.version} of {project}.")


@click.argument("project")
@click.argument("version", type=int)
@click.option("--reason", default="", help="Why, in one sentence (needed); kept in the history.")
def promote(session: Session, project: str, version: int, reason: str) -> None:
    """Make VERSION the champion of PROJECT: the scoring API answers with it. Needs a --reason."""
    session.platform.projects.get(project)
    _tell(session, session.platform.models.promote(session.actor, project, version, reason))


@click.argument("project")
@click.option("--to", type=int, help="Version to go back to; by default the champion before this one.")
@click.option("--reason", default="", help="Why, in one sentence (needed); kept in the history.")
def rollback(session: Session, project: str, to: int | None, reason: str) -> None:
    """Put an earlier champion of PROJECT back. Needs a --reason."""
    session.platform.projects.get(project)
    _tell(session, session.platform.models.rollback(session.actor, project, reason, to=to))


def _tell(session: Session, deployment: Deployment) -> None:
    session.answer(deployment, f"Version {deployment.version} is the champion of {deployment.project}.")


@click.argument("project")
@click.option("--at", type=MOMENT, help="Only what was live at this moment.")
def history(session: Session, project: str, at: datetime | None) -> None:
    """List the champions of PROJECT: version, from, until, who, why."""
    session.platform.projects.get(project)
    if at is None:
        session.answer_rows(session.platform.models.history(project), DEPLOYMENT, "Nothing was ever promoted.")
        return
    live = session.platform.models.at(project, at)
    session.answer_rows([live] if live else [], DEPLOYMENT, f"Nothing was live at {cell(at)}.")
