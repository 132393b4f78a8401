"""Backups while everything runs, and an installation made of one."""

import shutil
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from core import audit
from core.access.permissions import require
from core.clock import Clock
from core.errors import Conflict, InvalidInput
from core.maintenance import archive
from core.maintenance_errors import HomeNotEmpty, NotABackup
from core.ports.blobs import BlobStore
from core.ports.snapshots import Snapshots
from core.ports.unit_of_work import Store
from core.records.access import Actor, Permission
from core.records.base import JsonObject
from core.records.integrity import BackupReport

BLOBS = "blobs/"
Tell = Callable[[str], None]


@dataclass(frozen=True)
class BackupService:
    """Writes backups of the installation in ``home``."""

    store: Store
    blobs: BlobStore
    snapshots: Snapshots
    clock: Clock
    home: Path

    def write(self, actor: Actor, file: Path) -> BackupReport:
        """Write a backup to ``file`` and read it through; what is written meanwhile may or may not be in it.

        The databases are copied first: whatever they name was stored before, so the blobs copied after them are
        complete; `gc` leaves what was unused for less than a day.

        Raises:
            Denied: the actor may not back up.
            InvalidInput: there is such a file, or a store lies on a server.
            Conflict: stored bytes are damaged; nothing was written.
        """
        require(actor, Permission.MAINTAIN)
        if file.exists():
            raise InvalidInput(problem=f"{file} exists already; a backup never takes the place of another file.")
        if not file.parent.is_dir():
            raise InvalidInput(problem=f"There is no folder {file.parent} to write to. Make it first.")
        now = self.clock.now()
        with _scratch(file.parent) as folder, archive.writing(file) as made:
            for part in self.snapshots.take(Path(folder)):
                try:
                    made.add(part.name, part.path, part.size)
                except FileNotFoundError:
                    continue  # deleted since it was listed; nothing of it was written
            count = self._add_blobs(made)
            facts = {"created_at": now.isoformat(), "home": str(self.home), "release": version("pilothouse")}
            made.close({**facts, "blobs": count})
        archive.verify(file)
        self._record(actor, "stores.backup", file.name, {"parts": len(made.hashes), "size": made.size})
        return BackupReport(file=str(file), parts=len(made.hashes), blobs=count, size=made.size, created_at=now)

    def note_restored(self, actor: Actor, report: BackupReport) -> None:
        """Write the event that this home came of a backup."""
        details = {"parts": report.parts, "created_at": report.created_at.isoformat()}
        self._record(actor, "stores.restore", Path(report.file).name, details)

    def _add_blobs(self, made: archive.Archive) -> int:
        count = 0
        for name in sorted(self.blobs.names()):
            path = self.blobs.path(name)
            found = made.add(f"{BLOBS}{name[:2]}/{name[2:]}", path, path.stat().st_size)
            if found != name:
                raise Conflict(problem=f"The stored bytes {name} changed while being copied. Run `pilothouse fsck`.")
            count += 1
        return count

    def _record(self, actor: Actor, action: str, subject: str, details: JsonObject) -> None:
        with self.store.write() as work:
            audit.record(work, self.clock.now(), actor.name, action, None, subject, details)
            work.commit()


def restore(file: Path, home: Path, snapshots: Snapshots) -> BackupReport:
    """Make an installation in the empty folder ``home`` of a backup; it appears whole or not at all.

    Raises:
        HomeNotEmpty: something is in ``home``.
        NotABackup: the file is none, or damaged; nothing was restored.
    """
    if home.exists() and any(home.iterdir()):
        raise HomeNotEmpty(home=home)
    home.parent.mkdir(parents=True, exist_ok=True)
    with _scratch(home.parent) as name:
        folder = Path(name) / "home"
        folder.mkdir(mode=0o700)
        facts = archive.unpack(file, folder)
        _check_names(file, facts["parts"])
        snapshots.adopt(folder, str(facts["home"]), home)
        for blob in (folder / BLOBS).rglob("*"):
            if blob.is_file():
                blob.chmod(0o444)
        if home.exists():
            home.rmdir()
        shutil.move(folder, home)
    size = file.stat().st_size
    return BackupReport(
        file=str(file), parts=len(facts["parts"]), blobs=facts["blobs"], size=size, created_at=facts["created_at"]
    )


def _scratch(folder: Path) -> "tempfile.TemporaryDirectory[str]":
    """Make a folder that goes away again, on the disk where the result will be."""
    return tempfile.TemporaryDirectory(dir=folder, prefix=".pilothouse-")


def _check_names(file: Path, parts: dict[str, str]) -> None:
    """Refuse blobs that do not have the hash of their name, whatever the list says."""
    for name, found in parts.items():
        if name.startswith(BLOBS) and name.removeprefix(BLOBS).replace("/", "") != found:
            raise NotABackup(file=file.name, problem=f"{name} does not have the hash of its name")
