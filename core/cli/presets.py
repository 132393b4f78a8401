"""Commands on presets: hyperparameters kept under a name."""

import click

from core.cli.session import Session, command, pairs


def add_to(main: click.Group) -> None:
    """Add the commands to ``main``."""
    group = click.Group("preset", help="Hyperparameters kept under a name within a project.")
    main.add_command(group)
    command(group, "list")(list_presets)
    command(group, "save")(save)
    command(group, "remove")(remove)


@click.argument("project")
def list_presets(session: Session, project: str) -> None:
    """List the presets of PROJECT."""
    session.platform.projects.get(project)
    found = session.platform.presets.of(project)
    session.answer_rows(found, ["name", "estimator", "created_by", "created_at"], "No preset yet.")


@click.argument("project")
@click.argument("name")
@click.option("--estimator", required=True, help="Key of the estimator; see `pilothouse estimators`.")
@click.option("--param", "params", multiple=True, metavar="K=V", help="Hyperparameter.")
def save(session: Session, project: str, name: str, estimator: str, params: tuple[str, ...]) -> None:
    """Keep hyperparameters in PROJECT under NAME; a preset of that name is replaced."""
    platform = session.platform
    task = platform.projects.get(project).task
    values = platform.training.parse_params(task, estimator, pairs(params, "--param"))
    kept = platform.presets.save(session.actor, project, name, estimator, values)
    session.answer(kept, f"Preset {name} of {project} holds {len(kept.params)} hyperparameters of {estimator}.")


@click.argument("project")
@click.argument("name")
def remove(session: Session, project: str, name: str) -> None:
    """Remove the preset NAME of PROJECT."""
    session.platform.presets.delete(session.actor, project, name)
    session.answer({"project": project, "removed": name}, f"Preset {name} of {project} is removed.")
