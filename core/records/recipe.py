"""Own recipes: estimators that people of the installation wrote as a Python file."""

from core.records.base import Moment, Record
from core.records.project import Task
from core.records.training import Parameter

RECIPE_PREFIX = "recipe:"
"""What the key of every own recipe begins with."""


class Recipe(Record):
    """One pinned state of a recipe: what its file declares, as data, and the hash its bytes must have.

    ``number`` counts the states of a name from 1; the newest one that was not removed is on offer. ``package`` is the
    distribution it comes from with its version, empty for a file; ``sha256`` then is that of its :class:`PackagePin`.
    """

    name: str
    number: int
    title: str
    summary: str
    tasks: tuple[Task, ...]
    scaled: bool
    parameters: tuple[Parameter, ...]
    sha256: str
    author: str
    created_at: Moment
    removed_at: Moment | None = None
    package: str = ""

    @property
    def key(self) -> str:
        """The key by which a spec names it."""
        return f"{RECIPE_PREFIX}{self.name}"


class Packaged(Record):
    """A recipe that an installed distribution declares by an entry point; nothing of it was run."""

    name: str
    distribution: str
    version: str
    module: str

    @property
    def package(self) -> str:
        """The distribution with its version, as pip spells it."""
        return f"{self.distribution}=={self.version}"


class PackagePin(Packaged):
    """The content of a distribution when its recipe was enabled: the SHA-256 of each file of its code."""

    files: dict[str, str]
