"""Where bytes live."""

from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, Protocol


class BlobStore(Protocol):
    """Content-addressed bytes: the name of a blob is the SHA-256 of its content, in hexadecimal.

    ``put`` returns only when the bytes are safe: written to a temporary file, synced, renamed, folder synced.
    Putting the same bytes twice keeps one copy. Every read checks the hash, so wrong bytes never leave the store.
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
            BlobCorrupt: the stored bytes do not match their name.
        """
        ...

    def path(self, sha256: str) -> Path:
        """Return a local file that holds the verified bytes, for readers that need a file; never write to it.

        Raises:
            BlobNotFound: there is no such blob.
            BlobCorrupt: the stored bytes do not match their name.
        """
        ...

    def exists(self, sha256: str) -> bool:
        """Tell whether the blob is there, without reading it."""
        ...

    def delete(self, sha256: str) -> None:
        """Remove the blob; one that is not there is fine."""
        ...

    def names(self) -> Iterator[str]:
        """Yield the SHA-256 of every blob."""
        ...
