"""What is known of blobs, in SQL."""

from collections.abc import Collection, Iterator
from datetime import datetime
from typing import Any

from sqlalchemy import Select, Table, Text, delete, or_, select, type_coerce, update

from core.records.integrity import BlobFault
from storage.blob_tables import blob_fault, blob_mark, deleted_version
from storage.rows import hashes_in, to_row
from storage.statements import Statements
from storage.tables import Json, event, job, metadata, proof

SILENT = frozenset(
    {table.name for table in (event, blob_fault, blob_mark, deleted_version, proof)}
    | {"account", "session", "attempt", "api_key", "label"}
)
"""Tables whose hashes keep no blob."""

PART = 500
"""Names in one statement."""


class SqlBlobLedger:
    """A :class:`core.ports.blob_ledger.BlobLedger`."""

    def __init__(self, statements: Statements) -> None:
        self._db = statements

    def note(self, fault: BlobFault) -> bool:
        """Store a fault; False when one of that blob is open already."""
        if self._db.one(BlobFault, self._db.locked(_open(fault.sha256))) is not None:
            return False
        return bool(self._db.change(self._db.insert(blob_fault), to_row(fault)))

    def faults(self, *, only_open: bool = True) -> list[BlobFault]:
        """Return faults, newest first."""
        query = select(blob_fault).order_by(blob_fault.c.seq.desc())
        return self._db.all(BlobFault, query.where(blob_fault.c.mended_at.is_(None)) if only_open else query)

    def mend(self, sha256: str, now: datetime) -> bool:
        """Close the open fault of a blob; False when there is none."""
        condition = (blob_fault.c.sha256 == sha256) & blob_fault.c.mended_at.is_(None)
        return bool(self._db.change(update(blob_fault).where(condition).values(mended_at=now)))

    def mark(self, names: Collection[str], now: datetime) -> int:
        """Mark blobs as unused from ``now`` on; return how many are new."""
        insert = self._db.insert(blob_mark).on_conflict_do_nothing()
        return sum(self._db.change(insert, {"sha256": name, "marked_at": now}) for name in sorted(names))

    def marks(self) -> dict[str, datetime]:
        """Return every mark: the blob and since when."""
        return {row["sha256"]: row["marked_at"] for row in self._db.rows(select(blob_mark))}

    def is_marked(self, sha256: str) -> bool:
        """Tell whether a blob is marked."""
        return self._db.value(select(blob_mark.c.sha256).where(blob_mark.c.sha256 == sha256)) is not None

    def spare(self, names: Collection[str]) -> int:
        """Remove the marks of these blobs; return how many there were."""
        return sum(self._db.change(delete(blob_mark).where(blob_mark.c.sha256.in_(part))) for part in _parts(names))

    def take(self, sha256: str, before: datetime) -> bool:
        """Remove a mark set before then; False when there is none."""
        condition = (blob_mark.c.sha256 == sha256) & (blob_mark.c.marked_at < before)
        return bool(self._db.change(delete(blob_mark).where(condition)))

    def references(self, since: datetime) -> set[str]:
        """Return every SHA-256 that any row names, in whatever column."""
        found: set[str] = set()
        for table in metadata.sorted_tables:
            columns = [column for column in table.c if isinstance(column.type, Text | Json)]
            if table.name in SILENT or not columns:
                continue
            spelled: list[Any] = [type_coerce(column, Text).label(column.name) for column in columns]
            for row in self._db.rows(_kept_jobs(table, select(*spelled), since)):
                found.update(*map(hashes_in, row.values()))
        return found


def _open(sha256: str) -> Select[Any]:
    return select(blob_fault).where(blob_fault.c.sha256 == sha256, blob_fault.c.mended_at.is_(None))


def _kept_jobs(table: Table, texts: Select[Any], since: datetime) -> Select[Any]:
    if table is not job:
        return texts
    return texts.where(job.c.state != "succeeded", or_(job.c.finished_at.is_(None), job.c.finished_at >= since))


def _parts(names: Collection[str]) -> Iterator[list[str]]:
    ordered = sorted(names)
    return (ordered[start : start + PART] for start in range(0, len(ordered), PART))
