"""Commands on own recipes."""

from pathlib import Path

import click

from core.cli.session import Session, command
from core.training.own_recipes.service import RecipeService

COLUMNS = ["name", "number", "title", "tasks", "package", "sha256", "author", "created_at"]


def add_to(main: click.Group) -> None:
    """Add the commands to ``main``."""
    group = click.Group("recipe", help="Own estimators, written as Python files or packages.")
    main.add_command(group)
    command(group, "add")(add)
    command(group, "packages")(packages)
    command(group, "enable")(enable)
    command(group, "list")(list_)
    command(group, "show")(show)
    command(group, "remove")(remove)


@click.argument("file", type=click.Path(path_type=Path))
def add(session: Session, file: Path) -> None:
    """Put the recipe in FILE on offer, pinned to its present content.

    FILE declares a class Params (a pydantic model or a dataclass with constraints) and a function
    fit(X, y, params, seed) that returns a fitted scikit-learn estimator. Files of HOME/recipes can be named alone.
    """
    service: RecipeService = session.platform.recipes
    waiting = service.folder / file.with_suffix(".py").name
    recipe = service.add(session.actor, file if file.exists() or not waiting.exists() else waiting)
    names = ", ".join(parameter.name for parameter in recipe.parameters) or "no parameters"
    session.answer(recipe, f"{recipe.key} is on offer (state {recipe.number}): {recipe.title}, with {names}.")


def packages(session: Session) -> None:
    """List the recipes that installed packages declare (entry points `pilothouse.recipes`) and that are not enabled."""
    found = session.platform.recipes.packaged()
    session.answer_rows(found, ["name", "distribution", "version", "module"], "No installed package declares another.")


@click.argument("name")
def enable(session: Session, name: str) -> None:
    """Put the recipe NAME of an installed package on offer, pinned to the package's version and content."""
    recipe = session.platform.recipes.enable(session.actor, name)
    session.answer(recipe, f"{recipe.key} is on offer (state {recipe.number}) from {recipe.package}: {recipe.title}.")


def list_(session: Session) -> None:
    """List the recipes on offer."""
    session.answer_rows(session.platform.recipes.offered(), COLUMNS, "No own recipe yet.")


@click.argument("name")
def show(session: Session, name: str) -> None:
    """Print the text of the recipe NAME."""
    text = session.platform.recipes.source(name)
    session.answer({"name": name, "source": text}, text.rstrip("\n"))


@click.argument("name")
def remove(session: Session, name: str) -> None:
    """Take the recipe NAME off offer; its runs and versions stay."""
    session.platform.recipes.remove(session.actor, name)
    session.answer({"name": name, "removed": True}, f"{name} is not on offer any more.")
