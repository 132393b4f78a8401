"""Answers to every row of a dataset version: streamed, taken up where they stopped, kept as a dataset version."""

import shutil
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from core.access.permissions import require
from core.datasets.service import DatasetService
from core.errors import InvalidRequest, NoChampion
from core.jobs.context import JobContext
from core.jobs.queue import JobQueue
from core.ports.blobs import BlobStore
from core.ports.tracking import Tracking
from core.ports.unit_of_work import Store
from core.records.access import Actor, Permission
from core.records.base import JsonObject
from core.records.dataset import AddedVersion, DatasetRef
from core.records.job import Job, JobKind
from core.records.model import Alias
from core.records.prediction import Answer
from core.serving.predictor import Predictor

if TYPE_CHECKING:
    import pyarrow as pa

ROWS_AT_ONCE = 5_000
"""Rows of one part: what a job that was killed computes again at most."""

PREDICTION, PROBLEM, PROBABILITY = "prediction", "problem", "probability_"


def payload(data: DatasetRef, version: int, into: str) -> JsonObject:
    """Return the payload of a job; ``into`` names the dataset that gets the answers, ``<dataset>-predictions`` when
    empty.

    Raises:
        InvalidName: ``into`` cannot name a dataset.
    """
    return {"data": str(data), "version": version, "into": data.target(into, "predictions")}


class BatchService:
    """Scores dataset versions as jobs; nothing of it is logged as a served answer."""

    def __init__(
        self,
        store: Store,
        blobs: BlobStore,
        tracking: Tracking,
        datasets: DatasetService,
        queue: JobQueue,
        folder: Path,
    ) -> None:
        """``folder`` keeps the parts of jobs that are not over."""
        self._store = store
        self._blobs = blobs
        self._tracking = tracking
        self._datasets = datasets
        self._queue = queue
        self._folder = folder

    def submit(
        self, actor: Actor, project: str, data: DatasetRef, *, version: int | None = None, into: str = ""
    ) -> Job:
        """Queue the scoring of ``data``; the champion of this moment answers unless a version is named.

        ``into`` names the dataset that gets the answers, by default ``<dataset>-predictions``.

        Raises:
            Denied: the actor may not ask for predictions or add data.
            ProjectNotFound, DatasetNotFound, VersionNotFound: there is no such thing.
            NoChampion: nothing serves yet.
            InvalidName: ``into`` cannot name a dataset.
        """
        require(actor, Permission.PREDICT)
        require(actor, Permission.ADD_DATA)
        self._datasets.get(project, data)
        used = self._champion(project) if version is None else self._tracking.version(project, version).version
        return self._queue.submit(
            actor,
            kind=JobKind.BATCH_PREDICT,
            project=project,
            title=f"Score {data} with version {used}",
            payload=payload(data, used, into),
        )

    def _champion(self, project: str) -> int:
        with self._store.read() as work:
            live = work.deployments.current(project, Alias.CHAMPION)
        if live is None:
            raise NoChampion(project=project)
        return live.version

    def execute(self, actor: Actor, project: str, given: JsonObject, context: JobContext) -> AddedVersion:
        """Score; the body of its job. Parts that an earlier attempt finished are not computed again.

        A row that does not fit the model gets no answer but the reason. The same rows scored by the same version make
        the same bytes, so that an attempt that ended right after its version was stored makes no second one.
        """
        import pyarrow.parquet as pq

        data, used = DatasetRef.parse(given["data"]), int(given["version"])
        source = self._datasets.get(project, data)
        bundle = self._tracking.version(project, used).bundle_sha256
        predictor = Predictor.load(self._blobs, bundle, used)
        folder = self._folder / context.job.id
        folder.mkdir(parents=True, exist_ok=True)
        table = pq.ParquetFile(self._blobs.path(source.parquet_sha256))
        prefix = _prefix(predictor, [column.name for column in source.columns])
        done = 0
        for number, batch in enumerate(table.iter_batches(ROWS_AT_ONCE)):
            context.check()
            context.progress("score", done / max(1, source.rows), f"{done:,} of {source.rows:,} rows")
            part = folder / f"{number:06d}.parquet"
            if not part.exists():
                _write(part, scored(predictor, batch, prefix))
            done += batch.num_rows
        context.progress("keep", 1.0)
        whole = folder / "whole.parquet"
        _join(sorted(folder.glob("[0-9]*.parquet")), whole)
        tags = {"scored": str(data), "version": str(used)}
        with whole.open("rb") as answers:
            context.check()
            added = self._datasets.add_version(
                actor,
                project,
                str(given["into"]),
                answers,
                f"{given['into']}.parquet",
                note=f"Answers of version {used} to {data}" + (f", in {prefix}{PREDICTION}" if prefix else ""),
                tags=tags,
            )
        shutil.rmtree(folder)
        return added


def _prefix(predictor: Predictor, taken: Sequence[str]) -> str:
    """Return what the columns of the answers begin with, so that none takes the place of one of the data's own."""
    answers = [PREDICTION, PROBLEM, *(PROBABILITY + str(label) for label in predictor.manifest.classes)]
    prefixes = ("", *(f"scored{'' if turn == 1 else turn}_" for turn in range(1, len(taken) + 2)))
    return next(one for one in prefixes if not {one + name for name in answers} & set(taken))


def scored(predictor: Predictor, batch: "pa.RecordBatch", prefix: str = "") -> "pa.Table":
    """Return the rows of a batch with their answers, probabilities and, where there is none, the problem beside.

    The names of the added columns begin with ``prefix``.
    """
    import pyarrow as pa

    names = predictor.schema.names
    rows = batch.to_pylist()
    found = list(_answers(predictor, [{name: _plain(row.get(name)) for name in names} for row in rows]))
    answers = [one if isinstance(one, Answer) else None for one in found]
    columns = {name: batch.column(name) for name in batch.schema.names}
    kind = pa.string() if predictor.manifest.classes else pa.float64()
    values = [None if one is None else one.prediction for one in answers]
    texts = [None if value is None else str(value) for value in values]
    columns[prefix + PREDICTION] = pa.array(texts if predictor.manifest.classes else values, kind)
    for label in map(str, predictor.manifest.classes):
        shares = [None if one is None else (one.probabilities or {}).get(label) for one in answers]
        columns[prefix + PROBABILITY + label] = pa.array(shares, pa.float64())
    columns[prefix + PROBLEM] = pa.array([one if isinstance(one, str) else None for one in found], pa.string())
    return pa.table(columns)


def _answers(predictor: Predictor, rows: Sequence[Mapping[str, Any]]) -> Iterator[Answer | str]:
    """Yield the answer to each row, or why there is none; halves find the rows at fault."""
    try:
        yield from predictor.answer(rows)
    except InvalidRequest as error:
        if len(rows) == 1:
            yield "; ".join(f"{field.removeprefix('records[0].')} {problem}" for field, problem in error.details)
            return
        half = len(rows) // 2
        yield from _answers(predictor, rows[:half])
        yield from _answers(predictor, rows[half:])


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date | datetime) else value


def _write(part: Path, table: "pa.Table") -> None:
    import pyarrow.parquet as pq

    unfinished = part.with_suffix(".part")
    pq.write_table(table, unfinished)
    unfinished.replace(part)


def _join(parts: Sequence[Path], whole: Path) -> None:
    """Write parts as one table, one part in memory at a time."""
    import pyarrow.parquet as pq

    schema = pq.read_schema(parts[0])
    with pq.ParquetWriter(whole, schema) as writer:
        for part in parts:
            writer.write_table(pq.read_table(part))
