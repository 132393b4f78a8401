"""Own recipes in SQL."""

from datetime import datetime

from sqlalchemy import select, update

from core.records.recipe import Recipe
from core.training_errors import RecipeExists, RecipeNotFound
from storage.rows import to_row
from storage.statements import Statements
from storage.training_tables import recipe as table


class SqlRecipes:
    """A :class:`core.ports.recipes.RecipeRepository`."""

    def __init__(self, statements: Statements) -> None:
        self._db = statements

    def add(self, recipe: Recipe) -> None:
        """Store a new state.

        Raises:
            RecipeExists: the name has a state of that number.
        """
        if not self._db.change(self._db.insert(table).on_conflict_do_nothing(), to_row(recipe)):
            raise RecipeExists(name=recipe.name)

    def offered(self) -> list[Recipe]:
        """Return the newest state of each name that was not removed, by name."""
        query = select(table).where(table.c.removed_at.is_(None)).order_by(table.c.name, table.c.number)
        newest = {recipe.name: recipe for recipe in self._db.all(Recipe, query)}
        return list(newest.values())

    def history(self, name: str) -> list[Recipe]:
        """Return all states of a name, newest first."""
        return self._db.all(Recipe, select(table).where(table.c.name == name).order_by(table.c.number.desc()))

    def pinned(self, name: str, sha256: str) -> Recipe | None:
        """Return the newest state of ``name`` with these bytes, removed or not."""
        query = select(table).where(table.c.name == name, table.c.sha256 == sha256)
        return self._db.one(Recipe, query.order_by(table.c.number.desc()))

    def remove(self, name: str, now: datetime) -> None:
        """Take a name off offer.

        Raises:
            RecipeNotFound: it is not on offer.
        """
        statement = update(table).where(table.c.name == name, table.c.removed_at.is_(None))
        if not self._db.change(statement.values(removed_at=now)):
            raise RecipeNotFound(name=name)
