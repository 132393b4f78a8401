"""Errors of own recipes, reruns, adoptions, model cards and lists of runs; see :mod:`core.errors`."""

from core.errors import Conflict, InvalidInput, NotFound


class InvalidRecipe(InvalidInput):
    """This is no recipe: {problem} A recipe is a Python file that declares a class Params with the parameters and a
    function fit(X, y, params, seed) that returns a fitted scikit-learn estimator."""


class RecipeFailed(InvalidInput):
    """The recipe {name!r} failed: {problem}. The log of the job has the details."""


class RecipeNotFound(NotFound):
    """There is no recipe {name!r} on offer. See `pilothouse recipe list`."""


class RecipeExists(Conflict):
    """Somebody added the recipe {name!r} at the same moment; look at it, then add again."""


class InvalidCard(InvalidInput):
    """The model card cannot be saved: {problem}"""


class CardChanged(Conflict):
    """Nothing was saved: somebody changed the card of version {version} of {project!r} meanwhile. Look at it, then save
    again."""


class NotReproducible(Conflict):
    """Run {run_id!r} cannot be reproduced: {problem}"""


class NotAdoptable(InvalidInput):
    """Run {run_id!r} cannot be adopted: {problem}."""


class InvalidQuery(InvalidInput):
    """Character {position} of the query: {problem}"""

    def __init__(self, *, position: int, problem: str) -> None:
        """``position`` counts characters from 1."""
        super().__init__(position=position, problem=problem)
        self.position = position


class InvalidNote(InvalidInput):
    """Nothing was saved: {problem}"""


class ViewNotFound(NotFound):
    """Project {project!r} has no saved view {name!r}."""
