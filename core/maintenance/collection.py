"""Tidying: blobs that nothing needs are marked, and removed when they stayed unused for a grace time.

Safe while others write. Whoever keeps a blob, or asks whether it is there, removes its mark first; a blob goes in the
transaction that takes its mark, so either the wish or the removal comes first, and the other sees it. What is kept but
not referred to yet, as in a job that runs, is covered by the grace time, which is never shorter than a job may take.
"""

from datetime import datetime, timedelta

from core import audit
from core.access.permissions import require
from core.clock import Clock
from core.errors import BlobCorrupt, BlobNotFound, Conflict, InvalidInput
from core.maintenance import references
from core.ports.blobs import BlobStore
from core.ports.tracking import Tracking
from core.ports.unit_of_work import Store
from core.records.access import Actor, Permission
from core.records.integrity import GcReport

GRACE = timedelta(days=1)
RETRIED = timedelta(days=30)
"""How long the bytes of a job that failed stay, for those who run it again."""


class CollectionService:
    """Finds and removes blobs that nothing needs."""

    def __init__(
        self, store: Store, blobs: BlobStore, tracking: Tracking, clock: Clock, longest_job: timedelta
    ) -> None:
        """``longest_job`` is how long a job may take: the least grace time."""
        self._store = store
        self._blobs = blobs
        self._tracking = tracking
        self._clock = clock
        self._longest_job = longest_job

    def collect(self, actor: Actor, *, grace: timedelta | None = None, dry_run: bool = False) -> GcReport:
        """Mark what is unused, remove what has been for longer than ``grace`` (one day when None).

        Raises:
            Denied: the actor may not maintain the stores.
            InvalidInput: the grace time is shorter than a job may take.
            Conflict: a manifest cannot be read, so that nobody knows what it needs.
            TrackingUnavailable: MLflow cannot be asked what it needs.
        """
        require(actor, Permission.MAINTAIN)
        grace = self._checked(grace)
        now = self._clock.now()
        needed = self._needed(now)
        names = set(self._blobs.names()) | set(self._blobs.quarantined())
        unused = names - needed
        marks = self._marked(unused, now, dry_run)
        due = [name for name in sorted(unused) if marks.get(name, now) < now - grace]
        removed, freed = self._removed(due, now - grace, dry_run)
        report = GcReport(
            blobs=len(names),
            unused=len(unused),
            unused_size=sum(self._size(name) for name in unused - set(due)) + freed,
            marked=len(unused - set(marks)),
            waiting=len(unused) - removed,
            removed=removed,
            freed=freed,
            leftovers=0 if dry_run else self._blobs.tidy(now - grace),
            grace_s=int(grace.total_seconds()),
            dry_run=dry_run,
        )
        if not dry_run:
            self._record(actor, report)
        return report

    def _checked(self, grace: timedelta | None) -> timedelta:
        if grace is None:
            return max(GRACE, self._longest_job)
        if grace < self._longest_job:
            raise InvalidInput(
                problem=f"A grace time of {grace} is too short: a job may take {self._longest_job} "
                "(PILOTHOUSE_JOB_TIMEOUT), and what it stored is needed by nothing until it ends."
            )
        return grace

    def _needed(self, now: datetime) -> set[str]:
        try:
            return references.names(self._store, self._tracking, self._blobs, now - RETRIED)
        except (BlobNotFound, BlobCorrupt) as error:
            raise Conflict(problem=f"Nothing was removed, since a manifest cannot be read: {error.message}") from error

    def _marked(self, unused: set[str], now: datetime, dry_run: bool) -> dict[str, datetime]:
        """Mark what is newly unused, unmark what is needed again; return the marks as they were before."""
        if dry_run:
            with self._store.read() as work:
                return work.blobs.marks()
        with self._store.write() as work:
            marks = work.blobs.marks()
            work.blobs.spare(set(marks) - unused)
            work.blobs.mark(unused - set(marks), now)
            work.commit()
        return marks

    def _removed(self, due: list[str], before: datetime, dry_run: bool) -> tuple[int, int]:
        count = freed = 0
        for name in due:
            size = self._size(name)
            if dry_run or self._remove(name, before):
                count, freed = count + 1, freed + size
        return count, freed

    def _remove(self, name: str, before: datetime) -> bool:
        with self._store.write() as work:
            if not work.blobs.take(name, before):
                return False  # somebody wants it after all
            self._blobs.delete(name)
            work.blobs.mend(name, self._clock.now())
            work.commit()
        return True

    def _size(self, name: str) -> int:
        try:
            return self._blobs.size(name)
        except (BlobNotFound, BlobCorrupt):
            return 0

    def _record(self, actor: Actor, report: GcReport) -> None:
        details = report.model_dump(mode="json", include={"unused", "marked", "removed", "freed"})
        with self._store.write() as work:
            audit.record(work, self._clock.now(), actor.name, "stores.tidy", None, "gc", details)
            work.commit()
