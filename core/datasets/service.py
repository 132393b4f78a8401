"""Dataset versions: bytes come in once, are understood once, and never change after."""

import re
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, BinaryIO

from core import audit
from core.access.permissions import require
from core.clock import Clock
from core.data_errors import UploadNotFound
from core.datasets.exporting import ExportForm, write
from core.datasets.intake import Arrival, Fence, Intake, Progress, spool, unfenced, unheard
from core.datasets.limits import LIMITS, Limits
from core.datasets.profile import METHOD
from core.errors import DatasetNotFound, InvalidInput
from core.ports.blobs import BlobStore
from core.ports.unit_of_work import Store
from core.records.access import Actor, Permission
from core.records.base import checked_name, clipped, proposed_name
from core.records.dataset import AddedVersion, Column, ColumnKind, DatasetRef, DatasetVersion
from core.records.origin import Origin
from core.records.profile import FindingKind
from core.records.reading import AS_DETECTED, ReadingChoices, TablePreview

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

_LONGEST_LABEL = 255
_LONGEST_NOTE = 2_000
_MOST_TAGS = 50


class DatasetService:
    """Adds, finds and reads dataset versions."""

    def __init__(self, store: Store, blobs: BlobStore, clock: Clock, limits: Limits = LIMITS) -> None:
        """``limits`` say how much a table may hold."""
        self._store = store
        self._blobs = blobs
        self._clock = clock
        self._limits = limits
        self._intake = Intake(store, blobs, clock, limits)

    def add_version(
        self,
        actor: Actor,
        project: str,
        dataset: str,
        source: BinaryIO,
        filename: str,
        *,
        note: str = "",
        tags: Mapping[str, str] | None = None,
        choices: ReadingChoices = AS_DETECTED,
        parent: int | None = None,
    ) -> AddedVersion:
        """Understand a table and keep it as the next version of ``dataset``.

        ``choices`` overrule what would be found out from the bytes; ``parent`` is the number of the version it follows,
        by default the newest. Nothing is held whole in memory. Bytes that the
        dataset has already, read the same way, make no second version.

        Raises:
            Denied: the actor may not add data.
            ProjectNotFound, InvalidName, InvalidInput: the address or the labels cannot be used.
            DatasetNotFound: there is no version ``parent``.
            NotATable: the bytes are no table that can be read; nothing was stored.
        """
        require(actor, Permission.ADD_DATA)
        with tempfile.TemporaryDirectory(prefix="pilothouse-") as folder:
            path = Path(folder) / "upload"
            sha256 = spool(source, path)
            arrival = self._arrival(project, dataset, path, filename, note, tags, choices)
            return self._intake.add(actor, replace(arrival, sha256=sha256, parent=parent))

    def add_file(
        self,
        actor: Actor,
        project: str,
        dataset: str,
        path: Path,
        *,
        note: str = "",
        tags: Mapping[str, str] | None = None,
        choices: ReadingChoices = AS_DETECTED,
        parent: int | None = None,
    ) -> AddedVersion:
        """Do what :meth:`add_version` does with a file of this machine, without a copy on the way.

        Raises:
            Conflict: the file changed while it was read.
        """
        require(actor, Permission.ADD_DATA)
        arrival = self._arrival(project, dataset, path, path.name, note, tags, choices)
        return self._intake.add(actor, replace(arrival, parent=parent))

    def add_staged(
        self,
        actor: Actor,
        project: str,
        dataset: str,
        path: Path,
        sha256: str,
        filename: str,
        *,
        note: str = "",
        tags: Mapping[str, str] | None = None,
        choices: ReadingChoices = AS_DETECTED,
        parent: int | None = None,
        origin: Origin | None = None,
        progress: Progress = unheard,
        fence: Fence = unfenced,
    ) -> AddedVersion:
        """Do what :meth:`add_version` does with a staged file of known hash; safe to repeat, even once it is gone.

        ``progress`` hears of the stages and may raise to stop; ``fence`` ties the row to a job's attempt.

        Raises:
            UploadNotFound: the file is gone and was never added.
        """
        require(actor, Permission.ADD_DATA)
        arrival = self._arrival(project, dataset, path, filename, note, tags, choices)
        arrival = replace(arrival, sha256=sha256, parent=parent, origin=origin)
        try:
            return self._intake.add(actor, arrival, progress, fence)
        except FileNotFoundError as error:
            raise UploadNotFound(id=path.name) from error

    def look_into(
        self, actor: Actor, path: Path, filename: str, choices: ReadingChoices = AS_DETECTED, rows: int = 20
    ) -> TablePreview:
        """Return what would be kept of a file, judged by its first rows; nothing is stored.

        Raises:
            Denied: the actor may not add data.
            NotATable: it is no table that can be read.
        """
        from core.datasets.previewing import preview

        require(actor, Permission.ADD_DATA)
        return preview(path, clipped(_base_name(filename), _LONGEST_LABEL), self._limits, choices, rows)

    def get(self, project: str, ref: DatasetRef) -> DatasetVersion:
        """Return one version.

        Raises:
            DatasetNotFound: there is no such version; the message names the ones there are.
        """
        with self._store.read() as work:
            return work.datasets.get(project, ref)

    def resolve(self, project: str, text: str | None) -> DatasetVersion:
        """Return the version meant by ``name@N``, by ``name`` (its newest) or by None (the newest of all).

        Raises:
            ProjectNotFound: there is no such project.
            DatasetNotFound: there is no such version; the message names the ones there are.
            InvalidInput: the text has another shape.
        """
        if text and "@" in text:
            return self.get(project, DatasetRef.parse(text))
        versions = self.versions(project)
        for version in versions:
            if text in (None, "", version.dataset):
                return version
        known = ", ".join(str(version.ref) for version in versions) or "none yet; add data first"
        raise DatasetNotFound(project=project, ref=clipped(text or "newest", 80), known=known)

    def versions(self, project: str) -> list[DatasetVersion]:
        """Return all versions of all datasets of the project, newest first.

        Raises:
            ProjectNotFound: there is no such project.
        """
        with self._store.read() as work:
            work.projects.get(project)
            return work.datasets.find(project)

    def frame(self, version: DatasetVersion, columns: Sequence[str] | None = None) -> "pd.DataFrame":
        """Return the table, or some of its columns in the given order.

        Integers without gaps are int64, other numbers float64 with NaN; booleans and texts are objects with None;
        moments are datetime64 in UTC without a zone.

        Raises:
            InvalidInput: a column is not in the version.
            BlobNotFound, BlobCorrupt: the stored table cannot be trusted.
        """
        import pyarrow.parquet as pq

        chosen = self._chosen(version, columns)
        path = self._blobs.path(version.parquet_sha256)
        names = [column.name for column in chosen]
        return _to_frame(pq.ParquetFile(path).read(columns=names).select(names), chosen)

    def reader(self, version: DatasetVersion) -> "Callable[[str], pa.ChunkedArray]":
        """Return what reads single columns of the table, in several threads, too; the stored table is verified once.

        Raises:
            BlobNotFound, BlobCorrupt: the stored table cannot be trusted.
        """
        import pyarrow.parquet as pq

        path = self._blobs.path(version.parquet_sha256)
        metadata = pq.read_metadata(path)
        return lambda name: pq.ParquetFile(path, metadata=metadata).read(columns=[name])[name]

    def preview(self, version: DatasetVersion, rows: int = 100, first: int = 0) -> "pd.DataFrame":
        """Return ``rows`` rows from row ``first`` on (counted from 0) as :meth:`frame` would, without reading others.

        Raises:
            BlobNotFound, BlobCorrupt: the stored table cannot be trusted.
        """
        from core.datasets.paging import page

        return _to_frame(page(self._blobs.path(version.parquet_sha256), first, rows), version.columns)

    def export(self, version: DatasetVersion, form: ExportForm, target: Path) -> None:
        """Write the table to ``target`` part by part: as CSV whose text no spreadsheet runs, or as Parquet; or the
        original bytes.

        ``target`` is whole or not there.

        Raises:
            BlobNotFound, BlobCorrupt: the stored bytes cannot be trusted.
        """
        sha256 = version.sha256 if form is ExportForm.ORIGINAL else version.parquet_sha256
        write(self._blobs.path(sha256), form, target)

    def label(
        self, actor: Actor, project: str, ref: DatasetRef, *, note: str, tags: Mapping[str, str]
    ) -> DatasetVersion:
        """Replace the note and the tags of a version; its content never changes.

        Raises:
            Denied: the actor may not add data.
            DatasetNotFound: there is no such version.
            InvalidInput: a tag has no name, or there are too many.
        """
        require(actor, Permission.ADD_DATA)
        clean = {"note": clipped(note, _LONGEST_NOTE), "tags": checked_tags(tags)}
        with self._store.write() as work:
            before = work.datasets.get(project, ref)
            after = before.model_copy(update=clean)
            if after == before:
                return before
            work.datasets.describe(after)
            details = {"note": after.note, "tags": after.tags, "was": {"note": before.note, "tags": before.tags}}
            audit.record(work, self._clock.now(), actor.name, "dataset.label", project, str(ref), details)
            work.commit()
        return after

    def is_profiled(self, version: DatasetVersion) -> bool:
        """Tell whether the profile says all that profiles say today."""
        return version.profile.method == METHOD

    def reprofile(
        self,
        actor: Actor,
        project: str,
        ref: DatasetRef,
        progress: Callable[[float], None] = lambda _share: None,
        fence: Fence = unfenced,
    ) -> DatasetVersion:
        """Describe a stored version anew, out of core.

        Raises:
            Denied: the actor may not add data.
            DatasetNotFound: there is no such version.
            BlobNotFound, BlobCorrupt: the stored table cannot be trusted.
        """
        from core.datasets.profile.source import StoredTable
        from core.datasets.profile.table import profile

        require(actor, Permission.ADD_DATA)
        with self._store.read() as work:
            version, known = work.datasets.get(project, ref), work.projects.get(project)
        path = self._blobs.path(version.parquet_sha256)
        doubts = [found.text for found in version.profile.findings if found.kind is FindingKind.DOUBT]
        notes = [found.text for found in version.profile.findings if found.kind is FindingKind.READING]
        found = profile(StoredTable(path), known, doubts, notes if self.is_profiled(version) else (), progress)
        with self._store.write() as work:
            fence(work)
            fresh = work.datasets.get(project, ref).model_copy(update={"profile": found})
            work.datasets.describe(fresh)
            details = {"method": found.method}
            audit.record(work, self._clock.now(), actor.name, "dataset.profile", project, str(ref), details)
            work.commit()
        return fresh

    def default_name(self, filename: str) -> str:
        """Propose the name of a dataset for a file: ``Kunden 2024.csv`` gives ``kunden-2024``."""
        stem = _base_name(filename)
        stem = re.sub(r"(\.[A-Za-z0-9]{1,8}){1,2}$", "", stem)
        return proposed_name(stem) or "data"

    def _arrival(
        self,
        project: str,
        dataset: str,
        path: Path,
        filename: str,
        note: str,
        tags: Mapping[str, str] | None,
        choices: ReadingChoices,
    ) -> Arrival:
        """Check what the caller says before anything is read."""
        checked_name(dataset, "dataset")
        with self._store.read() as work:
            work.projects.get(project)
        return Arrival(
            project=project,
            dataset=dataset,
            path=path,
            filename=clipped(_base_name(filename), _LONGEST_LABEL) or "upload",
            note=clipped(note, _LONGEST_NOTE),
            tags=checked_tags(tags or {}),
            choices=choices,
        )

    def _chosen(self, version: DatasetVersion, columns: Sequence[str] | None) -> tuple[Column, ...]:
        if columns is None:
            return version.columns
        found = {column.name: column for column in version.columns}
        missing = [repr(clipped(name, 60)) for name in columns if name not in found]
        if missing:
            raise InvalidInput(
                problem=f"{version.ref} has no column {', '.join(missing[:5])}. It has: {', '.join(list(found)[:50])}."
            )
        return tuple(found[name] for name in columns)


def _base_name(filename: str) -> str:
    """Return the last part of a path of any system; it is a label, never opened."""
    return PurePosixPath(filename.replace("\\", "/")).name


def checked_tags(tags: Mapping[str, str]) -> dict[str, str]:
    """Return tags as they are kept: clipped, every one with a name.

    Raises:
        InvalidInput: there are too many, or one has no name.
    """
    if len(tags) > _MOST_TAGS:
        raise InvalidInput(problem=f"{len(tags)} tags are too many: give at most {_MOST_TAGS}.")
    clean = {clipped(key, 100): clipped(value, 500) for key, value in tags.items()}
    if "" in clean:
        raise InvalidInput(problem="A tag needs a name: write it as name=value.")
    return clean


def _to_frame(table: "pa.Table", columns: Sequence[Column]) -> "pd.DataFrame":
    frame: pd.DataFrame = table.to_pandas()
    for column in columns:
        if column.kind is ColumnKind.BOOLEAN:
            frame[column.name] = frame[column.name].astype(object)
        elif column.kind is ColumnKind.INTEGER and column.nullable:
            # The rows at hand may have no gap, but a column keeps one type whatever rows are looked at.
            frame[column.name] = frame[column.name].astype("float64")
    return frame
