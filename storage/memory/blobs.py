"""Blobs in memory."""

import hashlib
import shutil
import tempfile
import weakref
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from core.errors import BlobCorrupt, BlobNotFound

CHUNK = 1 << 20


class MemoryBlobs:
    """A :class:`core.ports.blobs.BlobStore` in a dictionary; files for ``path`` are written out on demand."""

    def __init__(self) -> None:
        self._contents: dict[str, bytes] = {}
        self._folder: Path | None = None

    def put(self, source: BinaryIO) -> tuple[str, int]:
        """Store everything ``source`` yields; return (SHA-256, size in bytes)."""
        content = b"".join(iter(lambda: source.read(CHUNK), b""))
        return self.put_bytes(content), len(content)

    def put_bytes(self, content: bytes) -> str:
        """Store ``content``; return its SHA-256."""
        sha256 = hashlib.sha256(content).hexdigest()
        self._contents[sha256] = bytes(content)
        return sha256

    def read(self, sha256: str) -> bytes:
        """Return the bytes.

        Raises:
            BlobNotFound: there is no such blob.
            BlobCorrupt: the stored bytes do not match their name.
        """
        try:
            content = self._contents[sha256]
        except KeyError as error:
            raise BlobNotFound(sha256=sha256) from error
        found = hashlib.sha256(content).hexdigest()
        if found != sha256:
            raise BlobCorrupt(sha256=sha256, found=found)
        return content

    def path(self, sha256: str) -> Path:
        """Return a local file that holds the verified bytes.

        Raises:
            BlobNotFound: there is no such blob.
            BlobCorrupt: the stored bytes do not match their name.
        """
        content = self.read(sha256)
        if self._folder is None:
            self._folder = Path(tempfile.mkdtemp(prefix="blobs-"))
            weakref.finalize(self, shutil.rmtree, self._folder, ignore_errors=True)
        file = self._folder / sha256
        file.write_bytes(content)
        return file

    def exists(self, sha256: str) -> bool:
        """Tell whether the blob is there."""
        return sha256 in self._contents

    def delete(self, sha256: str) -> None:
        """Remove the blob; one that is not there is fine."""
        self._contents.pop(sha256, None)

    def names(self) -> Iterator[str]:
        """Yield the SHA-256 of every blob."""
        yield from tuple(self._contents)

    def overwrite(self, sha256: str, content: bytes) -> None:
        """Replace the bytes behind a name, as failing hardware would."""
        self._contents[sha256] = content
