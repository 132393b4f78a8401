"""Own recipes as administrators see them: add, list, look, remove."""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from core import audit
from core.access.permissions import require
from core.clock import Clock
from core.ports.blobs import BlobStore
from core.ports.unit_of_work import Store
from core.records.access import Actor, Permission
from core.records.base import checked_name
from core.records.recipe import Packaged, Recipe
from core.training.own_recipes import code, packages
from core.training.own_recipes.declaration import Declaration, parameters_of, understood
from core.training_errors import InvalidRecipe, RecipeNotFound

READING_S = 60
MOST_BYTES = 1 << 20
ROOT = Path(__file__).resolve().parents[3]


class RecipeService:
    """The recipes of an installation; ``folder`` holds files that wait to be added."""

    def __init__(self, store: Store, blobs: BlobStore, clock: Clock, folder: Path) -> None:
        self._store = store
        self._blobs = blobs
        self._clock = clock
        self._folder = folder

    @property
    def folder(self) -> Path:
        """Where files of recipes wait to be added."""
        return self._folder

    def offered(self) -> list[Recipe]:
        """Return the recipes on offer, by name."""
        with self._store.read() as work:
            return work.recipes.offered()

    def waiting(self) -> list[Path]:
        """Return the files of the folder whose content is not on offer, by name."""
        import hashlib

        offered = {(recipe.name, recipe.sha256) for recipe in self.offered()}
        files = sorted(self._folder.glob("*.py")) if self._folder.is_dir() else []
        return [file for file in files if (file.stem, hashlib.sha256(file.read_bytes()).hexdigest()) not in offered]

    def source(self, name: str) -> str:
        """Return the text of the recipe on offer under ``name``.

        Raises:
            RecipeNotFound: there is none.
            BlobCorrupt: the stored text was altered.
        """
        recipe = next((one for one in self.offered() if one.name == name), None)
        if recipe is None:
            raise RecipeNotFound(name=name)
        return code.source(self._blobs, recipe.sha256)

    def add(self, actor: Actor, file: Path) -> Recipe:
        """Put the recipe in ``file`` on offer under the file's name, pinned to its present content.

        The file is looked at in a process of its own. Adding the same content again changes nothing.

        Raises:
            Denied: the actor is no administrator.
            InvalidName: the file's name cannot name a recipe.
            InvalidRecipe: the file cannot be read, or does not declare a recipe.
        """
        require(actor, Permission.ADD_RECIPES)
        name = checked_name(file.stem, "recipe")
        content = _read(file)
        sha256 = self._blobs.put_bytes(content)
        offered = next((one for one in self.offered() if one.name == name), None)
        if offered is not None and offered.sha256 == sha256:
            return offered
        return self._keep(actor, name, sha256, declared(name, content))

    def packaged(self) -> list[Packaged]:
        """Return the recipes that installed packages declare and that are not on offer in this version, by name."""
        offered = {(recipe.name, recipe.package) for recipe in self.offered()}
        return [found for found in packages.installed() if (found.name, found.package) not in offered]

    def enable(self, actor: Actor, name: str) -> Recipe:
        """Put the recipe ``name`` of an installed package on offer, pinned to the package's present content.

        The module is looked at in a process of its own. Enabling the same content again changes nothing.

        Raises:
            Denied: the actor is no administrator.
            InvalidName: the entry point's name cannot name a recipe.
            InvalidRecipe: no package, or more than one, declares it; its code cannot be pinned or declares no recipe;
                or the name is on offer from elsewhere.
        """
        require(actor, Permission.ADD_RECIPES)
        found = _one(checked_name(name, "recipe"))
        sha256 = self._blobs.put_bytes(packages.pin(found).model_dump_json().encode())
        offered = next((one for one in self.offered() if one.name == name), None)
        if offered is not None and offered.sha256 == sha256:
            return offered
        if offered is not None and offered.package.partition("==")[0] != found.distribution:
            origin = offered.package or "a file"
            raise InvalidRecipe(problem=f"{name!r} is on offer from {origin} already; remove that first.")
        return self._keep(actor, name, sha256, declared_by(found.module), found.package)

    def remove(self, actor: Actor, name: str) -> None:
        """Take a recipe off offer; its runs, versions and text stay.

        Raises:
            Denied: the actor is no administrator.
            RecipeNotFound: there is none of that name.
        """
        require(actor, Permission.ADD_RECIPES)
        now = self._clock.now()
        with self._store.write() as work:
            work.recipes.remove(name, now)
            audit.record(work, now, actor.name, "recipe.remove", None, name, {})
            work.commit()

    def _keep(self, actor: Actor, name: str, sha256: str, found: Declaration, package: str = "") -> Recipe:
        now = self._clock.now()
        with self._store.write() as work:
            before = work.recipes.history(name)
            recipe = Recipe(
                name=name,
                number=before[0].number + 1 if before else 1,
                title=found.title,
                summary=found.summary,
                tasks=found.tasks,
                scaled=found.scaled,
                parameters=parameters_of(found.schema_),
                sha256=sha256,
                author=actor.name,
                created_at=now,
                package=package,
            )
            work.recipes.add(recipe)
            details = {"number": recipe.number, "sha256": sha256, **({"package": package} if package else {})}
            audit.record(work, now, actor.name, "recipe.add", None, name, details)
            work.commit()
        return recipe


def declared(name: str, content: bytes) -> Declaration:
    """Return what a recipe's file declares, read by another process that is given a minute.

    Raises:
        InvalidRecipe: it declares no recipe, raises an error, or does not end.
    """
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / f"{name}.py"
        source.write_bytes(content)
        return declared_by(str(source))


def declared_by(source: str) -> Declaration:
    """Return what the code at ``source`` declares: an absolute path, or the name of an installed module.

    Raises:
        InvalidRecipe: see :func:`declared`.
    """
    with tempfile.TemporaryDirectory() as folder:
        answer = Path(folder) / "answer.json"
        command = [sys.executable, "-m", "core.training.own_recipes.reader", source, str(answer)]
        try:
            subprocess.run(  # noqa: S603 - our own module, with files of our own naming
                command,
                cwd=ROOT,
                env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"},
                timeout=READING_S,
                check=False,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
        except subprocess.TimeoutExpired as error:
            raise InvalidRecipe(problem=f"reading it did not end within {READING_S} seconds.") from error
        if not answer.exists():
            raise InvalidRecipe(problem="the process that read it ended without an answer.")
        document = json.loads(answer.read_text())
    if "problem" in document:
        raise InvalidRecipe(problem=f"{document['problem']}.")
    found = understood(document["declared"])
    parameters_of(found.schema_)
    return found


def _one(name: str) -> Packaged:
    found = [one for one in packages.installed() if one.name == name]
    if len(found) != 1:
        who = ", ".join(one.package for one in found) or "no installed package"
        raise InvalidRecipe(problem=f"{who} declares the recipe {name!r} in its entry points ({packages.GROUP}).")
    return found[0]


def _read(file: Path) -> bytes:
    try:
        content = file.read_bytes()
    except OSError as error:
        raise InvalidRecipe(problem=f"{file} cannot be read ({error.strerror}).") from error
    if len(content) > MOST_BYTES:
        raise InvalidRecipe(problem=f"{file} is larger than {MOST_BYTES >> 20} MB.")
    return content
