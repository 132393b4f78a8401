"""What a backup takes of the stores besides blobs, while everything runs."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol


@dataclass(frozen=True)
class Part:
    """A file of a backup: its name within the home, where its bytes lie now, and how many of them belong to it."""

    name: str
    path: Path
    size: int


class Snapshots(Protocol):
    """The databases, artifacts and logs of an installation on this machine."""

    def take(self, folder: Path) -> Iterator[Part]:
        """Yield the parts in an order in which nothing points at what is not there: metadata first, then MLflow, whose
        runs it names, then files. Copies that must be made are made in ``folder``.

        Raises:
            InvalidInput: a store lies on a server, which backs itself up.
            StoreUnavailable, TrackingUnavailable: a database cannot be read.
        """
        ...

    def adopt(self, folder: Path, former: str, home: Path) -> None:
        """Let the parts in ``folder``, taken in the home ``former``, belong to ``home``: full paths are changed."""
        ...
