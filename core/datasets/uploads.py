"""Uploads: bytes stream to a staging file, are looked into there as often as wanted, then kept or discarded.

The row comes first and names the file; its hash comes last, once every byte is safe on disk. So a row with a hash
always stands for a whole file, and a broken transfer goes on where it stopped.
"""

import fcntl
import hashlib
import os
import secrets
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self

from core import audit
from core.access.permissions import require
from core.clock import Clock
from core.data_errors import UploadBroken, UploadNotFound, UploadTooLarge
from core.datasets.intake import Fence, unfenced
from core.datasets.limits import LIMITS, Limits
from core.datasets.service import checked_tags
from core.errors import InvalidInput, NotATable, Unavailable
from core.ports.unit_of_work import Store, UnitOfWork
from core.records.access import Actor, Permission
from core.records.base import JsonObject, checked_name, clipped
from core.records.job import JobKind, JobState
from core.records.origin import Origin
from core.records.reading import ReadingChoices
from core.records.upload import Examined, Upload

_CHUNK = 1 << 20
_SPARE = 256 << 20
"""Bytes of the disk that uploads leave alone."""

_LONGEST_LABEL = 255
_MOST_JOBS = 10_000
KEPT = timedelta(days=1)
"""How long an upload waits to be kept as a version."""


class UploadService:
    """Stages files for their authors."""

    def __init__(self, store: Store, clock: Clock, folder: Path, most: int, limits: Limits = LIMITS) -> None:
        """``folder`` holds the staged files, ``most`` is the size of the largest in bytes."""
        self._store = store
        self._clock = clock
        self._folder = folder
        self._limits = limits
        self.most = most

    def begin(self, actor: Actor, project: str, filename: str, size: int) -> Upload:
        """Make room for a file of ``size`` bytes.

        Raises:
            Denied: the actor may not add data.
            ProjectNotFound: there is no such project.
            UploadTooLarge: the file is larger than is taken.
            Unavailable: the disk has no room for it.
        """
        require(actor, Permission.ADD_DATA)
        name = clipped(filename.replace("\\", "/").rpartition("/")[2], _LONGEST_LABEL) or "upload"
        if size < 0:
            raise InvalidInput(problem=f"{size} is no size of a file.")
        if size > self.most:
            raise UploadTooLarge(filename=name, size=_size(size), limit=_size(self.most))
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        free = shutil.disk_usage(self._folder).free
        if size + _SPARE > free:
            raise Unavailable(problem=f"{name} has {_size(size)}, but the disk has only {_size(free)} left. Make room.")
        return self._announce(actor, project, name, size, None)

    def get(self, actor: Actor, project: str | None, id: str) -> Upload:
        """Return an upload of the actor's own; ``project`` None stands for any.

        Raises:
            Denied: the actor may not add data.
            UploadNotFound: there is none of that id in the project, or it is somebody else's.
        """
        require(actor, Permission.ADD_DATA)
        with self._store.read() as work:
            upload = work.uploads.get(id)
        if upload is None or upload.author != actor.name or project not in (None, upload.project):
            raise UploadNotFound(id=clipped(id, 40))
        return upload

    def received(self, upload: Upload) -> int:
        """Return how many bytes have arrived."""
        path = self._path(upload.id)
        return path.stat().st_size if path.exists() else 0

    @contextmanager
    def receiving(self, actor: Actor, id: str, offset: int) -> Iterator["Incoming"]:
        """Take the bytes from ``offset`` on; whoever breaks off can go on later where it stopped.

        Raises:
            UploadNotFound: there is no such upload of the actor's.
            UploadBroken: the bytes do not go on where the last ones ended, or another request sends them.
        """
        upload = self.get(actor, None, id)
        with Incoming(self._path(id), upload, offset) as incoming:
            yield incoming

    def finish(self, actor: Actor, incoming: "Incoming") -> Upload:
        """Make safe what arrived; when that is all of it, the upload can be looked into from now on.

        Raises:
            Unavailable: the disk did not take it.
        """
        sha256 = incoming.settle()
        upload = incoming.upload
        if sha256 is None:
            return upload
        with self._store.write() as work:
            self._complete(work, actor, upload, sha256, upload.size)
            work.commit()
        return upload.model_copy(update={"sha256": sha256})

    def expect(self, actor: Actor, project: str, filename: str, origin: Origin) -> Upload:
        """Make a place for what will be fetched from an origin, whose size nobody knows yet.

        Raises:
            Denied, ProjectNotFound: as :meth:`begin`.
        """
        require(actor, Permission.ADD_DATA)
        return self._announce(actor, project, clipped(filename, _LONGEST_LABEL) or "data", 0, origin)

    def arrived(self, actor: Actor, upload: Upload, sha256: str, size: int, fence: Fence = unfenced) -> Upload:
        """Note that all of what was expected lies in its place.

        Raises:
            LeaseLost: the job that fetched it is another worker's now.
        """
        with self._store.write() as work:
            fence(work)
            self._complete(work, actor, upload, sha256, size)
            work.commit()
        return upload.model_copy(update={"sha256": sha256, "size": size})

    def _complete(self, work: UnitOfWork, actor: Actor, upload: Upload, sha256: str, size: int) -> None:
        work.uploads.complete(upload.id, sha256, size)
        details = {"filename": upload.filename, "size": size, "sha256": sha256}
        if upload.origin is not None:
            details["origin"] = str(upload.origin)
        audit.record(work, self._clock.now(), actor.name, "upload.stage", upload.project, upload.id, details)

    def _announce(self, actor: Actor, project: str, name: str, size: int, origin: Origin | None) -> Upload:
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        upload = Upload(
            id=secrets.token_hex(16),
            project=project,
            filename=name,
            size=size,
            origin=origin,
            author=actor.name,
            created_at=self._clock.now(),
        )
        with self._store.write() as work:
            work.uploads.add(upload)
            work.commit()
        self._path(upload.id).touch(mode=0o600)
        return upload

    def put(self, actor: Actor, project: str, filename: str, source: BinaryIO) -> Upload:
        """Stage everything a seekable ``source`` holds, at once.

        Raises:
            Denied, ProjectNotFound, UploadTooLarge, Unavailable: as :meth:`begin`.
        """
        size = source.seek(0, os.SEEK_END)
        source.seek(0)
        upload = self.begin(actor, project, filename, size)
        with self.receiving(actor, upload.id, 0) as incoming:
            while chunk := source.read(_CHUNK):
                incoming.write(chunk)
            return self.finish(actor, incoming)

    def choose(self, actor: Actor, id: str, choices: ReadingChoices) -> None:
        """Remember how the author wants an upload to be read.

        Raises:
            UploadNotFound: there is no such upload of the actor's.
        """
        self.get(actor, None, id)
        with self._store.write() as work:
            work.uploads.choose(id, choices)
            work.commit()

    def examine(self, upload: Upload, rows: int = 50) -> Examined:
        """Tell what would be kept of a whole upload with its choices, or why nothing could be.

        Raises:
            UploadNotFound: its bytes are gone, or not all there yet.
        """
        from core.datasets.previewing import choices_of, preview

        path = self.path(upload.id)
        if upload.sha256 is None or not path.exists():
            raise UploadNotFound(id=upload.id)
        try:
            return Examined(preview=preview(path, upload.filename, self._limits, upload.choices, rows))
        except NotATable as error:
            members, sheets = choices_of(path, self._limits)
            return Examined(problem=error.message, members=members, sheets=sheets)

    def order(self, upload: Upload, dataset: str, note: str, tags: Mapping[str, str]) -> JsonObject:
        """Return the payload of the ingest job that makes an upload the next version of ``dataset``.

        Raises:
            InvalidName: the dataset cannot be called so.
            InvalidInput: the tags cannot be kept.
        """
        checked_name(dataset, "dataset")
        return {
            "do": "add",
            "upload": upload.id,
            "sha256": upload.sha256,
            "filename": upload.filename,
            "dataset": dataset,
            "note": note,
            "tags": checked_tags(tags),
            "choices": upload.choices.document(),
            "origin": None if upload.origin is None else upload.origin.model_dump(),
        }

    def path(self, id: str) -> Path:
        """Return where the bytes of an upload lie, or would lie.

        Raises:
            UploadNotFound: that is no id of an upload.
        """
        return self._path(id)

    def discard(self, actor: Actor, id: str) -> None:
        """Throw an upload away.

        Raises:
            UploadNotFound: there is no such upload of the actor's.
        """
        upload = self.get(actor, None, id)
        details = {"filename": upload.filename}
        with self._store.write() as work:
            work.uploads.remove(id)
            audit.record(work, self._clock.now(), actor.name, "upload.discard", upload.project, id, details)
            work.commit()
        self._path(id).unlink(missing_ok=True)

    def forget(self, id: str) -> None:
        """Let go of an upload that became a version; one that is not there is fine."""
        with self._store.write() as work:
            work.uploads.remove(id)
            work.commit()
        self._path(id).unlink(missing_ok=True)

    def sweep(self) -> int:
        """Remove uploads nobody kept for a day, unless a job is about to read them, and files without a row.

        Returns the number of files removed.
        """
        now = self._clock.now()
        with self._store.read() as work:
            jobs = work.jobs.find(None, (JobState.QUEUED, JobState.RUNNING), (JobKind.INGEST,), _MOST_JOBS)
            wanted = {str(job.payload.get("upload")) for job in jobs}
            stale = [upload.id for upload in work.uploads.find(before=now - KEPT) if upload.id not in wanted]
        with self._store.write() as work:
            for gone in stale:
                work.uploads.remove(gone)
            known = {upload.id for upload in work.uploads.find()}
            work.commit()
        lying = [path for path in self._folder.glob("[0-9a-f]*") if path.name not in known | wanted]
        for path in lying:
            path.unlink(missing_ok=True)
        return len(lying)

    def _path(self, id: str) -> Path:
        if len(id) != 32 or not set(id) <= set("0123456789abcdef"):
            raise UploadNotFound(id=clipped(id, 40))
        return self._folder / id


class Incoming:
    """The bytes of one upload as they arrive: written, counted and hashed, never held; one sender at a time.

    ``received`` is how many are there.
    """

    def __init__(self, path: Path, upload: Upload, offset: int) -> None:
        self.upload = upload
        self._path = path
        self.received = offset
        self._digest = hashlib.sha256()
        self._file: BinaryIO | None = None

    def __enter__(self) -> Self:
        """Open the file and go on with the hash of what it holds.

        Raises:
            UploadNotFound: its file is gone.
            UploadBroken: the bytes do not go on where the last ones ended, or another request sends them.
        """
        try:
            file = self._path.open("r+b")
        except FileNotFoundError as error:
            raise UploadNotFound(id=self.upload.id) from error
        try:
            self._join(file)
        except BaseException:
            file.close()
            raise
        self._file = file
        return self

    def _join(self, file: BinaryIO) -> None:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise self._broken("its bytes are being sent by another request. Wait for that one to end.") from error
        if self.upload.sha256 is not None:
            raise self._broken("all of it has arrived already.")
        size = file.seek(0, os.SEEK_END)
        if self.received > size:
            raise self._broken(f"{size:,} bytes have arrived, but these begin at {self.received:,}. Send from there.")
        file.truncate(self.received)
        file.seek(0)
        while chunk := file.read(_CHUNK):
            self._digest.update(chunk)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Let go of the file; what arrived stays."""
        if self._file is not None:
            self._file.close()
            self._file = None

    def write(self, chunk: bytes) -> None:
        """Take the next bytes.

        Raises:
            UploadTooLarge: they are more than was announced.
            Unavailable: the disk did not take them.
        """
        self.received += len(chunk)
        if self.received > self.upload.size:
            most = _size(self.upload.size)
            raise UploadTooLarge(filename=self.upload.filename, size=f"more than the {most} announced", limit=most)
        self._digest.update(chunk)
        try:
            self._opened.write(chunk)
        except OSError as error:
            raise _no_room(error) from error

    def settle(self) -> str | None:
        """Make the bytes safe; return their hash when all that was announced is there.

        Raises:
            Unavailable: the disk did not take them.
        """
        try:
            self._opened.flush()
            os.fsync(self._opened.fileno())
        except OSError as error:
            raise _no_room(error) from error
        return self._digest.hexdigest() if self.received == self.upload.size else None

    @property
    def _opened(self) -> BinaryIO:
        if self._file is None:
            raise RuntimeError("the upload is not open")
        return self._file

    def _broken(self, problem: str) -> UploadBroken:
        return UploadBroken(filename=self.upload.filename, problem=problem)


def _no_room(error: OSError) -> Unavailable:
    return Unavailable(problem=f"The disk did not take the upload ({error.strerror or error}). Make room, then go on.")


def _size(size: int) -> str:
    for unit, factor in (("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if size >= factor:
            return f"{size / factor:,.1f} {unit}".replace(".0 ", " ")
    return f"{size:,} bytes"
