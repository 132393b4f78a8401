"""Commands on model versions: what serves, and who decided so."""

from datetime import datetime
from pathlib import Path

import click

from core.cli import past
from core.cli.jobs import answer_submitted
from core.cli.moments import MOMENT
from core.cli.session import Session, cell, command, table
from core.cli.train import find_run
from core.errors import AnswerIsNo, InvalidInput, NoChampion
from core.models import aliases, inputs
from core.models.answering import told as answers_told
from core.records.elsewhere import PushKind, PushRequest
from core.records.model import Deployment

DEPLOYMENT = ["version", "since", "until", "actor", "reason", "verdict", "overridden"]


def add_to(main: click.Group) -> None:
    """Add the commands to ``main``."""
    command(main, "versions")(versions)
    group = click.Group("version", help="One model version.")
    main.add_command(group)
    command(group, "show")(show)
    command(group, "export")(export)
    command(group, "push")(push)
    command(main, "register")(register)
    command(main, "promote")(promote)
    command(main, "undo")(undo)
    command(main, "rollback")(rollback)
    command(main, "alias")(alias)
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
            f"answers come from {answers_told(compiled)}",
            table(headers, rows),
            comparison.note,
        ]
    )
    facts = {"compiled": compiled and compiled.model_dump(mode="json"), "comparison": comparison}
    session.answer({**found.model_dump(mode="json"), **facts}, text)


@click.argument("project")
@click.argument("version", type=int)
@click.option("-o", "--output", type=click.Path(path_type=Path), required=True, help="A new folder, or a file .zip.")
@click.option("--image", default="", help="Name of its container image; by default PROJECT:VERSION.")
def export(session: Session, project: str, version: int, output: Path, image: str) -> None:
    """Write VERSION as a folder that answers alone: model, locked requirements, server, Dockerfile, KServe manifest.

    The folder's own server answers the known rows first; where one comes out otherwise, nothing is written.
    """
    report = session.platform.exports.export(session.actor, project, version, output, image=image)
    session.answer(
        report,
        f"Version {version} of {project} is at {report.path}: {report.files} files, {report.size / 1e6:.1f} MB. "
        f"{report.known_rows} known rows were answered there as at training ({report.answers_by}).",
    )


@click.argument("project")
@click.argument("version", type=int)
@click.option("--to", "address", required=True, metavar="URL", help="A project of another scoring API, or an upload.")
@click.option("--upload", type=click.Choice(["put", "post"]), help="The address takes a file, by PUT or POST.")
@click.option("--key", default="", metavar="${NAME}", help="Secret of PILOTHOUSE_SECRETS to sign in with.")
@click.option("--answers-at", default="", metavar="URL", help="With --upload: the OIP model to ask the known rows.")
def push(
    session: Session, project: str, version: int, address: str, upload: str | None, key: str, answers_at: str
) -> None:
    """Push VERSION to another Pilothouse (--to https://host:8502/projects/NAME), where it becomes a challenger.

    It is proved here first, and its known rows are answered there afterwards.
    """
    request = PushRequest(
        version=version,
        address=address,
        kind=PushKind.UPLOAD if upload else PushKind.PILOTHOUSE,
        method=(upload or "put").upper(),
        key=key,
        answers_at=answers_at,
    )
    session.platform.projects.get(project)
    answer_submitted(session, session.platform.pushes.submit(session.actor, project, request), wait=True)


@click.argument("project")
@click.argument("run_id", metavar="RUN")
def register(session: Session, project: str, run_id: str) -> None:
    """Make a model version of RUN."""
    session.platform.projects.get(project)
    run = find_run(session, run_id)
    version = session.platform.models.register(session.actor, project, run.run_id)
    key = f"judge:{project}:{version.version}:registered"
    session.platform.gates.submit(session.actor, project, version.version, key=key)
    session.answer(version, f"Run {run.run_id} is version {version.version} of {project}.")


@click.argument("project")
@click.argument("version", type=int)
@click.option("--reason", default="", help="Why, in one sentence; kept in the history. An override needs one.")
@click.option("--override", is_flag=True, help="Promote whatever the verdict of the gates is, or without one.")
def promote(session: Session, project: str, version: int, reason: str, override: bool) -> None:
    """Make VERSION the champion of PROJECT when its verdict is PROMOTE: the scoring API answers with it."""
    models = session.platform.models
    session.platform.projects.get(project)
    change = inputs.told(models.input_change(project, version))
    promoted = models.promote(session.actor, project, version, reason, override=override)
    if change:
        session.note(change)
    _tell(session, promoted)


@click.argument("project")
def undo(session: Session, project: str) -> None:
    """Take back the change of champion that was just made in PROJECT: what served before serves again."""
    session.platform.projects.get(project)
    current = session.platform.models.champion(project)
    if current is None:
        raise NoChampion(project=project)
    back = session.platform.models.undo(session.actor, project, current.id)
    said = (
        f"Version {back.version} is the champion of {project} again." if back else f"{project} has no champion again."
    )
    session.answer(back, said)


@click.argument("project")
@click.option("--adopt", is_flag=True, help="Promote the version that the other program chose, through the gates.")
@click.option("--restore", is_flag=True, help="Point MLflow's champion at what serves again.")
@click.option("--reason", default="", help="With --adopt: why; an override needs one.")
@click.option("--override", is_flag=True, help="With --adopt: whatever the verdict of the gates is.")
def alias(session: Session, project: str, adopt: bool, restore: bool, reason: str, override: bool) -> None:
    """Tell whether another program moved MLflow's champion of PROJECT, and follow or undo that; exits with 1 if so."""
    models = session.platform.models
    session.platform.projects.get(project)
    if adopt and restore:
        raise InvalidInput(problem="choose one of --adopt and --restore")
    if adopt:
        _tell(session, models.adopt_alias(session.actor, project, reason, override=override))
    elif restore:
        told = models.restore_alias(session.actor, project)
        session.answer({"restored": told}, "\n".join(told))
    else:
        move = models.alias_move(project)
        session.answer({"move": move}, aliases.told(move) if move else "MLflow's champion is what serves.")
        if move:
            raise SystemExit(AnswerIsNo.exit_code)


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
@click.option("--at", type=MOMENT, help="How all stood at this moment: what served, its data, gates, approver, drift.")
def history(session: Session, project: str, at: datetime | None) -> None:
    """List the champions of PROJECT: version, from, until, who, why; or tell how all stood at one moment."""
    session.platform.projects.get(project)
    if at is None:
        session.answer_rows(session.platform.models.history(project), DEPLOYMENT, "Nothing was ever promoted.")
        return
    then = session.platform.history.at(project, at)
    session.answer(then, table(["what", f"at {cell(at)}"], past.told(then)))
