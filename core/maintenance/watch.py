"""What happens in the blob store, told to the metadata: faults with an alarm, and wishes to keep a blob."""

import logging
from collections.abc import Callable

from core import audit
from core.clock import Clock
from core.errors import Unavailable
from core.ports.unit_of_work import Store, UnitOfWork
from core.records.access import SYSTEM
from core.records.integrity import BlobFault

logger = logging.getLogger(__name__)


class MetadataWatch:
    """A :class:`core.ports.blobs.BlobWatch` that writes to the store.

    A reader that meets a fault gets its error even when the store cannot take note of it: the bytes are in quarantine
    already, and `pilothouse fsck` notes what was missed.
    """

    def __init__(self, store: Store, clock: Clock) -> None:
        """Nothing is opened before its first use."""
        self._store = store
        self._clock = clock

    def keeping(self, sha256: str) -> None:
        """Remove the mark of a blob that counted as unused; waits for a removal that is under way."""
        with self._store.read() as work:
            is_marked = work.blobs.is_marked(sha256)
        if is_marked:
            with self._store.write() as work:
                work.blobs.spare([sha256])
                work.commit()

    def corrupt(self, sha256: str, found: str, size: int) -> None:
        """Note the fault, with an audit event."""
        logger.error("Stored bytes %s are damaged (found %s) and were set aside.", sha256, found)
        fault = BlobFault(sha256=sha256, found=found, size=size, at=self._clock.now())
        self._write(sha256, lambda work: note(work, fault))

    def mended(self, sha256: str) -> None:
        """Close the fault, with an audit event."""
        now = self._clock.now()

        def mend(work: UnitOfWork) -> None:
            if work.blobs.mend(sha256, now):
                audit.record(work, now, SYSTEM.name, "blob.mend", None, sha256, {})

        self._write(sha256, mend)

    def _write(self, sha256: str, change: Callable[[UnitOfWork], object]) -> None:
        try:
            with self._store.write() as work:
                change(work)
                work.commit()
        except Unavailable:
            logger.exception("The store took no note of what happened to the bytes %s; `fsck` will.", sha256)


def note(work: UnitOfWork, fault: BlobFault) -> bool:
    """Store a fault and its audit event, unless one of that blob is open; tell whether it is new."""
    is_new = work.blobs.note(fault)
    if is_new:
        details = {"found": fault.found, "size": fault.size}
        audit.record(work, fault.at, SYSTEM.name, "blob.quarantine", None, fault.sha256, details)
    return is_new
