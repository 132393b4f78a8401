"""The material of a check: both sides, the windows of the current one, and the columns to compare."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from core.datasets.service import DatasetService
from core.errors import AppError, NothingToCompare
from core.monitoring import champion as champions
from core.monitoring import windows
from core.monitoring.champion import MOST, Answered, Answers, Champion
from core.monitoring.request import LAST_YEAR, Request
from core.monitoring.roles import FEATURE, PREDICTION, TARGET
from core.monitoring.windows import PREFIX, Asked, Side, Window
from core.ports.blobs import BlobStore
from core.ports.prediction_log import PredictionLog
from core.ports.tracking import Tracking
from core.ports.unit_of_work import Store
from core.records.dataset import ColumnKind, DatasetVersion
from core.records.project import Project
from core.training.measures import Array

if TYPE_CHECKING:
    import pyarrow as pa


@dataclass(frozen=True)
class Material:
    """What a check looks at.

    ``expected`` and ``answered`` are what the champion says of rows of the reference and of the current side; None
    where there is nothing, and ``silence`` says why. ``version`` is the dataset version of the current side, if it is
    one; ``table`` reads all columns of that side at once. ``seasons`` are the windows a year before ``windows``, where
    those are asked for.
    """

    reference: Side
    current: Side
    windows: list[Window]
    columns: list[Asked]
    champion: Champion | None
    expected: Answered | None = None
    answered: Answered | None = None
    silence: str = ""
    version: DatasetVersion | None = None
    times: "np.ndarray[Any, Any] | None" = None
    table: "Callable[[], pa.Table] | None" = None
    seasons: tuple[Window, ...] = ()

    @property
    def prediction(self) -> Asked | None:
        """The champion's answer as a column; None without a champion."""
        if self.champion is None:
            return None
        is_class = self.champion.manifest.task.is_classification
        return Asked(PREDICTION, PREDICTION, ColumnKind.TEXT if is_class else ColumnKind.NUMBER, self.silence)


class Gatherer:
    """Brings the two sides of a request together."""

    def __init__(
        self,
        store: Store,
        blobs: BlobStore,
        datasets: DatasetService,
        log: PredictionLog,
        tracking: Tracking,
    ) -> None:
        """Read from the given stores."""
        self._store = store
        self._blobs = blobs
        self._datasets = datasets
        self._log = log
        self._tracking = tracking
        self._answers = Answers(blobs, datasets)

    def champion(self, project: str, *, evaluated: bool = False) -> Champion | None:
        """Return the champion of the project, or None; with what its run found when asked to."""
        return champions.find(self._store, self._blobs, self._tracking if evaluated else None, project)

    def reference(self, project: str, request: Request, champion: Champion | None) -> DatasetVersion:
        """Return the reference a request names, or the champion's training data.

        Raises:
            DatasetNotFound: there is no such version.
            NothingToCompare: none was named and there is no champion.
        """
        if request.reference:
            return self._datasets.resolve(project, request.reference)
        if champion is None:
            raise NothingToCompare(
                problem=f"project {project!r} has no champion whose training data could be the reference. Promote a "
                "version first, or name a dataset version as the reference",
            )
        return self._datasets.get(project, champion.manifest.dataset)

    def require_predictions(self, project: str, request: Request) -> None:
        """Make sure that the window holds logged predictions.

        Raises:
            NothingToCompare: it holds none.
        """
        if not self._log.read(project, request.since, request.until, limit=1):
            raise _no_predictions(project, request)

    def require_time(self, project: Project, request: Request) -> None:
        """Make sure that windows of time have a time to go by.

        Raises:
            NothingToCompare: the dataset version has no time column with moments.
        """
        if request.current and request.every and not request.every.endswith("rows"):
            _time_column(project, self._datasets.resolve(project.name, request.current))

    def gather(self, project: Project, request: Request) -> Material:
        """Read both sides.

        Raises:
            DatasetNotFound: a named version does not exist.
            NothingToCompare: there is no reference, no current data, or no column the two have in common.
        """
        champion = self.champion(project.name, evaluated=True)
        version = self.reference(project.name, request, champion)
        if request.current:
            newer = self._datasets.resolve(project.name, request.current)
            material = self._of_datasets(project, version, newer, champion, request)
        else:
            material = self._of_predictions(project, version, request, champion)
        if not any(
            one.name in material.reference.kinds and one.name in material.current.kinds for one in material.columns
        ):
            raise NothingToCompare(
                problem=f"{material.reference.label} and {material.current.label} have no column in common",
            )
        return material

    def _of_datasets(
        self,
        project: Project,
        old: DatasetVersion,
        new: DatasetVersion,
        champion: Champion | None,
        request: Request,
    ) -> Material:
        reference, current = self._side(old), self._side(new)
        times = None
        if request.every and not request.every.endswith("rows"):
            times = windows.moments(current.read(_time_column(project, new)))
        elif project.time_column and new.column(project.time_column):
            times = _moments_if_any(current, project.time_column)
        cut = _windows(current, request, times)
        material = Material(
            reference,
            current,
            cut,
            _columns(project, reference, current, list(champion.kinds) if champion else _features(project, old)),
            champion,
            version=new,
            times=times,
            table=lambda: self._table(new),
            seasons=_seasons(current, request, times, cut),
        )
        return self._answered(material, old, new)

    def _side(self, version: DatasetVersion) -> Side:
        read = self._datasets.reader(version)
        return windows.of_dataset(version, lambda name: windows.series(read(name)))

    def _table(self, version: DatasetVersion) -> "pa.Table":
        import pyarrow.parquet as pq

        return pq.read_table(self._blobs.path(version.parquet_sha256))

    def _answered(self, material: Material, old: DatasetVersion, new: DatasetVersion) -> Material:
        """Add what the champion answers to both sides, or why it cannot."""
        champion = material.champion
        if champion is None:
            return material
        for version in (old, new):
            lacking = [name for name in champion.kinds if version.column(name) is None]
            if lacking:
                silence = f"the champion cannot answer for {version.ref}, which has no column {lacking[0]!r}"
                return replace(material, silence=silence)
        try:
            expected = self._answers.of(champion, old)
            answered = self._answers.of(champion, new, MOST)
        except (AppError, ValueError, TypeError) as error:
            return replace(material, silence=f"the champion cannot answer these rows: {error}")
        for what, found in ((old, expected), (new, answered)):
            if not len(found.places):
                return replace(material, silence=f"the champion learned from every row of {what.ref}")
        return replace(material, expected=expected, answered=answered)

    def _of_predictions(
        self,
        project: Project,
        version: DatasetVersion,
        request: Request,
        champion: Champion | None,
    ) -> Material:
        table = self._log.frame(project.name, request.since, request.until)
        if not table.num_rows:
            raise _no_predictions(project.name, request)
        known = {column.name: column.kind for column in version.columns}
        kinds = champion.kinds if champion else {name: known[name] for name in _features(project, version)}
        reference, current = self._side(version), windows.of_predictions(table, kinds)
        kept = Side(reference.label, reference.rows, {n: k for n, k in known.items() if n in kinds}, reference.read)
        times = windows.moments(windows.series(table["at"]))
        columns = [windows.asked(name, FEATURE, kept, current) for name in kinds]
        found = _windows(current, request, times)
        inputs = [name for name in kinds if f"{PREFIX}{name}" in table.column_names]
        only = table.select([f"{PREFIX}{name}" for name in inputs]).rename_columns(inputs)
        seasons = _seasons(current, request, times, found)
        material = Material(kept, current, found, columns, champion, times=times, table=lambda: only, seasons=seasons)
        return self._logged(project, material, version, table) if champion else material

    def _logged(self, project: Project, material: Material, version: DatasetVersion, table: "pa.Table") -> Material:
        """Add the champion's answers to the reference, and those it gave."""
        champion = material.champion
        assert champion is not None  # noqa: S101 - its caller asks
        number = champion.deployment.version
        places = np.flatnonzero(table["version"].to_numpy() == number)
        lacking = [name for name in champion.kinds if version.column(name) is None]
        silence = ""
        if not len(places):
            silence = f"no prediction of the window was made by the champion, version {number}"
        elif lacking:
            silence = f"the champion cannot answer for {version.ref}, which has no column {lacking[0]!r}"
        if silence:
            return replace(material, silence=silence)
        answered = self._given(project, champion, table, places)
        return replace(material, expected=self._answers.of(champion, version), answered=answered)

    def _given(self, project: Project, champion: Champion, table: "pa.Table", places: Array) -> Answered:
        part = table.take(places)
        with self._store.read() as work:
            labels = work.labels.latest(project.name, part["prediction_id"].to_pylist())
        truth = [labels[one].label if one in labels else None for one in part["prediction_id"].to_pylist()]
        is_class = bool(champion.classes)
        answers = pd.Series(part["prediction"].to_pylist(), dtype=object if is_class else "float64")
        return Answered(places, answers, _scores(champion, part), pd.Series(truth, dtype=object))


def _scores(champion: Champion, table: "pa.Table") -> Array:
    """Return the probabilities by class as far as the log has them: of binary models."""
    positive = champion.manifest.positive_index
    scores = table["score"].to_numpy().astype(np.float64)
    if positive is None or np.isnan(scores).any():
        return np.empty((table.num_rows, 0))
    sides = (1 - scores, scores) if positive == 1 else (scores, 1 - scores)
    return np.column_stack(sides)


def _windows(current: Side, request: Request, times: "np.ndarray[Any, Any] | None") -> list[Window]:
    if request.last_rows is not None:
        return windows.last(current, request.last_rows)
    if request.every is None:
        return windows.whole(current)
    slide = request.slide or request.every
    if request.every.endswith("rows"):
        order = np.arange(current.rows) if times is None else np.argsort(times, kind="stable")
        return windows.by_count(current, order, int(request.every[:-4]), int(slide[:-4]))
    assert times is not None, "a check by time has moments"  # noqa: S101
    return windows.by_time(current, times, request.every, slide)


def _seasons(
    current: Side, request: Request, times: "np.ndarray[Any, Any] | None", cut: list[Window]
) -> tuple[Window, ...]:
    if request.versus != LAST_YEAR or request.every is None or times is None:
        return ()
    return tuple(windows.year_before(current, times, cut, request.every))


def _columns(project: Project, reference: Side, current: Side, features: list[str]) -> list[Asked]:
    is_class = project.task.is_classification
    return [
        *(windows.asked(name, FEATURE, reference, current) for name in features),
        windows.asked(project.target, TARGET, reference, current, as_category=is_class),
        *windows.extras(reference, current),
    ]


def _time_column(project: Project, version: DatasetVersion) -> str:
    """Return the name of the column with the moments of the rows.

    Raises:
        NothingToCompare: there is none.
    """
    name = project.time_column
    column = version.column(name) if name else None
    if name is None or column is None:
        what = f"{version.ref} has no column {name!r}" if name else f"project {project.name!r} has no time column"
        raise NothingToCompare(problem=f"{what}, so its rows cannot be cut into windows of time; cut them by rows")
    if column.kind is not ColumnKind.DATETIME:
        raise NothingToCompare(
            problem=f"the time column {name!r} of {version.ref} holds {column.kind.value}s and no moments; cut the "
            "rows by their number, or add the data again with the column read as moments",
        )
    return name


def _moments_if_any(side: Side, name: str) -> "np.ndarray[Any, Any] | None":
    return windows.moments(side.read(name)) if side.kinds[name] is ColumnKind.DATETIME else None


def _features(project: Project, version: DatasetVersion) -> list[str]:
    """Return the columns that can be features when no champion says which are."""
    apart = {project.target, project.id_column, project.time_column}
    return [column.name for column in version.columns if column.name not in apart]


def _no_predictions(project: str, request: Request) -> NothingToCompare:
    ends = [f"from {request.since.isoformat()}" if request.since else ""]
    ends.append(f"before {request.until.isoformat()}" if request.until else "")
    window = " ".join(end for end in ends if end)
    return NothingToCompare(
        problem=f"project {project!r} has no logged predictions{' ' + window if window else ''}. Ask the champion for "
        "some, widen the window, or compare a dataset version",
    )
