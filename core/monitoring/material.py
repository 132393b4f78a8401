"""The material of a check: both windows, and the columns to compare with the part each plays."""

from dataclasses import dataclass
from typing import Any

import pandas as pd

from core.datasets.service import DatasetService
from core.errors import NothingToCompare
from core.monitoring import champion as champions
from core.monitoring import windows
from core.monitoring.champion import Answers, Champion
from core.monitoring.drift import FEATURE, PREDICTION, TARGET, Pair
from core.monitoring.request import Request
from core.monitoring.windows import Window
from core.ports.blobs import BlobStore
from core.ports.prediction_log import PredictionLog
from core.ports.tracking import Tracking
from core.ports.unit_of_work import Store
from core.records.dataset import ColumnKind, DatasetVersion
from core.records.prediction import LoggedPrediction
from core.records.project import Project


@dataclass(frozen=True)
class Material:
    """What a check looks at."""

    reference: Window
    current: Window
    pairs: list[Pair]


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
        self._answers = Answers(blobs, datasets, tracking)

    def champion(self, project: str) -> Champion | None:
        """Return the champion of the project, or None."""
        return champions.find(self._store, self._blobs, project)

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

    def gather(self, project: Project, request: Request) -> Material:
        """Read both sides.

        Raises:
            DatasetNotFound: a named version does not exist.
            NothingToCompare: there is no reference, no current data, or no column the two have in common.
        """
        champion = self.champion(project.name)
        version = self.reference(project.name, request, champion)
        if request.current:
            newer = self._datasets.resolve(project.name, request.current)
            material = self._of_datasets(project, version, newer, champion)
        else:
            material = self._of_predictions(project, version, request, champion)
        if not any(pair.reference is not None and pair.current is not None for pair in material.pairs):
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
    ) -> Material:
        features = list(champion.kinds) if champion else _features(project, old)
        sides = [
            windows.of_dataset(version, self._datasets.frame(version, _present(version, [*features, project.target])))
            for version in (old, new)
        ]
        pairs = [windows.pair(name, FEATURE, sides[0], sides[1]) for name in features]
        is_class = project.task.is_classification
        pairs.append(windows.pair(project.target, TARGET, sides[0], sides[1], as_category=is_class))
        return Material(sides[0], sides[1], [*pairs, *windows.extras(sides[0], sides[1])])

    def _of_predictions(
        self,
        project: Project,
        version: DatasetVersion,
        request: Request,
        champion: Champion | None,
    ) -> Material:
        logged = self._log.read(project.name, request.since, request.until)
        if not logged:
            raise _no_predictions(project.name, request)
        known = {column.name: column.kind for column in version.columns}
        kinds = champion.kinds if champion else {name: known[name] for name in _features(project, version)}
        reference = windows.of_dataset(version, self._datasets.frame(version, _present(version, list(kinds))))
        current = windows.of_predictions(logged, kinds)
        pairs = [windows.pair(name, FEATURE, reference, current) for name in kinds]
        if champion is not None:
            pairs.append(self._prediction(champion, version, logged))
        return Material(reference, current, pairs)

    def _prediction(self, champion: Champion, version: DatasetVersion, logged: list[LoggedPrediction]) -> Pair:
        """Put the champion's answers for the reference beside those it gave in the window."""
        is_class = champion.manifest.task.is_classification
        kind = ColumnKind.TEXT if is_class else ColumnKind.NUMBER
        number = champion.deployment.version
        given = [prediction.prediction for prediction in logged if prediction.version == number]
        missing = [name for name in champion.kinds if version.column(name) is None]
        reason = ""
        if not given:
            reason = f"no prediction of the window was made by the champion, version {number}"
        elif missing:
            reason = f"the champion cannot answer for {version.ref}, which has no column {missing[0]!r}"
        if reason:
            return Pair(PREDICTION, PREDICTION, kind, None, None, reason)
        current: pd.Series[Any] = pd.Series(given, dtype=object if is_class else "float64")
        return Pair(PREDICTION, PREDICTION, kind, self._answers.of(champion, version), current)


def _features(project: Project, version: DatasetVersion) -> list[str]:
    """Return the columns that can be features when no champion says which are."""
    apart = {project.target, project.id_column, project.time_column}
    return [column.name for column in version.columns if column.name not in apart]


def _present(version: DatasetVersion, names: list[str]) -> list[str]:
    return [name for name in names if version.column(name) is not None]


def _no_predictions(project: str, request: Request) -> NothingToCompare:
    ends = [f"from {request.since.isoformat()}" if request.since else ""]
    ends.append(f"before {request.until.isoformat()}" if request.until else "")
    window = " ".join(end for end in ends if end)
    return NothingToCompare(
        problem=f"project {project!r} has no logged predictions{' ' + window if window else ''}. Ask the champion for "
        "some, widen the window, or compare a dataset version",
    )
