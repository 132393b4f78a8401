"""Own recipes at rest."""

from datetime import datetime
from typing import Protocol

from core.records.recipe import Recipe


class RecipeRepository(Protocol):
    """States of recipes; a state is never changed but for its removal, so that old runs can be computed again.

    All methods take part in the surrounding transaction.
    """

    def add(self, recipe: Recipe) -> None:
        """Store a new state.

        Raises:
            RecipeExists: the name has a state of that number.
        """
        ...

    def offered(self) -> list[Recipe]:
        """Return the newest state of each name that was not removed, by name."""
        ...

    def history(self, name: str) -> list[Recipe]:
        """Return all states of a name, newest first."""
        ...

    def pinned(self, name: str, sha256: str) -> Recipe | None:
        """Return the newest state of ``name`` with these bytes, removed or not."""
        ...

    def remove(self, name: str, now: datetime) -> None:
        """Take a name off offer.

        Raises:
            RecipeNotFound: it is not on offer.
        """
        ...
