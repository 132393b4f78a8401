"""The code of recipes: loaded and run in the process of a job, and nowhere else."""

import logging
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from types import ModuleType
from typing import Any

from core.errors import AppError
from core.ports.blobs import BlobStore
from core.ports.unit_of_work import Store
from core.records.recipe import RECIPE_PREFIX, Recipe
from core.records.training import ParameterValue, TrainingSpec
from core.training.own_recipes import packages, shelf
from core.training_errors import RecipeFailed

NEEDED = ("fit", "predict", "get_params")
"""Methods by which scikit-learn knows an estimator."""

logger = logging.getLogger(__name__)

_loaded: dict[str, ModuleType] = {}
"""Modules by the hash of their source."""


def prepare(store: Store, blobs: BlobStore, spec: TrainingSpec) -> None:
    """Load the code a spec pins, for this process; a spec of the catalogue needs none.

    Raises:
        BlobNotFound: the source is missing.
        BlobCorrupt: the source is not the one that was added.
        RecipeFailed: the recipe is not known, its file cannot be run, or its package is not the one enabled.
    """
    own = pinned(store, blobs, spec)
    if own is not None:
        load(own)


@dataclass(frozen=True)
class Own:
    """A recipe with its source, as one process hands it to another."""

    recipe: Recipe
    source: bytes


def pinned(store: Store, blobs: BlobStore, spec: TrainingSpec) -> Own | None:
    """Return the recipe a spec pins with its source, None for a spec of the catalogue.

    Raises:
        BlobNotFound: the source is missing.
        BlobCorrupt: the source is not the one that was added.
        RecipeFailed: the recipe is not known.
    """
    if not spec.estimator.startswith(RECIPE_PREFIX):
        return None
    name, sha256 = spec.estimator.removeprefix(RECIPE_PREFIX), spec.recipe_sha256 or ""
    with store.read() as work:
        recipe = work.recipes.pinned(name, sha256)
    if recipe is None:
        raise RecipeFailed(name=name, problem="no recipe of that name and content was ever added")
    return Own(recipe, blobs.read(sha256))


def load(own: Own) -> None:
    """Run the code of a recipe in this process, so that it can be trained with here.

    Raises:
        RecipeFailed: its file cannot be run, or its package is not the one enabled.
    """
    recipe = own.recipe
    shelf.know([recipe])
    try:
        _loaded[recipe.sha256] = (
            packages.load(recipe.name, own.source)
            if recipe.package
            else run(own.source, recipe.name, f"{recipe.name}.py")
        )
    except AppError:
        raise
    except Exception as error:
        raise _failed(recipe.name, error) from error


def source(blobs: BlobStore, sha256: str) -> str:
    """Return the text of a recipe; its hash is checked."""
    return blobs.read(sha256).decode("utf-8", "replace")


def run(content: bytes, name: str, place: str) -> ModuleType:
    """Run a recipe's source as a module of its own."""
    module = ModuleType(f"pilothouse_recipe_{name.replace('-', '_')}")
    module.__file__ = place
    # A dataclass looks its own module up by name.
    sys.modules[module.__name__] = module
    exec(compile(content, place, "exec"), module.__dict__)  # noqa: S102 - an administrator added this very file
    return module


class RecipeModel:
    """An unfitted model whose ``fit`` is that of a recipe; what it returned is ``fitted``."""

    def __init__(self, recipe: Recipe, params: Mapping[str, ParameterValue], seed: int) -> None:
        """The code is looked up now.

        Raises:
            RecipeFailed: it was not loaded, since this is not the process of a training.
        """
        if recipe.sha256 not in _loaded:
            raise RecipeFailed(name=recipe.name, problem="its code runs only in the process of a training")
        self._recipe = recipe
        self._module = _loaded[recipe.sha256]
        self._params = dict(params)
        self._seed = seed
        self.fitted: Any = None

    def get_params(self, deep: bool = True) -> dict[str, ParameterValue]:  # noqa: ARG002
        """Return the hyperparameters."""
        return dict(self._params)

    def fit(self, matrix: Any, answers: Any) -> "RecipeModel":
        """Let the recipe learn.

        Raises:
            RecipeFailed: it raised something, or returned nothing that can answer.
        """
        from pydantic import TypeAdapter

        try:
            params = TypeAdapter(self._module.Params).validate_python(self._params)
            self.fitted = self._module.fit(matrix, answers, params, self._seed)
        except (AppError, MemoryError):
            raise
        except Exception as error:
            raise _failed(self._recipe.name, error) from error
        if not all(hasattr(self.fitted, method) for method in NEEDED):
            said = f"fit returned {type(self.fitted).__name__}, which is no estimator: it lacks one of {NEEDED}"
            raise RecipeFailed(name=self._recipe.name, problem=said)
        return self

    def predict(self, matrix: Any) -> Any:
        """Answer with what was fitted."""
        return self.fitted.predict(matrix)

    def predict_proba(self, matrix: Any) -> Any:
        """Answer with class probabilities.

        Raises:
            RecipeFailed: what was fitted gives none.
        """
        return self.fitted.predict_proba(matrix)


def unwrapped(model: Any, *, classifies: bool) -> Any:
    """Return what a recipe fitted; every other model as it is.

    Raises:
        RecipeFailed: a classifier that gives no probabilities.
    """
    if not isinstance(model, RecipeModel):
        return model
    if classifies and not hasattr(model.fitted, "predict_proba"):
        said = f"{type(model.fitted).__name__} gives no class probabilities (predict_proba), which every answer needs"
        raise RecipeFailed(name=model._recipe.name, problem=said)  # noqa: SLF001
    return model.fitted


def _failed(name: str, error: Exception) -> RecipeFailed:
    logger.error("The recipe %s failed.", name, exc_info=error)
    return RecipeFailed(name=name, problem=f"{type(error).__name__}: {' '.join(str(error).split())[:500]}")
