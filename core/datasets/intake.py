"""The way in: bytes are stored, understood and typed side by side, then kept as the next version.

The original is copied to the store while its content is read, but is only kept when that went well. Bytes first, row
last: a failure at any point leaves no version that cannot be read.
"""

import hashlib
import tempfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from core import audit
from core.clock import Clock
from core.datasets.contracts.service import ContractService
from core.datasets.limits import Limits
from core.errors import Conflict
from core.ports.blobs import BlobStore
from core.ports.unit_of_work import Store, UnitOfWork
from core.records.access import Actor
from core.records.contract import ContractResult
from core.records.dataset import AddedVersion, DatasetRef, DatasetVersion
from core.records.origin import Origin
from core.records.reading import ReadingChoices

if TYPE_CHECKING:
    from core.datasets.storing import StoredAndRead

_CHUNK = 1 << 20
_ATTEMPTS = 50
Progress = Callable[[str, float], None]
"""Is told the stage and the share (0 to 1) of the whole that is behind; may raise to stop."""
Fence = Callable[[UnitOfWork], None]


def unheard(stage: str, share: float) -> None:
    """Take no note of progress."""


def unfenced(work: UnitOfWork) -> None:
    """Let any write pass: no job stands behind it."""


@dataclass(frozen=True)
class Arrival:
    """Bytes on their way in: where they lie, their hash when it is known, and what the caller says of them.

    ``parent`` is the version it follows, None for the newest.
    """

    project: str
    dataset: str
    path: Path
    filename: str
    note: str
    tags: dict[str, str]
    choices: ReadingChoices
    sha256: str | None = None
    parent: int | None = None
    origin: Origin | None = None


class Intake:
    """Turns arrivals into versions."""

    def __init__(self, store: Store, blobs: BlobStore, clock: Clock, limits: Limits) -> None:
        self._store = store
        self._blobs = blobs
        self._clock = clock
        self._limits = limits
        self._contracts = ContractService(store, blobs, clock)

    def add(
        self, actor: Actor, arrival: Arrival, progress: Progress = unheard, fence: Fence = unfenced
    ) -> AddedVersion:
        """Understand a table and keep it as the next version; content the dataset has, read alike, makes no second.

        Raises:
            NotATable: the bytes are no table that can be read; nothing was stored.
            Conflict: the file changed while it was read.
        """
        self._require_parent(arrival)
        known = self._known_at_once(arrival)
        if known:
            self._mend_original(arrival, known)
            return AddedVersion(version=known, created=False)
        with tempfile.TemporaryDirectory(prefix="pilothouse-") as folder:
            table = Path(folder) / "table.parquet"
            read = self._stored_and_read(arrival, table, progress)
            version = self._described(actor, arrival, read, table, progress)
            progress("check", 0.97)
            verdict = self._contracts.arrival(arrival.project, arrival.dataset, table)
        return self._keep(actor, arrival, version, verdict, fence)

    def _require_parent(self, arrival: Arrival) -> None:
        if arrival.parent is not None:
            with self._store.read() as work:
                work.datasets.get(arrival.project, DatasetRef(name=arrival.dataset, number=arrival.parent))

    def _known_at_once(self, arrival: Arrival) -> DatasetVersion | None:
        """Return the version of the same content; the hash of a file is only worth its time when a size is the same."""
        sha256 = arrival.sha256
        with self._store.read() as work:
            if sha256 is None:
                versions = work.datasets.find(arrival.project)
                size = arrival.path.stat().st_size
                if not any(version.size == size and version.dataset == arrival.dataset for version in versions):
                    return None
                sha256 = _hash(arrival.path)
            return _same(work, arrival, sha256)

    def _mend_original(self, arrival: Arrival, known: DatasetVersion) -> None:
        """Keep the bytes anew when the store has lost or damaged its own copy of them."""
        if arrival.path.exists() and not self._blobs.exists(known.sha256):
            with arrival.path.open("rb") as file:
                self._blobs.put(file)

    def _stored_and_read(self, arrival: Arrival, table: Path, progress: Progress) -> "StoredAndRead":
        from core.datasets.storing import stored_and_read

        def told(share: float) -> None:
            progress("read", 0.7 * share)

        source = arrival.path, arrival.filename, arrival.choices
        return stored_and_read(self._blobs, *source, table, self._limits, told)

    def _described(
        self, actor: Actor, arrival: Arrival, read: "StoredAndRead", table: Path, progress: Progress
    ) -> DatasetVersion:
        from core.datasets.profile.source import StoredTable
        from core.datasets.profile.table import profile

        def told(share: float) -> None:
            progress("profile", 0.7 + 0.25 * share)

        with self._store.read() as work:
            project = work.projects.get(arrival.project)
        found = read.found
        with table.open("rb") as file, ThreadPoolExecutor(1, "storing") as thread:
            stored = thread.submit(self._blobs.put, file)
            described = profile(StoredTable(table), project, found.doubts, found.notes, told)
            progress("store", 0.95)
            parquet_sha256, _ = stored.result()
        return DatasetVersion(
            project=arrival.project,
            dataset=arrival.dataset,
            number=1,
            sha256=read.sha256,
            parquet_sha256=parquet_sha256,
            size=read.size,
            rows=found.rows,
            columns=found.columns,
            profile=described,
            reading=found.reading,
            source=arrival.filename,
            origin=arrival.origin,
            note=arrival.note,
            tags=arrival.tags,
            author=actor.name,
            created_at=self._clock.now(),
        )

    def _keep(
        self, actor: Actor, arrival: Arrival, version: DatasetVersion, verdict: ContractResult | None, fence: Fence
    ) -> AddedVersion:
        """Store the row under the next free number, however many others do the same at once."""
        for _ in range(_ATTEMPTS):
            try:
                return self._keep_next(actor, arrival, version, verdict, fence)
            except Conflict:
                continue
        raise Conflict(problem=f"Dataset {arrival.dataset!r} is being added to by too many at once. Try again.")

    def _keep_next(
        self, actor: Actor, arrival: Arrival, version: DatasetVersion, verdict: ContractResult | None, fence: Fence
    ) -> AddedVersion:
        with self._store.write() as work:
            fence(work)
            # Asked again under the write lock: another may have added the same bytes while these were read.
            known = _same(work, arrival, version.sha256)
            if known:
                return AddedVersion(version=known, created=False)
            number = work.datasets.next_number(arrival.project, arrival.dataset)
            latest = work.datasets.latest(arrival.project, arrival.dataset)
            parent = arrival.parent or (latest.number if latest else None)
            numbered = version.model_copy(update={"number": number, "parent": parent})
            work.datasets.add(numbered)
            details = {"sha256": numbered.sha256, "rows": numbered.rows, "source": numbered.source}
            if numbered.origin is not None:
                details["origin"] = str(numbered.origin)
            if verdict is not None:
                work.contracts.add_result(verdict.model_copy(update={"number": numbered.number}))
                details["contract"] = f"{verdict.outcome.value}, contract {verdict.contract}"
            subject = str(numbered.ref)
            moment = numbered.created_at
            audit.record(work, moment, actor.name, "dataset.add", numbered.project, subject, details)
            work.commit()
        return AddedVersion(version=numbered, created=True)


def _same(work: UnitOfWork, arrival: Arrival, sha256: str) -> DatasetVersion | None:
    """Return the newest version of the same content that was read with the same choices."""
    chosen = arrival.choices.document()
    found = work.datasets.find_content(arrival.project, arrival.dataset, sha256)
    return next((version for version in found if version.reading.get("choices", {}) == chosen), None)


def _hash(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def spool(source: BinaryIO, path: Path) -> str:
    """Copy ``source`` to ``path`` piece by piece; return the SHA-256."""
    digest = hashlib.sha256()
    with path.open("wb") as file:
        while chunk := source.read(_CHUNK):
            digest.update(chunk)
            file.write(chunk)
    return digest.hexdigest()
