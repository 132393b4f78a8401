"""Commands on preparation recipes."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from core.cli.jobs import answer_submitted
from core.cli.session import Session, cell, command, table
from core.errors import InvalidInput, InvalidPreparation

if TYPE_CHECKING:
    from core.records.preparation import PreparationVersion, Step
    from core.records.project import Project
    from core.records.training import Preprocessing


def add_to(main: click.Group) -> None:
    """Add the commands to ``main``."""
    group = click.Group("prepare", help="Preparation recipes: what happens to columns before a model learns.")
    main.add_command(group)
    command(group, "list")(list_)
    command(group, "show")(show)
    command(group, "set")(set_)
    command(group, "materialize")(materialize)


def chosen(session: Session, project: str, choice: str | None) -> "Preprocessing":
    """Return what a training takes for a version's number, a YAML file, or none."""
    from core.records.training import Preprocessing
    from core.training import recipes

    if choice is not None and Path(choice).is_file():
        return Preprocessing(steps=recipes.read(Path(choice).read_text(encoding="utf-8")))
    found: Preprocessing = session.platform.preparations.preprocessing(project, choice)
    return found


@click.argument("project")
def list_(session: Session, project: str) -> None:
    """List the preparations of PROJECT, newest first."""
    session.platform.projects.get(project)
    found = session.platform.preparations.versions(project)
    rows = [[str(v.number), str(len(v.steps)), v.author, cell(v.created_at), cell(v.note) or "-"] for v in found]
    headers = ["version", "steps", "author", "created", "note"]
    session.answer(list(found), table(headers, rows) if rows else "No preparation yet.")


@click.argument("project")
@click.argument("version", type=click.IntRange(min=1), required=False)
def show(session: Session, project: str, version: int | None) -> None:
    """Show VERSION of the preparation of PROJECT (by default the newest) as YAML that `prepare set` takes."""
    from core.training import recipes

    session.platform.projects.get(project)
    found = _version(session, project, version)
    if found is None:
        session.answer(None, f"Project {project} has no preparation; trainings use the default one.")
        return
    told = f"# preparation {found.number} of {project}, by {found.author}, {cell(found.created_at)}"
    session.answer(found, f"{told}\n{recipes.write(found.steps, found.note)}".rstrip())


@click.argument("project")
@click.argument("data", metavar="NAME[@N]")
@click.option("--preparation", type=click.IntRange(1), help="Version of the preparation; the newest when not given.")
@click.option("--into", default="", metavar="DATASET", help="Dataset for the table; by default NAME-prepared.")
@click.option("--wait", is_flag=True, help="Wait for the end; run it here when no worker is up.")
def materialize(session: Session, project: str, data: str, preparation: int | None, into: str, wait: bool) -> None:
    """Keep what a preparation makes of a dataset version of PROJECT, as a dataset version."""
    platform = session.platform
    platform.projects.get(project)
    ref, found = platform.datasets.resolve(project, data).ref, _version(session, project, preparation)
    if found is None:
        raise InvalidInput(problem=f"Project {project} has no preparation. Save one with `pilothouse prepare set`.")
    job = platform.materializing.submit(session.actor, project, ref, found.number, into)
    answer_submitted(session, job, wait=wait)


@click.argument("project")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--note", default="", help="Why this recipe.")
@click.option("--data", "dataset", metavar="NAME[@N]", help="Version it must fit; by default the newest, if any.")
def set_(session: Session, project: str, file: Path, note: str, dataset: str | None) -> None:
    """Save the steps in FILE (YAML) as the next version of the preparation of PROJECT."""
    from core.training import recipes

    found = session.platform.projects.get(project)
    steps = recipes.read(file.read_text(encoding="utf-8"))
    _require_fit(session, found, steps, dataset)
    saved = session.platform.preparations.save(session.actor, project, steps, note)
    said = "saved" if saved.created else "the newest one is the same already"
    session.answer(saved, f"Preparation {saved.version.number} of {project}: {len(steps)} steps, {said}.")


def _version(session: Session, project: str, number: int | None) -> "PreparationVersion | None":
    preparations = session.platform.preparations
    if number is not None:
        found: PreparationVersion = preparations.get(project, number)
        return found
    return next(iter(preparations.versions(project)), None)


def _require_fit(session: Session, project: "Project", steps: "tuple[Step, ...]", dataset: str | None) -> None:
    """Refuse steps that do not fit the data; the first fault is the error."""
    platform = session.platform
    if dataset is None and not platform.datasets.versions(project.name):
        return
    outline = platform.preparations.outline(project, platform.datasets.resolve(project.name, dataset), steps)
    for fault in outline.faults:
        raise InvalidPreparation(
            number=fault.number, step=steps[fault.number - 1].do, problem=fault.problem, position=fault.position
        )
