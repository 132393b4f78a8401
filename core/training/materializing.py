"""Prepared data as a dataset version: what a preparation makes of a table, computed once and kept for everybody."""

import io
from typing import TYPE_CHECKING, Any

from core.access.permissions import require
from core.datasets.service import DatasetService
from core.jobs.context import JobContext
from core.jobs.queue import JobQueue
from core.ports.unit_of_work import Store
from core.records.access import Actor, Permission
from core.records.base import JsonObject
from core.records.dataset import AddedVersion, Column, DatasetRef, DatasetVersion
from core.records.job import Job, JobKind
from core.records.preparation import Encode, Encoding, Step
from core.records.project import Project
from core.training.preparations import PreparationService, arrow
from core.training.steps import planning

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa


def payload(data: DatasetRef, preparation: int, into: str) -> JsonObject:
    """Return the payload of a job; ``into`` names the dataset that gets the table, ``<dataset>-prepared`` when empty.

    Raises:
        InvalidName: ``into`` cannot name a dataset.
    """
    return {"data": str(data), "preparation": preparation, "into": data.target(into, "prepared")}


class MaterializeService:
    """Takes the steps of a preparation on whole dataset versions, as jobs."""

    def __init__(
        self, store: Store, datasets: DatasetService, preparations: PreparationService, queue: JobQueue
    ) -> None:
        self._store = store
        self._datasets = datasets
        self._preparations = preparations
        self._queue = queue

    def submit(self, actor: Actor, project: str, data: DatasetRef, preparation: int, into: str = "") -> Job:
        """Queue the preparation of ``data``.

        Raises:
            Denied: the actor may not add data.
            DatasetNotFound, PreparationNotFound: there is no such thing.
            InvalidName: ``into`` cannot name a dataset.
        """
        require(actor, Permission.ADD_DATA)
        self._datasets.get(project, data)
        self._preparations.get(project, preparation)
        return self._queue.submit(
            actor,
            kind=JobKind.MATERIALIZE,
            project=project,
            title=f"Prepare {data} by preparation {preparation}",
            payload=payload(data, preparation, into),
        )

    def execute(self, actor: Actor, project: str, given: JsonObject, context: JobContext) -> AddedVersion:
        """Take the steps; the body of its job. The same rows prepared alike make the same bytes, and no second version.

        Target, id and time columns of the project are kept beside the prepared ones. Steps that learn do so from all
        rows, so the table is for looking, joining and other tools; trainings take the steps on their own training rows.

        Raises:
            InvalidPreparation: a step does not fit the columns.
        """
        import pyarrow.parquet as pq

        data, number = DatasetRef.parse(given["data"]), int(given["preparation"])
        with self._store.read() as work:
            known = work.projects.get(project)
        source = self._datasets.get(project, data)
        steps = self._preparations.get(project, number).steps
        context.progress("prepare", 0.1, f"{source.rows:,} rows of {data}")
        table = self._prepared(known, source, steps)
        context.check()
        context.progress("keep", 0.8)
        content = io.BytesIO()
        pq.write_table(table, content)
        content.seek(0)
        into = str(given["into"])
        note = f"{data} by preparation {number}"
        tags = {"prepared": str(data), "preparation": str(number)}
        return self._datasets.add_version(actor, project, into, content, f"{into}.parquet", note=note, tags=tags)

    def _prepared(self, project: Project, version: DatasetVersion, steps: tuple[Step, ...]) -> "pa.Table":
        from core.training.preprocessing import model_frame
        from core.training.target import read_target

        columns = self._preparations.columns(project, version, steps)
        beside = _beside(project, version)
        planned = planning.plan(columns, steps, project.task)
        names = dict.fromkeys(column.name for column in (*columns, *beside))
        table = self._datasets.frame(version, list(names))
        answers = None
        if any(isinstance(step, Encode) and step.method is Encoding.TARGET for step in steps):
            target = read_target(table[project.target], project.task, project.positive)
            table, answers = table.iloc[target.rows], target.values
        frame = model_frame(table, columns)
        for _, step in planned.steps:
            frame = step.fit_transform(frame, answers)
        kept, _ = planning.finish(planned.schema)
        own = {column.name for column in kept}
        return _joined(frame, kept, table, [column for column in beside if column.name not in own])


def _beside(project: Project, version: DatasetVersion) -> list[Column]:
    """Return the columns that are no inputs of a model but say which row it is, when it was, and what came true."""
    names = (project.id_column, project.time_column, project.target)
    found = (version.column(name) for name in names if name)
    return [column for column in found if column is not None]


def _joined(
    frame: "pd.DataFrame", kept: "tuple[Column, ...]", table: "pd.DataFrame", beside: list[Column]
) -> "pa.Table":
    import pyarrow as pa

    parts: dict[str, Any] = {column.name: arrow(table, column).column(0) for column in beside}
    parts |= {column.name: arrow(frame, column).column(0) for column in kept}
    return pa.table(parts)
