"""Which database files a home has used, so that one that vanished is not quietly replaced by an empty one."""

import os
from pathlib import Path

from core.errors import StoreUnavailable


class KnownFiles:
    """The list ``home/known_stores``, one path a line; paths inside ``home`` are relative, so a home can move."""

    def __init__(self, home: Path) -> None:
        self._home = home.resolve()
        self._list = self._home / "known_stores"

    def add(self, path: Path) -> None:
        """Remember a file that holds data from now on."""
        name = self._name(path)
        names = self._names()
        if name in names:
            return
        part = self._list.with_suffix(".part")
        with part.open("w", encoding="utf-8") as file:
            file.write("".join(f"{line}\n" for line in [*names, name]))
            file.flush()
            os.fsync(file.fileno())
        part.replace(self._list)
        sync_folder(self._home)

    def refuse_if_vanished(self, path: Path) -> None:
        """Stop when there should be data at ``path``: the file is known, or the log of its last writes is there.

        Raises:
            StoreUnavailable: there should be.
        """
        orphan = path.with_name(f"{path.name}-wal")
        if self._name(path) in self._names() or (orphan.exists() and not path.exists()):
            problem = (
                f"{path} is gone or empty, although this home has used it. Put it back (copies are in "
                f"{self._home / 'backups'}), or, to begin anew without its data, remove its line from {self._list} "
                f"and the file {orphan.name} if there is one"
            )
            raise StoreUnavailable(problem=problem)

    def _name(self, path: Path) -> str:
        return str(path.relative_to(self._home) if path.is_relative_to(self._home) else path)

    def _names(self) -> list[str]:
        return self._list.read_text(encoding="utf-8").splitlines() if self._list.exists() else []


def sync_folder(folder: Path) -> None:
    """Make new and removed names in ``folder`` survive a power cut."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
