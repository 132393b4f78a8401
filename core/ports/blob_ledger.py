"""What the metadata knows of blobs: faults found in them, marks on unused ones, and who refers to them."""

from collections.abc import Collection
from datetime import datetime
from typing import Protocol

from core.records.integrity import BlobFault


class BlobLedger(Protocol):
    """Faults stay for good, closed when mended. A mark says since when a blob was seen to be unused; whoever wants to
    keep the blob removes the mark, whoever wants to delete it takes the mark, and only one of both succeeds."""

    def note(self, fault: BlobFault) -> bool:
        """Store a fault; False when one of that blob is open already."""
        ...

    def faults(self, *, only_open: bool = True) -> list[BlobFault]:
        """Return faults, newest first."""
        ...

    def mend(self, sha256: str, now: datetime) -> bool:
        """Close the open fault of a blob; False when there is none."""
        ...

    def mark(self, names: Collection[str], now: datetime) -> int:
        """Mark blobs as unused from ``now`` on; those marked already stay as they are. Return how many are new."""
        ...

    def marks(self) -> dict[str, datetime]:
        """Return every mark: the blob and since when."""
        ...

    def is_marked(self, sha256: str) -> bool:
        """Tell whether a blob is marked."""
        ...

    def spare(self, names: Collection[str]) -> int:
        """Remove the marks of these blobs; return how many there were."""
        ...

    def take(self, sha256: str, before: datetime) -> bool:
        """Remove a mark set before then; False when there is none. Until this transaction ends, :meth:`spare` of that
        blob waits."""
        ...

    def references(self, since: datetime) -> set[str]:
        """Return every SHA-256 that any row names, the audit trail, this ledger and jobs that cannot be run again
        apart: those that succeeded, and those that ended before ``since``."""
        ...
