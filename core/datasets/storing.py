"""Bytes are stored and understood side by side; the original is only kept when a table was found in it."""

import os
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, cast

from core.datasets.limits import Limits
from core.datasets.passes import Progress
from core.datasets.reading import Converted, convert
from core.errors import Conflict
from core.ports.blobs import BlobStore
from core.records.reading import ReadingChoices


@dataclass(frozen=True)
class StoredAndRead:
    """The original's hash and bytes in the store, and what was read from it."""

    sha256: str
    size: int
    found: Converted


def stored_and_read(
    blobs: BlobStore, path: Path, name: str, choices: ReadingChoices, table: Path, limits: Limits, progress: Progress
) -> StoredAndRead:
    """Keep the file at ``path`` in ``blobs`` and write the table it holds to ``table`` as Parquet.

    Args:
        blobs: the store.
        path: the file.
        name: what to call it in messages.
        choices: what a person overrules.
        table: where the Parquet file is written.
        limits: how much the file may hold.
        progress: called with the share (0 to 1) that is read; may raise to stop.

    Raises:
        NotATable: the bytes are no table that can be read; nothing was stored.
        Conflict: the file changed while it was read.
    """
    before = path.stat()
    with path.open("rb") as file, ThreadPoolExecutor(1, "storing") as thread:
        gate = _Gate(file)
        stored = thread.submit(blobs.put, cast(BinaryIO, gate))
        try:
            found = convert(path, name, table, limits, choices, progress)
            gate.decide(keep=_is_unchanged(before, path))
        finally:
            gate.decide(keep=False)
        try:
            sha256, size = stored.result()
        except _AbandonedError as error:
            raise Conflict(problem=f"{name} changed while it was read. Add it again.") from error
    return StoredAndRead(sha256, size, found)


def _is_unchanged(before: os.stat_result, path: Path) -> bool:
    after = path.stat()
    return (before.st_size, before.st_mtime_ns) == (after.st_size, after.st_mtime_ns)


class _AbandonedError(Exception):
    """The bytes are not to be kept."""


class _Gate:
    """A stream whose end comes only once it is decided that its bytes are kept."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._decided = threading.Event()
        self._keep = False

    def read(self, size: int = -1) -> bytes:
        """Return the next bytes."""
        if self._decided.is_set() and not self._keep:
            raise _AbandonedError
        chunk = self._file.read(size)
        if chunk:
            return chunk
        self._decided.wait()
        if not self._keep:
            raise _AbandonedError
        return b""

    def decide(self, *, keep: bool) -> None:
        """Let the stream end, or break it off; the first word counts."""
        if not self._decided.is_set():
            self._keep = keep
            self._decided.set()
