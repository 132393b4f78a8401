"""Runs as lists and comparisons see them: read from our own index, never from MLflow on a click."""

from collections.abc import Collection, Sequence

from core.clock import Clock
from core.errors import AmbiguousRun, NoSuchRun
from core.ports.tracking import Tracking
from core.ports.unit_of_work import Store
from core.records.run_index import RunCursor, RunEntry, RunGroup, RunPage
from core.records.run_query import STARTED, FieldGroup, FieldValue, RunField, RunQuestion
from core.training.run_index import exporting, grouping, query
from core.training.run_index.reading import RunReading
from core.training_errors import InvalidQuery

SHORTEST_START = 4
"""Characters of an id that must be given."""

ALWAYS = ("id", "name", "started")
"""The columns of every file of runs."""


class RunIndexService:
    """Lists of runs."""

    def __init__(self, store: Store, tracking: Tracking, clock: Clock) -> None:
        self._store = store
        self.reading = RunReading(store, tracking, clock)

    def refresh(self, project: str) -> RunCursor:
        """Bring the index up to what MLflow has, a piece at a time; quick when nothing changed.

        Raises:
            TrackingUnavailable: MLflow cannot be reached; what the index has can be read all the same.
        """
        return self.reading.refresh(project)

    def tidy(self) -> list[str]:
        """Compare the index with all of MLflow; return what differed, in sentences."""
        with self._store.read() as work:
            projects = [project.name for project in work.projects.all()]
        found = {name: self.reading.sweep(name) for name in projects}
        return [f"{name}: {changed} runs were not as the index had them." for name, changed in found.items() if changed]

    def question(
        self,
        where: str = "",
        search: str = "",
        *,
        order: str = "",
        descending: bool = True,
        nested: bool = False,
        archived: bool = False,
    ) -> RunQuestion:
        """Return what texts ask for.

        Raises:
            InvalidQuery: ``where`` or ``order`` does not follow the language.
        """
        return RunQuestion(
            where=query.read(where),
            words=tuple(search.split()),
            nested=nested,
            archived=archived,
            order=query.read_field(order) if order else STARTED,
            descending=descending,
        )

    def page(self, project: str, question: RunQuestion, first: int = 0, limit: int = 100) -> RunPage:
        """Return runs that answer ``question``, from place ``first`` on, and how many there are in all."""
        with self._store.read() as work:
            return work.run_index.page(project, question, first, limit)

    def cursor(self, project: str) -> RunCursor:
        """Return how far MLflow was read, with the names of figures, parameters and tags that were met."""
        with self._store.read() as work:
            return work.run_index.cursor(project)

    def values(
        self, project: str, question: RunQuestion, fields: Sequence[RunField]
    ) -> list[tuple[FieldValue | None, ...]]:
        """Return single fields of every run that answers, in order."""
        with self._store.read() as work:
            return work.run_index.values(project, question, fields)

    def groups(self, project: str, question: RunQuestion, by: RunField, metrics: Sequence[str]) -> list[RunGroup]:
        """Return the runs that answer, grouped by a field, with mean and band of each metric; largest group first."""
        fields = [by, *(RunField(group=FieldGroup.METRICS, name=name) for name in metrics)]
        return grouping.grouped(self.values(project, question, fields), metrics)

    def to_csv(self, project: str, question: RunQuestion, columns: Sequence[str]) -> str:
        """Return every run that answers as CSV, in order: id, name, start, and those of ``columns`` that are fields."""
        fields = [read for name in (*ALWAYS, *columns) if (read := _field(name)) is not None]
        fields = list({str(field): field for field in fields}.values())
        return exporting.to_csv(fields, self.values(project, question, fields))

    def entries(self, run_ids: Collection[str]) -> dict[str, RunEntry]:
        """Return the known ones of these runs by id, of any project, deleted ones included."""
        with self._store.read() as work:
            return work.run_index.find(run_ids)

    def whole_id(self, start: str) -> str:
        """Return the one id of any project that begins with ``start``.

        Raises:
            NoSuchRun: there is none, or too little of it was given.
            AmbiguousRun: there are several.
        """
        if len(start) < SHORTEST_START:
            raise NoSuchRun(run_id=start)
        with self._store.read() as work:
            found = work.run_index.beginning(start, 6)
        if not found:
            raise NoSuchRun(run_id=start)
        if len(found) > 1:
            raise AmbiguousRun(start=start, runs=", ".join(found[:5]))
        return found[0]


def _field(name: str) -> RunField | None:
    """Return the field a column shows, None for one that is computed or counted."""
    try:
        return query.read_field(name)
    except InvalidQuery:
        return None
