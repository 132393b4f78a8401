"""Dataset versions: bytes come in once, are understood once, and never change after."""

import hashlib
import re
import tempfile
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, BinaryIO

from core import audit
from core.access.permissions import require
from core.clock import Clock
from core.errors import Conflict, DatasetNotFound, InvalidInput
from core.ports.blobs import BlobStore
from core.ports.unit_of_work import Store
from core.records.access import Actor, Permission
from core.records.base import checked_name, clipped
from core.records.dataset import AddedVersion, Column, ColumnKind, DatasetRef, DatasetVersion

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

    from core.datasets.reading import ReadTable

_CHUNK = 1 << 20
_LONGEST_LABEL = 255
_LONGEST_NOTE = 2_000
_MOST_TAGS = 50
_ATTEMPTS = 50


@dataclass(frozen=True)
class _Arrival:
    """Bytes on their way in: where they lie, their hash, and what the caller says of them."""

    project: str
    dataset: str
    path: Path
    sha256: str
    filename: str
    note: str
    tags: dict[str, str]


class DatasetService:
    """Adds, finds and reads dataset versions."""

    def __init__(self, store: Store, blobs: BlobStore, clock: Clock) -> None:
        self._store = store
        self._blobs = blobs
        self._clock = clock

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
    ) -> AddedVersion:
        """Understand a table and keep it as the next version of ``dataset``.

        The bytes are read before anything is stored, then stored bytes first and row last, so that a failure at any
        point leaves no version that cannot be read. Bytes that the dataset has already make no second version.

        Raises:
            Denied: the actor may not add data.
            ProjectNotFound, InvalidName, InvalidInput: the address or the labels cannot be used.
            NotATable: the bytes are no table that can be read; nothing was stored.
        """
        require(actor, Permission.ADD_DATA)
        with tempfile.TemporaryDirectory(prefix="pilothouse-") as folder:
            path = Path(folder) / "upload"
            sha256 = _spool(source, path)
            arrival = self._arrival(project, dataset, path, sha256, filename, note, tags)
            return self._add(actor, arrival)

    def stage(self, actor: Actor, source: BinaryIO) -> str:
        """Keep bytes for a job that will add them; return their SHA-256.

        Raises:
            Denied: the actor may not add data.
        """
        require(actor, Permission.ADD_DATA)
        sha256, _ = self._blobs.put(source)
        return sha256

    def add_staged(
        self,
        actor: Actor,
        project: str,
        dataset: str,
        sha256: str,
        filename: str,
        *,
        note: str = "",
        tags: Mapping[str, str] | None = None,
    ) -> AddedVersion:
        """Do what :meth:`add_version` does with bytes that :meth:`stage` kept; safe to repeat.

        Raises:
            BlobNotFound: nothing was staged under that hash.
        """
        require(actor, Permission.ADD_DATA)
        path = self._blobs.path(sha256)
        return self._add(actor, self._arrival(project, dataset, path, sha256, filename, note, tags))

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

    def preview(self, version: DatasetVersion, rows: int = 100) -> "pd.DataFrame":
        """Return the first rows as :meth:`frame` would, without reading the others.

        Raises:
            BlobNotFound, BlobCorrupt: the stored table cannot be trusted.
        """
        import pyarrow as pa
        import pyarrow.parquet as pq

        with pq.ParquetFile(self._blobs.path(version.parquet_sha256)) as file:
            batch = next(file.iter_batches(batch_size=rows))
        return _to_frame(pa.Table.from_batches([batch]), version.columns)

    def default_name(self, filename: str) -> str:
        """Propose the name of a dataset for a file: ``Kunden 2024.csv`` gives ``kunden-2024``."""
        stem = _base_name(filename)
        stem = re.sub(r"(\.[A-Za-z0-9]{1,8}){1,2}$", "", stem)
        plain = unicodedata.normalize("NFKD", stem).encode("ascii", "ignore").decode().lower()
        return re.sub(r"[^a-z0-9_]+", "-", plain).strip("-_")[:63].strip("-_") or "data"

    def _arrival(
        self,
        project: str,
        dataset: str,
        path: Path,
        sha256: str,
        filename: str,
        note: str,
        tags: Mapping[str, str] | None,
    ) -> _Arrival:
        """Check what the caller says before anything is read."""
        checked_name(dataset, "dataset")
        with self._store.read() as work:
            work.projects.get(project)
        return _Arrival(
            project=project,
            dataset=dataset,
            path=path,
            sha256=sha256,
            filename=clipped(_base_name(filename), _LONGEST_LABEL) or "upload",
            note=clipped(note, _LONGEST_NOTE),
            tags=_checked_tags(tags or {}),
        )

    def _add(self, actor: Actor, arrival: _Arrival) -> AddedVersion:
        from core.datasets.reading import read

        with self._store.read() as work:
            known = work.datasets.find_content(arrival.project, arrival.dataset, arrival.sha256)
        if known:
            return AddedVersion(version=known, created=False)
        understood = read(arrival.path, arrival.filename)
        with arrival.path.open("rb") as file:
            self._blobs.put(file)
        parquet_sha256 = self._put_parquet(understood.table)
        return self._keep(actor, arrival, self._described(actor, arrival, understood, parquet_sha256))

    def _put_parquet(self, table: "pa.Table") -> str:
        import pyarrow.parquet as pq

        with tempfile.TemporaryDirectory(prefix="pilothouse-") as folder:
            path = Path(folder) / "table.parquet"
            pq.write_table(table, path, compression="zstd")
            with path.open("rb") as file:
                return self._blobs.put(file)[0]

    def _described(
        self, actor: Actor, arrival: _Arrival, understood: "ReadTable", parquet_sha256: str
    ) -> DatasetVersion:
        from core.datasets.kinds import describe
        from core.datasets.profiling import profile

        return DatasetVersion(
            project=arrival.project,
            dataset=arrival.dataset,
            number=1,
            sha256=arrival.sha256,
            parquet_sha256=parquet_sha256,
            size=arrival.path.stat().st_size,
            rows=understood.table.num_rows,
            columns=describe(understood.table),
            profile=profile(understood.table, understood.doubts, understood.notes),
            reading=understood.reading,
            source=arrival.filename,
            note=arrival.note,
            tags=arrival.tags,
            author=actor.name,
            created_at=self._clock.now(),
        )

    def _keep(self, actor: Actor, arrival: _Arrival, version: DatasetVersion) -> AddedVersion:
        """Store the row under the next free number, however many others do the same at once."""
        for _ in range(_ATTEMPTS):
            try:
                return self._keep_next(actor, arrival, version)
            except Conflict:
                continue
        raise Conflict(problem=f"Dataset {arrival.dataset!r} is being added to by too many at once. Try again.")

    def _keep_next(self, actor: Actor, arrival: _Arrival, version: DatasetVersion) -> AddedVersion:
        with self._store.write() as work:
            # Asked again under the write lock: another may have added the same bytes while these were read.
            known = work.datasets.find_content(arrival.project, arrival.dataset, arrival.sha256)
            if known:
                return AddedVersion(version=known, created=False)
            latest = work.datasets.latest(arrival.project, arrival.dataset)
            numbered = version.model_copy(update={"number": latest.number + 1 if latest else 1})
            work.datasets.add(numbered)
            details = {"sha256": numbered.sha256, "rows": numbered.rows, "source": numbered.source}
            audit.record(
                work,
                numbered.created_at,
                actor.name,
                "dataset.add",
                numbered.project,
                str(numbered.ref),
                details,
            )
            work.commit()
        return AddedVersion(version=numbered, created=True)

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


def _spool(source: BinaryIO, path: Path) -> str:
    """Copy ``source`` to ``path`` piece by piece; return the SHA-256."""
    digest = hashlib.sha256()
    with path.open("wb") as file:
        while chunk := source.read(_CHUNK):
            digest.update(chunk)
            file.write(chunk)
    return digest.hexdigest()


def _base_name(filename: str) -> str:
    """Return the last part of a path of any system; it is a label, never opened."""
    return PurePosixPath(filename.replace("\\", "/")).name


def _checked_tags(tags: Mapping[str, str]) -> dict[str, str]:
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
