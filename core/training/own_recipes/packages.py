"""Recipes of installed packages: found by their entry points, unrun, and pinned by content when enabled."""

import hashlib
import importlib
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path
from types import ModuleType

from pydantic import ValidationError

from core.records.recipe import Packaged, PackagePin
from core.training_errors import InvalidRecipe, RecipeFailed

GROUP = "pilothouse.recipes"
"""The group of entry points; an entry names the recipe and the module that declares it, as a file would."""


def installed() -> list[Packaged]:
    """Return what installed distributions declare, by name; no code of theirs runs."""
    found = [_packaged(entry) for entry in metadata.entry_points(group=GROUP) if entry.dist is not None]
    return sorted(found, key=lambda one: (one.name, one.distribution))


def _packaged(entry: metadata.EntryPoint) -> Packaged:
    assert entry.dist is not None  # noqa: S101
    return Packaged(
        name=entry.name, distribution=entry.dist.name, version=entry.dist.version, module=entry.value.strip()
    )


def pin(found: Packaged) -> PackagePin:
    """Return the exact content of the distribution behind ``found``.

    Raises:
        InvalidRecipe: it is gone, or its code is not among its files, as with an editable installation.
    """
    try:
        distribution = metadata.distribution(found.distribution)
    except metadata.PackageNotFoundError as error:
        raise InvalidRecipe(problem=f"the package {found.distribution} is not installed.") from error
    files = {name: _sha256(place) for name, place in _code(distribution)}
    if not _has(files, found.module):
        raise InvalidRecipe(
            problem=f"the files of the package {found.distribution} do not hold its module {found.module}, so its code "
            "cannot be pinned. Install it as a wheel, not in editable form."
        )
    return PackagePin(**found.model_dump(), files=files)


def _code(distribution: metadata.Distribution) -> Iterator[tuple[str, Path]]:
    """Yield the name and place of each file that can change what its code does."""
    for file in distribution.files or ():
        name = file.as_posix()
        is_code = not file.parts[0].endswith(".dist-info") and "__pycache__" not in file.parts
        if is_code and not name.startswith((".", "/")):
            yield name, Path(str(distribution.locate_file(file)))


def _sha256(place: Path) -> str:
    return hashlib.sha256(place.read_bytes()).hexdigest() if place.is_file() else "missing"


def _has(files: dict[str, str], module: str) -> bool:
    path = module.replace(".", "/")
    return f"{path}.py" in files or f"{path}/__init__.py" in files


def load(name: str, content: bytes) -> ModuleType:
    """Import the module that a stored pin names, after the installed package was found to be the pinned one.

    Raises:
        RecipeFailed: the package is gone, is another version, was changed, or another module stands in its place.
    """
    try:
        pinned = PackagePin.model_validate_json(content)
    except ValidationError as error:
        raise RecipeFailed(name=name, problem="its pin cannot be read") from error
    distribution = _unchanged(name, pinned)
    module = importlib.import_module(pinned.module)
    places = {place.resolve() for _, place in _code(distribution)}
    if module.__file__ is None or Path(module.__file__).resolve() not in places:
        raise RecipeFailed(name=name, problem=f"another module stands in the place of {pinned.module}")
    return module


def _unchanged(name: str, pinned: PackagePin) -> metadata.Distribution:
    title = f"{pinned.distribution} {pinned.version}"
    try:
        distribution = metadata.distribution(pinned.distribution)
    except metadata.PackageNotFoundError as error:
        raise RecipeFailed(name=name, problem=f"its package {title} is not installed any more") from error
    if distribution.version != pinned.version:
        problem = f"it was enabled from {title}, but {distribution.version} is installed now. Enable it again"
        raise RecipeFailed(name=name, problem=problem)
    now = {file: _sha256(place) for file, place in _code(distribution)}
    changed = sorted(file for file in now.keys() | pinned.files.keys() if now.get(file) != pinned.files.get(file))
    if changed:
        problem = f"{changed[0]} of its package {title} was changed since it was enabled. Enable it again"
        raise RecipeFailed(name=name, problem=problem)
    return distribution
