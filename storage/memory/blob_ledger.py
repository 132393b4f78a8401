"""What is known of blobs, in memory."""

from collections.abc import Collection
from dataclasses import fields
from datetime import datetime

from core.records.base import Record
from core.records.integrity import BlobFault
from core.records.job import Job, JobState
from storage.memory.tables import View, loose
from storage.rows import hashes_in, settled

SILENT = frozenset(
    {"events", "blob_faults", "blob_marks", "proofs", "deleted", "users", "sessions", "attempts", "keys", "labels"}
)
"""Tables whose hashes keep no blob."""


class MemoryBlobLedger:
    """A :class:`core.ports.blob_ledger.BlobLedger`."""

    def __init__(self, view: View) -> None:
        self._view = view

    def note(self, fault: BlobFault) -> bool:
        """Store a fault; False when one of that blob is open already."""
        if any(known.sha256 == fault.sha256 for known in self.faults()):
            return False
        faults = self._view.change.blob_faults
        faults[len(faults)] = settled(fault)
        return True

    def faults(self, *, only_open: bool = True) -> list[BlobFault]:
        """Return faults, newest first."""
        known = reversed(self._view.see.blob_faults.values())
        return [loose(fault) for fault in known if not (only_open and fault.mended_at)]

    def mend(self, sha256: str, now: datetime) -> bool:
        """Close the open fault of a blob; False when there is none."""
        for key, fault in self._view.see.blob_faults.items():
            if fault.sha256 == sha256 and fault.mended_at is None:
                self._view.change.blob_faults[key] = fault.model_copy(update={"mended_at": now})
                return True
        return False

    def mark(self, names: Collection[str], now: datetime) -> int:
        """Mark blobs as unused from ``now`` on; return how many are new."""
        new = set(names) - set(self._view.see.blob_marks)
        self._view.change.blob_marks.update(dict.fromkeys(new, now))
        return len(new)

    def marks(self) -> dict[str, datetime]:
        """Return every mark: the blob and since when."""
        return dict(self._view.see.blob_marks)

    def is_marked(self, sha256: str) -> bool:
        """Tell whether a blob is marked."""
        return sha256 in self._view.see.blob_marks

    def spare(self, names: Collection[str]) -> int:
        """Remove the marks of these blobs; return how many there were."""
        known = set(names) & set(self._view.see.blob_marks)
        for name in known:
            del self._view.change.blob_marks[name]
        return len(known)

    def take(self, sha256: str, before: datetime) -> bool:
        """Remove a mark set before then; False when there is none."""
        marked = self._view.see.blob_marks.get(sha256)
        return marked is not None and marked < before and self.spare([sha256]) == 1

    def references(self, since: datetime) -> set[str]:
        """Return every SHA-256 that any row names, in whatever field."""
        found: set[str] = set()
        for table in fields(self._view.see):
            rows = getattr(self._view.see, table.name)
            if table.name in SILENT or not isinstance(rows, dict):
                continue
            for row in rows.values():
                if isinstance(row, Record) and _counts(row, since):
                    found |= hashes_in(row.model_dump_json())
        return found


def _counts(row: Record, since: datetime) -> bool:
    if not isinstance(row, Job):
        return True
    return row.state is not JobState.SUCCEEDED and (row.finished_at is None or row.finished_at >= since)
