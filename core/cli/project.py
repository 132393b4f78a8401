"""Commands on projects."""

import json
import sys
from pathlib import Path

import click

from core.cli.removal import told
from core.cli.session import Session, command
from core.errors import InvalidInput, NotConfirmed
from core.records.project import CostMatrix, Task


def add_to(main: click.Group) -> None:
    """Add the commands to ``main``."""
    group = click.Group("project", help="Prediction tasks.")
    main.add_command(group)
    command(group, "create")(create)
    command(group, "list")(list_)
    command(group, "show")(show)
    command(group, "edit")(edit)
    command(group, "delete")(delete)


@click.argument("name")
@click.option("--task", type=click.Choice([task.value for task in Task]), required=True)
@click.option("--target", required=True, help="Column to predict.")
@click.option("--positive", help="Value of the target that counts as positive (binary).")
@click.option("--id", "id_column", help="Column that identifies a row.")
@click.option("--time", "time_column", help="Column that orders rows in time.")
@click.option("--metric", help="Primary metric.")
@click.option("--cost-matrix", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="JSON file.")
@click.option("--description", default="")
def create(
    session: Session,
    name: str,
    task: str,
    target: str,
    positive: str | None,
    id_column: str | None,
    time_column: str | None,
    metric: str | None,
    cost_matrix: Path | None,
    description: str,
) -> None:
    """Create the project NAME."""
    project = session.platform.projects.create(
        session.actor,
        name=name,
        task=Task(task),
        target=target,
        positive=positive,
        id_column=id_column,
        time_column=time_column,
        metric=metric,
        cost_matrix=_read_cost_matrix(cost_matrix) if cost_matrix else None,
        description=description,
    )
    session.answer(
        project, f"Project {project.name} is there: {project.task} of {project.target}, by {project.metric}."
    )


def _read_cost_matrix(path: Path) -> CostMatrix:
    try:
        return CostMatrix.model_validate(json.loads(path.read_text(encoding="utf-8")))
    except ValueError as error:
        fields = ", ".join(CostMatrix.model_fields)
        raise InvalidInput(problem=f"{path} is no cost matrix: a JSON object with {fields} is needed") from error


def list_(session: Session) -> None:
    """List the projects."""
    projects = session.platform.projects.all()
    session.answer_rows(projects, ["name", "task", "target", "metric", "created_at"], "No project yet.")


@click.argument("name")
def show(session: Session, name: str) -> None:
    """Show the project NAME and what serves in it."""
    project = session.platform.projects.get(name)
    champion = session.platform.models.champion(name)
    document = {**project.model_dump(mode="json"), "champion": champion.version if champion else None}
    session.answer(document, "\n".join(f"{key}: {item}" for key, item in document.items() if item not in (None, "")))


@click.argument("name")
@click.option("--task", type=click.Choice([task.value for task in Task]))
@click.option("--target", help="Column to predict.")
@click.option("--positive", help="Value of the target that counts as positive (binary); '' for none.")
@click.option("--id", "id_column", help="Column that identifies a row; '' for none.")
@click.option("--time", "time_column", help="Column that orders rows in time; '' for none.")
@click.option("--metric", help="Primary metric; '' for the task's usual one.")
@click.option("--cost-matrix", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="JSON file.")
@click.option("--description")
@click.option("--enough-labels", type=float, help="Share of labels from which on measured figures are final; 0.8.")
def edit(
    session: Session,
    name: str,
    task: str | None,
    cost_matrix: Path | None,
    enough_labels: float | None,
    **texts: str | None,
) -> None:
    """Change what is said of the project NAME; what it predicts is fixed once it has a model version."""
    told = (task, cost_matrix, enough_labels, *texts.values())
    if all(one is None for one in told):
        raise InvalidInput(problem="say what shall change, such as --target COLUMN; see `pilothouse project edit -h`")
    project = session.platform.projects.edit(
        session.actor,
        name,
        task=Task(task) if task else None,
        cost_matrix=_read_cost_matrix(cost_matrix) if cost_matrix else None,
        enough_labels=enough_labels,
        **texts,
    )
    session.answer(project, f"Project {name} is saved: {project.task} of {project.target}, by {project.metric}.")


@click.argument("name")
@click.option("--yes", is_flag=True, help="Delete without being asked.")
@click.option("--dry-run", is_flag=True, help="Say what it would do, and change nothing.")
def delete(session: Session, name: str, yes: bool, dry_run: bool) -> None:
    """Delete the project NAME with its data, runs, versions and schedules; asks for its name first."""
    impact = session.platform.removal.preview_project(name)
    document = {**impact.model_dump(mode="json"), "deleted": None if dry_run else name}
    taken = told(impact.model_copy(update={"refused": ()}))
    if dry_run:
        session.answer(document, f"What deleting {impact.subject} would do:\n{told(impact)}")
        return
    if not yes:
        _ask(session, name, taken)
    session.platform.projects.delete(session.actor, name, confirmed=True)
    session.answer(document, f"Project {name} is deleted.\n{taken}")


def _ask(session: Session, name: str, taken: str) -> None:
    """Have the name typed by a person at a terminal.

    Raises:
        NotConfirmed: another name was typed, or nobody sits there.
    """
    session.note(f"What deleting project {name} would do:\n{taken}")
    if session.as_json or not sys.stdin.isatty():
        raise NotConfirmed(subject=f"project {name}", how="confirm with --yes.")
    if click.prompt("Type the name of the project to delete it", err=True) != name:
        raise NotConfirmed(subject=f"project {name}", how="another name was typed.")
