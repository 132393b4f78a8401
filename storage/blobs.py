"""Content-addressed bytes in a folder."""

import hashlib
import io
import os
import re
import tempfile
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

from core.errors import BlobCorrupt, BlobNotFound, Unavailable
from core.ports.blobs import BlobWatch, Unwatched
from storage.known_files import sync_folder

FLUSHED = 64 << 20
"""After so many bytes a file that is written is made safe on disk so far."""

CHUNK = 1 << 20
NAME = re.compile(r"[0-9a-f]{64}")
ASIDE = re.compile(r"([0-9a-f]{64})\.([0-9a-f]{64})")
"""A file in quarantine: the hash it should have, and the one it has."""

READ_ONLY = 0o444


class FileBlobs:
    """A :class:`core.ports.blobs.BlobStore` in a folder: ``ab/cdef...`` for the SHA-256 ``abcdef...``.

    Blobs are read-only files. A corrupt one moves to ``quarantine/<its name>.<hash of what it holds>``, for whoever
    wants to look at it, and is never handed out; putting the right bytes again mends it.
    """

    def __init__(self, root: Path, watch: BlobWatch | None = None) -> None:
        """``watch`` is told what happens here."""
        self._root = root
        self._incoming = root / "incoming"
        self._quarantine = root / "quarantine"
        self._watch: BlobWatch = watch or Unwatched()

    def put(self, source: BinaryIO) -> tuple[str, int]:
        """Store everything ``source`` yields; return (SHA-256, size in bytes).

        Raises:
            Unavailable: the disk did not take it; nothing is left behind.
        """
        try:
            return self._put(source)
        except OSError as error:
            problem = (
                f"The bytes could not be stored ({error.strerror or error}). Nothing was kept; mend that, then retry."
            )
            raise Unavailable(problem=problem) from error

    def put_bytes(self, content: bytes) -> str:
        """Store ``content``; return its SHA-256.

        Raises:
            Unavailable: the disk did not take it; nothing is left behind.
        """
        return self.put(io.BytesIO(content))[0]

    def read(self, sha256: str) -> bytes:
        """Return the bytes.

        Raises:
            BlobNotFound: there is no such blob.
            BlobCorrupt: the stored bytes do not match their name; they are in quarantine.
            Unavailable: the disk fails.
        """
        content = self._content(sha256)
        if hashlib.sha256(content).hexdigest() != sha256:
            self._set_aside(sha256)
            content = self._content(sha256)
            check(sha256, hashlib.sha256(content).hexdigest())
        return content

    def path(self, sha256: str) -> Path:
        """Return the file that holds the verified bytes; errors as in :meth:`read`."""
        if self._digest(sha256) != sha256:
            self._set_aside(sha256)
            check(sha256, self._digest(sha256))
        return self._file(sha256)

    def verify(self, sha256: str) -> int:
        """Read the bytes through; return their size; errors as in :meth:`read`."""
        return self.path(sha256).stat().st_size

    def exists(self, sha256: str) -> bool:
        """Tell whether the blob is there and not in quarantine, without reading it."""
        if NAME.fullmatch(sha256) is None:
            return False
        self._watch.keeping(sha256)
        return self._file(sha256).exists()

    def size(self, sha256: str) -> int:
        """Return the size in bytes.

        Raises:
            BlobNotFound: there is no such blob.
        """
        try:
            return self._file(sha256).stat().st_size
        except FileNotFoundError as error:
            raise self._absent(sha256) from error

    def delete(self, sha256: str) -> None:
        """Remove the blob and what of it is in quarantine; one that is not there is fine."""
        if NAME.fullmatch(sha256) is None:
            return
        file = self._file(sha256)
        if file.exists():
            file.unlink(missing_ok=True)
            sync_folder(file.parent)
        self._release(sha256)

    def names(self) -> Iterator[str]:
        """Yield the SHA-256 of every blob that is not in quarantine."""
        for file in self._root.glob("[0-9a-f][0-9a-f]/*"):
            name = file.parent.name + file.name
            if NAME.fullmatch(name):
                yield name

    def quarantined(self) -> Iterator[str]:
        """Yield the SHA-256 of every blob in quarantine."""
        names = (ASIDE.fullmatch(file.name) for file in self._quarantine.glob("*"))
        yield from sorted({match[1] for match in names if match})

    def tidy(self, before: datetime) -> int:
        """Remove what puts that broke off before then left behind; return how many files those were."""
        limit = before.timestamp()
        old = [file for file in self._incoming.glob("*") if file.stat().st_mtime < limit]
        for file in old:
            file.unlink(missing_ok=True)
        return len(old)

    def _file(self, sha256: str) -> Path:
        if not NAME.fullmatch(sha256):
            raise BlobNotFound(sha256=sha256)
        return self._root / sha256[:2] / sha256[2:]

    def _content(self, sha256: str) -> bytes:
        try:
            return self._file(sha256).read_bytes()
        except FileNotFoundError as error:
            raise self._absent(sha256) from error
        except OSError as error:
            raise _unreadable(sha256, error) from error

    def _digest(self, sha256: str) -> str:
        try:
            with self._file(sha256).open("rb") as stored:
                return hashlib.file_digest(stored, "sha256").hexdigest()
        except FileNotFoundError as error:
            raise self._absent(sha256) from error
        except OSError as error:
            raise _unreadable(sha256, error) from error

    def _absent(self, sha256: str) -> BlobNotFound | BlobCorrupt:
        found = next((ASIDE.fullmatch(file.name) for file in self._aside(sha256)), None)
        return BlobCorrupt(sha256=sha256, found=found[2]) if found else BlobNotFound(sha256=sha256)

    def _set_aside(self, sha256: str) -> None:
        """Move a file whose bytes are wrong on a second look, too, to the quarantine, and tell of it."""
        file = self._file(sha256)
        try:
            with file.open("rb") as stored:
                found = hashlib.file_digest(stored, "sha256").hexdigest()
                if found == sha256:
                    return
                self._quarantine.mkdir(exist_ok=True)
                aside = self._quarantine / f"{sha256}.{found}"
                file.replace(aside)
                judged = os.fstat(stored.fileno())
        except FileNotFoundError:
            return  # another reader was faster
        if not os.path.samestat(judged, aside.stat()):
            aside.replace(file)  # put anew in the meantime
            return
        for former in self._aside(sha256):
            if former != aside:
                former.unlink(missing_ok=True)
        sync_folder(self._quarantine)
        sync_folder(file.parent)
        self._watch.corrupt(sha256, found, judged.st_size)

    def _aside(self, sha256: str) -> list[Path]:
        return sorted(self._quarantine.glob(f"{sha256}.*"))

    def _release(self, sha256: str) -> bool:
        files = self._aside(sha256) if self._quarantine.exists() else []
        for file in files:
            file.unlink(missing_ok=True)
        return bool(files)

    def _put(self, source: BinaryIO) -> tuple[str, int]:
        self._incoming.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=self._incoming)
        part = Path(name)
        try:
            with os.fdopen(handle, "wb") as target:
                sha256, size = _copy(source, target)
                os.fchmod(target.fileno(), READ_ONLY)
                target.flush()
                os.fsync(target.fileno())
            self._watch.keeping(sha256)
            self._keep(part, self._file(sha256))
        finally:
            part.unlink(missing_ok=True)
        if self._release(sha256):
            self._watch.mended(sha256)
        return sha256, size

    def _keep(self, part: Path, file: Path) -> None:
        if not file.parent.exists():
            file.parent.mkdir(exist_ok=True)
            sync_folder(self._root)
        part.replace(file)
        sync_folder(file.parent)


def check(sha256: str, found: str) -> None:
    """Refuse bytes of another hash.

    Raises:
        BlobCorrupt: ``found`` is not ``sha256``.
    """
    if found != sha256:
        raise BlobCorrupt(sha256=sha256, found=found)


def _copy(source: BinaryIO, target: BinaryIO) -> tuple[str, int]:
    digest = hashlib.sha256()
    size = flushed = 0
    while chunk := source.read(CHUNK):
        digest.update(chunk)
        target.write(chunk)
        size += len(chunk)
        if size - flushed >= FLUSHED:
            # The disk writes while more arrives, instead of all at once at the end.
            target.flush()
            os.fsync(target.fileno())
            flushed = size
    return digest.hexdigest(), size


def _unreadable(sha256: str, error: OSError) -> Unavailable:
    problem = f"The stored bytes {sha256} cannot be read ({error.strerror or error}). Look after the disk, then retry."
    return Unavailable(problem=problem)
