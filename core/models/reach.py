"""Whom a difference between two dataset versions reaches: the runs trained on the older one, row by row.

A run keeps its whole spec, and a spec parts the same table into the same rows each time. So which rows a run learned
from and was tested on can be told at any time from the target, the split and the seed alone.
"""

from collections import OrderedDict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from core.datasets.diff.service import DifferenceService
from core.datasets.service import DatasetService
from core.errors import AppError
from core.ports.tracking import Tracking
from core.ports.unit_of_work import Store
from core.records.dataset import DatasetRef, DatasetVersion
from core.records.difference import Difference, Reach, RowChange, RunReach, Touched
from core.records.model import Alias, Deployment, ModelVersion
from core.records.training import Run, RunStatus, SplitKind, TrainingSpec

if TYPE_CHECKING:
    import numpy as np

MOST_RUNS = 5_000
REMEMBERED = 256


@dataclass(frozen=True)
class _Counts:
    """What a split has of a difference."""

    rows_train: int
    rows_test: int
    touched: Touched


class ReachService:
    """Goes from rows that changed to the runs, model versions and deployments made of them."""

    def __init__(
        self, store: Store, tracking: Tracking, datasets: DatasetService, differences: DifferenceService
    ) -> None:
        """Nothing is opened before its first use."""
        self._store = store
        self._tracking = tracking
        self._datasets = datasets
        self._differences = differences
        self._counted: OrderedDict[tuple[str, str], _Counts | str] = OrderedDict()

    def of(self, difference: Difference) -> Reach:
        """Return every run trained on the older version, newest first, each with the rows of it that are not so now.

        Raises:
            TrackingUnavailable: MLflow cannot be reached.
            DatasetNotFound: the older version is gone.
            BlobNotFound, BlobCorrupt: a stored table cannot be trusted.
        """
        version = self._datasets.get(difference.project, DatasetRef.parse(difference.before))
        runs = [run for run in self._tracking.runs(difference.project, MOST_RUNS) if run.dataset == difference.before]
        versions = {found.run_id: found for found in self._tracking.versions(difference.project)}
        with self._store.read() as work:
            history = work.deployments.history(difference.project, Alias.CHAMPION)
        found = tuple(self._reached(difference, version, run, versions.get(run.run_id), history) for run in runs)
        return Reach(dataset=difference.before, runs=found)

    def _reached(
        self,
        difference: Difference,
        version: DatasetVersion,
        run: Run,
        registered: ModelVersion | None,
        history: list[Deployment],
    ) -> RunReach:
        counts = self._counts(difference, version, run)
        known = isinstance(counts, _Counts)
        served = tuple((interval.since, interval.until) for interval in history if interval.run_id == run.run_id)
        return RunReach(
            run_id=run.run_id,
            name=run.name,
            status=run.status.value,
            estimator=run.estimator,
            version=registered.version if registered else run.version,
            aliases=tuple(alias.value for alias in registered.aliases) if registered else (),
            served=served,
            rows_train=counts.rows_train if isinstance(counts, _Counts) else None,
            rows_test=counts.rows_test if isinstance(counts, _Counts) else None,
            touched=counts.touched if isinstance(counts, _Counts) else None,
            reason="" if known else str(counts),
        )

    def _counts(self, difference: Difference, version: DatasetVersion, run: Run) -> "_Counts | str":
        """Return the counts, or why there are none; runs with the same split share them."""
        if run.spec is None:
            return "the run was not made by Pilothouse, so its rows are not known"
        if run.status is not RunStatus.FINISHED and run.version is None:
            return "the run did not finish"
        key = (difference.rows_sha256 + difference.id, _split_key(run.spec))
        if key not in self._counted:
            self._remember(key, self._count(difference, version, run.spec))
        return self._counted[key]

    def _remember(self, key: tuple[str, str], counts: "_Counts | str") -> None:
        self._counted[key] = counts
        while len(self._counted) > REMEMBERED:
            self._counted.popitem(last=False)

    def _count(self, difference: Difference, version: DatasetVersion, spec: TrainingSpec) -> "_Counts | str":
        import numpy as np

        try:
            train, test = self._parted(version, spec)
        except AppError as error:
            return f"its rows cannot be parted again: {error.message}"
        gone = self._differences.places(difference)
        places = {word: np.array(rows, dtype=np.int64) for word, rows in gone.items()}

        def met(change: RowChange, part: "np.ndarray[Any, Any]") -> int:
            return int(np.isin(places[change.value], part).sum())

        touched = Touched(
            changed_train=met(RowChange.CHANGED, train),
            changed_test=met(RowChange.CHANGED, test),
            removed_train=met(RowChange.REMOVED, train),
            removed_test=met(RowChange.REMOVED, test),
        )
        return _Counts(len(train), len(test), touched)

    def _parted(
        self, version: DatasetVersion, spec: TrainingSpec
    ) -> "tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]":
        """Return the places in the table of the rows a spec learns from and of those it is tested on."""
        from core.training import checking
        from core.training.splitting import split
        from core.training.target import read_target

        groups_by = checking.group_columns(version, spec)
        needed = list(dict.fromkeys([spec.target, *checking.time_columns(version, spec), *groups_by]))
        table = self._datasets.frame(version, needed)
        target = read_target(table[spec.target], spec.task, spec.positive)
        times = None
        if spec.split.kind is SplitKind.TIME and spec.split.time_column:
            times = table[spec.split.time_column].iloc[target.rows]
        groups = table[groups_by[0]].iloc[target.rows] if groups_by else None
        train, test = split(target, spec.split, spec.seed, times, groups)
        return target.rows[train], target.rows[test]


def _split_key(spec: TrainingSpec) -> str:
    return repr((spec.dataset, spec.target, spec.task, spec.positive, spec.split, spec.seed))
