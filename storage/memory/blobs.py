"""Blobs in memory."""

import hashlib
import shutil
import tempfile
import weakref
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

from core.errors import BlobCorrupt, BlobNotFound
from core.ports.blobs import BlobWatch, Unwatched

CHUNK = 1 << 20


class MemoryBlobs:
    """A :class:`core.ports.blobs.BlobStore` in a dictionary; files for ``path`` are written out on demand."""

    def __init__(self, watch: BlobWatch | None = None) -> None:
        """``watch`` is told what happens here."""
        self._contents: dict[str, bytes] = {}
        self._aside: dict[str, str] = {}
        self._watch: BlobWatch = watch or Unwatched()
        self._folder: Path | None = None

    def put(self, source: BinaryIO) -> tuple[str, int]:
        """Store everything ``source`` yields; return (SHA-256, size in bytes)."""
        content = b"".join(iter(lambda: source.read(CHUNK), b""))
        return self.put_bytes(content), len(content)

    def put_bytes(self, content: bytes) -> str:
        """Store ``content``; return its SHA-256."""
        sha256 = hashlib.sha256(content).hexdigest()
        self._watch.keeping(sha256)
        self._contents[sha256] = bytes(content)
        if self._aside.pop(sha256, None):
            self._watch.mended(sha256)
        return sha256

    def read(self, sha256: str) -> bytes:
        """Return the bytes.

        Raises:
            BlobNotFound: there is no such blob.
            BlobCorrupt: the stored bytes do not match their name; they are in quarantine.
        """
        content = self._contents.get(sha256)
        if content is None:
            raise self._absent(sha256)
        found = hashlib.sha256(content).hexdigest()
        if found != sha256:
            self._set_aside(sha256, found)
            raise self._absent(sha256)
        return content

    def path(self, sha256: str) -> Path:
        """Return a local file that holds the verified bytes; errors as in :meth:`read`."""
        content = self.read(sha256)
        if self._folder is None:
            self._folder = Path(tempfile.mkdtemp(prefix="blobs-"))
            weakref.finalize(self, shutil.rmtree, self._folder, ignore_errors=True)
        file = self._folder / sha256
        file.write_bytes(content)
        return file

    def verify(self, sha256: str) -> int:
        """Check the bytes; return their size; errors as in :meth:`read`."""
        return len(self.read(sha256))

    def exists(self, sha256: str) -> bool:
        """Tell whether the blob is there and not in quarantine."""
        self._watch.keeping(sha256)
        return sha256 in self._contents

    def size(self, sha256: str) -> int:
        """Return the size in bytes.

        Raises:
            BlobNotFound: there is no such blob.
        """
        if sha256 not in self._contents:
            raise self._absent(sha256)
        return len(self._contents[sha256])

    def delete(self, sha256: str) -> None:
        """Remove the blob and what of it is in quarantine; one that is not there is fine."""
        self._contents.pop(sha256, None)
        self._aside.pop(sha256, None)

    def names(self) -> Iterator[str]:
        """Yield the SHA-256 of every blob that is not in quarantine."""
        yield from tuple(self._contents)

    def quarantined(self) -> Iterator[str]:
        """Yield the SHA-256 of every blob in quarantine."""
        yield from sorted(self._aside)

    def tidy(self, before: datetime) -> int:  # noqa: ARG002
        """Do nothing: a put here does not break off."""
        return 0

    def overwrite(self, sha256: str, content: bytes) -> None:
        """Replace the bytes behind a name, as failing hardware would."""
        self._contents[sha256] = content

    def _absent(self, sha256: str) -> BlobNotFound | BlobCorrupt:
        found = self._aside.get(sha256)
        return BlobCorrupt(sha256=sha256, found=found) if found else BlobNotFound(sha256=sha256)

    def _set_aside(self, sha256: str, found: str) -> None:
        self._aside[sha256] = found
        wrong = self._contents.pop(sha256)
        self._watch.corrupt(sha256, found, len(wrong))
