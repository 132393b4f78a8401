"""The file of a backup: a tar of named parts, with a list of their hashes at its end."""

import hashlib
import io
import json
import os
import re
import shutil
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from core.maintenance_errors import NotABackup
from core.records.base import JsonObject

LIST = "backup.json"
FORMAT = 1
CHUNK = 1 << 20
NAME = re.compile(r"(?:[A-Za-z0-9_@.=+ -]+/)*[A-Za-z0-9_@.=+ -]+")


class Archive:
    """A backup that is being written."""

    def __init__(self, tar: tarfile.TarFile) -> None:
        self._tar = tar
        self.hashes: dict[str, str] = {}
        self.size = 0

    def add(self, name: str, path: Path, size: int) -> str:
        """Add the first ``size`` bytes of a file; return their SHA-256."""
        info = tarfile.TarInfo(name)
        info.size, info.mode = size, 0o600
        with path.open("rb") as file:
            source = _Hashed(file)
            self._tar.addfile(info, source)
        self.hashes[name] = source.digest.hexdigest()
        self.size += size
        return self.hashes[name]

    def close(self, facts: JsonObject) -> None:
        """Write the list of all parts, with ``facts`` about the whole."""
        document = {"format": FORMAT, **facts, "parts": self.hashes}
        content = json.dumps(document, indent=1).encode()
        info = tarfile.TarInfo(LIST)
        info.size, info.mode = len(content), 0o600
        self._tar.addfile(info, io.BytesIO(content))


class _Hashed:
    """A file that is hashed while it is read."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self.digest = hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        """Return the next bytes."""
        chunk = self._file.read(size)
        self.digest.update(chunk)
        return chunk


@contextmanager
def writing(file: Path) -> Iterator[Archive]:
    """Write an archive that appears under its name whole, on disk, or not at all."""
    part = file.with_name(f".{file.name}.part")
    try:
        with part.open("wb") as target:
            os.fchmod(target.fileno(), 0o600)
            with tarfile.open(fileobj=target, mode="w", format=tarfile.PAX_FORMAT) as tar:
                yield Archive(tar)
            target.flush()
            os.fsync(target.fileno())
        part.replace(file)
    finally:
        part.unlink(missing_ok=True)


def verify(file: Path) -> JsonObject:
    """Read an archive through and return what its list says.

    Raises:
        NotABackup: it is none, or a part is damaged, missing or too many.
    """
    return _read(file, None)


def unpack(file: Path, folder: Path) -> JsonObject:
    """Write the parts below ``folder``, each checked against its hash; return what the list says.

    Raises:
        NotABackup: it is none, or a part is damaged, missing or too many; what was written must be thrown away.
    """
    return _read(file, folder)


def _read(file: Path, folder: Path | None) -> JsonObject:
    try:
        with tarfile.open(file, mode="r:") as tar:
            found, listed = {}, None
            for member in tar:
                source = tar.extractfile(member) if member.isreg() else None
                if source is None or ".." in member.name.split("/") or not NAME.fullmatch(member.name):
                    raise NotABackup(file=file.name, problem=f"it holds {member.name[:80]!r}, which no backup has")
                if member.name == LIST:
                    listed = json.loads(source.read())
                else:
                    found[member.name] = _copy(source, None if folder is None else folder / member.name)
    except (tarfile.TarError, OSError, ValueError) as error:
        raise NotABackup(file=file.name, problem=f"it cannot be read ({error})") from error
    return _checked(file, listed, found)


def _checked(file: Path, listed: Any, found: dict[str, str]) -> JsonObject:
    if not isinstance(listed, dict) or not isinstance(listed.get("parts"), dict):
        raise NotABackup(file=file.name, problem="its list of parts is missing, as when writing it broke off")
    if listed.get("format") != FORMAT:
        raise NotABackup(file=file.name, problem=f"its format {listed.get('format')} is of another release")
    expected: dict[str, str] = listed["parts"]
    wrong = sorted(name for name in expected.keys() | found.keys() if expected.get(name) != found.get(name))
    if wrong:
        raise NotABackup(file=file.name, problem=f"{len(wrong)} parts are damaged or missing, {wrong[0]} first")
    return {str(key): value for key, value in listed.items()}


def _copy(source: IO[bytes], target: Path | None) -> str:
    hashed = _Hashed(source)
    if target is None:
        while hashed.read(CHUNK):
            pass
        return hashed.digest.hexdigest()
    target.parent.mkdir(parents=True, exist_ok=True)
    with target.open("wb") as file:
        shutil.copyfileobj(hashed, file, CHUNK)
        file.flush()
        os.fsync(file.fileno())
    return hashed.digest.hexdigest()
