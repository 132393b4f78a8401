"""Where bytes live."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import BinaryIO, Protocol


class BlobStore(Protocol):
    """Content-addressed bytes: the name of a blob is the SHA-256 of its content, in hexadecimal.

    ``put`` returns only when the bytes are safe: written to a temporary file, synced, renamed, folder synced.
    Putting the same bytes twice keeps one copy. Every read checks the hash, so wrong bytes never leave the store:
    they are set aside in a quarantine, every later read says so, and putting the right bytes again mends the blob.
    All methods may be called from several threads and processes at once.
    """

    def put(self, source: BinaryIO) -> tuple[str, int]:
        """Store everything ``source`` yields; return (SHA-256, size in bytes)."""
        ...

    def put_bytes(self, content: bytes) -> str:
        """Store ``content``; return its SHA-256."""
        ...

    def read(self, sha256: str) -> bytes:
        """Return the bytes.

        Raises:
            BlobNotFound: there is no such blob.
            BlobCorrupt: the stored bytes do not match their name; they are in quarantine.
            Unavailable: the store does not answer, or its disk fails.
        """
        ...

    def path(self, sha256: str) -> Path:
        """Return a local file that holds the verified bytes, for readers that need a file; never write to it.

        Errors as in :meth:`read`.
        """
        ...

    def verify(self, sha256: str) -> int:
        """Read the bytes where they are kept, not a local copy of them, and return their size; errors as in
        :meth:`read`."""
        ...

    def exists(self, sha256: str) -> bool:
        """Tell whether the blob is there and not in quarantine, without reading it."""
        ...

    def size(self, sha256: str) -> int:
        """Return the size in bytes, without reading them.

        Raises:
            BlobNotFound: there is no such blob.
        """
        ...

    def delete(self, sha256: str) -> None:
        """Remove the blob and what of it is in quarantine; one that is not there is fine."""
        ...

    def names(self) -> Iterator[str]:
        """Yield the SHA-256 of every blob that is not in quarantine."""
        ...

    def quarantined(self) -> Iterator[str]:
        """Yield the SHA-256 of every blob in quarantine."""
        ...

    def tidy(self, before: datetime) -> int:
        """Remove what puts that broke off before then left behind; return how many files those were."""
        ...


class BlobWatch(Protocol):
    """Is told by a blob store what happens in it, so that the metadata can follow."""

    def keeping(self, sha256: str) -> None:
        """A blob is about to be kept, or was asked for: from now on it must not be removed as unused for a while.

        Called before the bytes get their name, so that whoever removes unused blobs either sees the wish, or is done.
        """
        ...

    def corrupt(self, sha256: str, found: str, size: int) -> None:
        """``size`` wrong bytes whose hash is ``found`` were set aside."""
        ...

    def mended(self, sha256: str) -> None:
        """The right bytes took the place of wrong ones."""
        ...


class Unwatched:
    """A :class:`BlobWatch` that takes no note of anything."""

    def keeping(self, sha256: str) -> None:
        """Take no note."""

    def corrupt(self, sha256: str, found: str, size: int) -> None:
        """Take no note."""

    def mended(self, sha256: str) -> None:
        """Take no note."""
