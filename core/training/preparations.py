"""Preparation recipes of a project: kept as immutable versions, looked at on real rows before anything learns."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from core import audit
from core.access.permissions import require
from core.clock import Clock
from core.datasets.service import DatasetService
from core.errors import Conflict, InvalidInput
from core.ports.unit_of_work import Store
from core.records.access import Actor, Permission
from core.records.base import JsonObject, clipped
from core.records.dataset import Column, ColumnKind, ColumnProfile, DatasetVersion
from core.records.preparation import Encode, Encoding, Outline, PreparationVersion, SavedPreparation, Step, StepFault
from core.records.project import Project
from core.records.training import Preprocessing
from core.training import checking, recipes
from core.training.steps import planning

if TYPE_CHECKING:
    import pandas as pd

NONE = ("", "none", "default")
"""How people ask for no recipe."""

SAMPLE = 5_000
"""Rows a preview learns from at most; a training learns from all its training rows."""

_ATTEMPTS = 50
_LONGEST_NOTE = 2_000


@dataclass(frozen=True)
class Preview:
    """The first rows before and after a recipe; ``rows`` is how many it learned from."""

    before: "pd.DataFrame"
    after: "pd.DataFrame"
    columns: tuple[Column, ...]
    rows: int

    def profile(self, name: str) -> ColumnProfile:
        """Return how a column is distributed in the rows looked at, after the recipe."""
        from core.datasets.profile.source import HeldTable
        from core.datasets.profile.table import profile

        (column,) = (column for column in self.columns if column.name == name)
        return profile(HeldTable(arrow(self.after, column))).columns[0]


class PreparationService:
    """Saves, finds and tries recipes."""

    def __init__(self, store: Store, datasets: DatasetService, clock: Clock) -> None:
        self._store = store
        self._datasets = datasets
        self._clock = clock

    def save(self, actor: Actor, project: str, steps: Sequence[Step], note: str = "") -> SavedPreparation:
        """Keep a recipe as the next version; one that equals the newest makes no second.

        Raises:
            Denied: the actor may not train.
            ProjectNotFound: there is no such project.
            InvalidInput: there is no step.
        """
        require(actor, Permission.TRAIN)
        if not steps:
            raise InvalidInput(problem="A preparation needs at least one step; without any, choose none in a training.")
        for _ in range(_ATTEMPTS):
            try:
                return self._save(actor, project, tuple(steps), clipped(note, _LONGEST_NOTE))
            except Conflict:
                continue
        raise Conflict(problem="Preparations of this project are being saved by too many at once. Try again.")

    def _save(self, actor: Actor, project: str, steps: tuple[Step, ...], note: str) -> SavedPreparation:
        with self._store.write() as work:
            work.projects.get(project)
            latest = work.preparations.latest(project)
            if latest is not None and latest.steps == steps:
                return SavedPreparation(version=latest, created=False)
            version = PreparationVersion(
                project=project,
                number=latest.number + 1 if latest else 1,
                steps=steps,
                note=note,
                author=actor.name,
                created_at=self._clock.now(),
            )
            work.preparations.add(version)
            details = {"steps": [step.do for step in steps], "note": note}
            subject = f"preparation {version.number}"
            audit.record(work, version.created_at, actor.name, "preparation.save", project, subject, details)
            work.commit()
        return SavedPreparation(version=version, created=True)

    def versions(self, project: str) -> list[PreparationVersion]:
        """Return all recipes of the project, newest first."""
        with self._store.read() as work:
            return work.preparations.find(project)

    def get(self, project: str, number: int) -> PreparationVersion:
        """Return one recipe.

        Raises:
            PreparationNotFound: there is no such version; the message names the ones there are.
        """
        with self._store.read() as work:
            return work.preparations.get(project, number)

    def preprocessing(self, project: str, choice: str | None) -> Preprocessing:
        """Return what a training takes for ``choice``: a version's number, or none (None, "none", "default").

        Raises:
            PreparationNotFound: there is no such version.
            InvalidInput: it is neither.
        """
        if choice is None or choice in NONE:
            return Preprocessing()
        if not choice.isdecimal() or len(choice) > 9:
            raise InvalidInput(problem=f"{choice!r} is no preparation: give its number, a YAML file, or none.")
        version = self.get(project, int(choice))
        return Preprocessing(steps=version.steps, preparation=version.number)

    def columns(self, project: Project, version: DatasetVersion, steps: Sequence[Step]) -> tuple[Column, ...]:
        """Return the raw columns a recipe starts from: those worth learning from, and those it reads."""
        names = checking.default_features(project, version, steps)
        return tuple(column for column in version.columns if column.name in names)

    def outline(self, project: Project, version: DatasetVersion, steps: Sequence[Step]) -> Outline:
        """Return what a recipe makes of the columns of a dataset version, with the faults of all steps."""
        return planning.outline(self.columns(project, version, steps), steps, project.task)

    def trial(
        self, project: Project, version: DatasetVersion, before: Sequence[Step], document: JsonObject
    ) -> Step | StepFault:
        """Return ``document`` as a step after those ``before``, or why it is none or cannot be taken."""
        number = len(before) + 1
        try:
            (step,) = recipes.checked([document])
        except InvalidInput as fault:
            return StepFault(number=number, problem=fault.message.partition("cannot be read: ")[2] or fault.message)
        faults = self.outline(project, version, (*before, step)).faults
        return next((fault for fault in faults if fault.number == number), step)

    def preview(self, project: Project, version: DatasetVersion, steps: Sequence[Step]) -> Preview:
        """Take the steps on the first rows of a dataset version, learning from these rows alone.

        Raises:
            InvalidPreparation: a step does not fit the columns.
            BlobNotFound, BlobCorrupt: the stored table cannot be trusted.
        """
        from core.training.preprocessing import model_frame
        from core.training.target import read_target

        columns = self.columns(project, version, steps)
        planned = planning.plan(columns, steps, project.task)
        table = self._datasets.preview(version, SAMPLE)
        answers = None
        if any(isinstance(step, Encode) and step.method is Encoding.TARGET for step in steps):
            target = read_target(table[project.target], project.task, project.positive)
            table, answers = table.iloc[target.rows], target.values
        before = after = model_frame(table, columns)
        for _, step in planned.steps:
            after = step.fit_transform(after, answers)
        kept, _ = planning.finish(planned.schema)
        return Preview(before, after[[column.name for column in kept]], kept, len(before))


def arrow(frame: "pd.DataFrame", column: Column) -> Any:
    """Return one column as a typed table, as datasets are stored."""
    import pyarrow as pa

    types = {ColumnKind.TEXT: pa.string(), ColumnKind.BOOLEAN: pa.bool_(), ColumnKind.DATETIME: pa.timestamp("us")}
    values = frame[column.name]
    return pa.table({column.name: pa.Array.from_pandas(values, type=types.get(column.kind, pa.float64()))})
