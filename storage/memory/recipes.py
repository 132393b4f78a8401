"""Own recipes in memory."""

from datetime import datetime

from core.records.recipe import Recipe
from core.training_errors import RecipeExists, RecipeNotFound
from storage.memory.tables import View, loose
from storage.rows import settled


class MemoryRecipes:
    """A :class:`core.ports.recipes.RecipeRepository`."""

    def __init__(self, view: View) -> None:
        self._view = view

    def add(self, recipe: Recipe) -> None:
        """Store a new state.

        Raises:
            RecipeExists: the name has a state of that number.
        """
        kept = self._view.change.recipes
        if (recipe.name, recipe.number) in kept:
            raise RecipeExists(name=recipe.name)
        kept[recipe.name, recipe.number] = settled(recipe)

    def offered(self) -> list[Recipe]:
        """Return the newest state of each name that was not removed, by name."""
        live = [recipe for recipe in self._view.see.recipes.values() if recipe.removed_at is None]
        newest = {recipe.name: recipe for recipe in sorted(live, key=lambda one: (one.name, one.number))}
        return [loose(recipe) for recipe in newest.values()]

    def history(self, name: str) -> list[Recipe]:
        """Return all states of a name, newest first."""
        found = [recipe for recipe in self._view.see.recipes.values() if recipe.name == name]
        return [loose(recipe) for recipe in sorted(found, key=lambda one: -one.number)]

    def pinned(self, name: str, sha256: str) -> Recipe | None:
        """Return the newest state of ``name`` with these bytes, removed or not."""
        return next((recipe for recipe in self.history(name) if recipe.sha256 == sha256), None)

    def remove(self, name: str, now: datetime) -> None:
        """Take a name off offer.

        Raises:
            RecipeNotFound: it is not on offer.
        """
        live = [recipe for recipe in self.history(name) if recipe.removed_at is None]
        if not live:
            raise RecipeNotFound(name=name)
        for recipe in live:
            self._view.change.recipes[name, recipe.number] = recipe.model_copy(update={"removed_at": now})
