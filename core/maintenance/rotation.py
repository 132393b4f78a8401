"""Backups in a row: each under a name of its own, and only the newest of them kept."""

from datetime import UTC, datetime
from pathlib import Path

from core.errors import InvalidInput
from core.maintenance import archive
from core.maintenance.backup import BackupService
from core.records.access import Actor

KEPT = 7


def back_up(
    backups: BackupService, actor: Actor, folder: Path, series: str, at: datetime, keep: int
) -> tuple[Path, list[str]]:
    """Write the backup of the moment ``at`` into ``folder``, then remove those of the same series beyond the newest
    ``keep``; return its file, and the names of the removed.

    Safe to repeat: a backup of that moment that is there already is read through instead. Files of other names are
    never touched, and nothing is removed before the new backup was read back.

    Raises:
        InvalidInput: there is no such folder, or a store lies on a server.
        NotABackup: what lies under its name is damaged.
        Conflict: stored bytes are damaged; nothing was written.
    """
    if not folder.is_dir():
        raise InvalidInput(problem=f"There is no folder {folder} on the machine of the worker. Make it first.")
    file = folder / f"{_start(series)}{at.astimezone(UTC):%Y%m%dT%H%M%SZ}.tar"
    if file.exists():
        archive.verify(file)
    else:
        backups.write(actor, file)
    known = sorted(folder.glob(f"{_start(series)}[0-9]*T[0-9]*Z.tar"))
    removed = known[:-keep]
    for old in removed:
        old.unlink()
    return file, [old.name for old in removed]


def _start(series: str) -> str:
    return f"pilothouse-{series[:8]}-"
