"""The recipes this process knows of, as data; their code is somewhere else."""

from collections.abc import Iterable

from core.records.project import Task
from core.records.recipe import Recipe
from core.records.training import EstimatorCard
from core.training.catalogue import Family

GROUP = "Own recipes"

_known: dict[str, Recipe] = {}


def know(recipes: Iterable[Recipe]) -> None:
    """Put ``recipes`` on the shelf in place of those of the same names."""
    global _known
    _known = {**_known, **{recipe.key: recipe for recipe in recipes}}


def replace(recipes: Iterable[Recipe]) -> None:
    """Put exactly ``recipes`` on the shelf."""
    global _known
    _known = {recipe.key: recipe for recipe in recipes}


def known(key: str) -> Recipe | None:
    """Return the recipe called ``key``, or None."""
    return _known.get(key)


def cards(task: Task) -> tuple[EstimatorCard, ...]:
    """Return what is on the shelf for ``task``, by title."""
    fitting = [recipe for recipe in _known.values() if task in recipe.tasks]
    return tuple(_card(recipe, task) for recipe in sorted(fitting, key=lambda one: one.title))


def family(recipe: Recipe) -> Family:
    """Return the catalogue entry that stands for ``recipe``."""
    return Family(key=recipe.key, title=recipe.title, summary=recipe.summary, group=GROUP, scaled=recipe.scaled)


def _card(recipe: Recipe, task: Task) -> EstimatorCard:
    return EstimatorCard(
        key=recipe.key,
        title=recipe.title,
        summary=recipe.summary,
        task=task,
        parameters=recipe.parameters,
        group=GROUP,
        notes=(f"Own recipe, state {recipe.number}, by {recipe.author}.",),
    )
