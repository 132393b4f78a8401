"""The champion's part in a check: what it learned from, what it answers to rows it has not learned, how it does."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from core.datasets.service import DatasetService
from core.monitoring.samples import text
from core.ports.blobs import BlobStore
from core.ports.tracking import Tracking
from core.ports.unit_of_work import Store
from core.records.dataset import ColumnKind, DatasetVersion
from core.records.evaluation import Evaluation
from core.records.model import Alias, Deployment, ModelManifest
from core.training.execution import EVALUATION
from core.training.manifests import read_manifest
from core.training.measures import Array

ROWS = 5_000
"""Rows of the reference the champion answers at most, to compare its logged answers with."""

MOST = 200_000
"""Rows of the current data the champion answers at most, evenly over all."""


@dataclass(frozen=True)
class Champion:
    """The deployment that serves, what its bundle says of it, and what its run found."""

    deployment: Deployment
    manifest: ModelManifest
    evaluation: Evaluation | None = None

    @property
    def kinds(self) -> dict[str, ColumnKind]:
        """The features and their kinds, in the model's order."""
        return {feature.column.name: feature.column.kind for feature in self.manifest.features}

    @property
    def importances(self) -> dict[str, float]:
        """Each feature's part of the drop in performance when features are shuffled, adding up to 1; empty when it is
        not known."""
        found = {name: max(0.0, drop) for name, drop, _ in self.evaluation.importances} if self.evaluation else {}
        total = sum(found.values())
        return {name: drop / total for name, drop in found.items()} if total > 0 else {}

    @property
    def classes(self) -> dict[str, int]:
        """The index of each class by its text; empty for regression."""
        return {text(value): place for place, value in enumerate(self.manifest.classes)}


@dataclass(frozen=True)
class Answered:
    """The champion's answers to rows of a side: ``places`` of the rows, the answers as values, a column of ``scores``
    a class (none for regression), and the truth as values, None where it is not known."""

    places: Array
    answers: "pd.Series[Any]"
    scores: Array
    truth: "pd.Series[Any]"


def find(store: Store, blobs: BlobStore, tracking: Tracking | None, project: str) -> Champion | None:
    """Return the champion of a project, or None; with ``tracking`` also what its run found."""
    with store.read() as work:
        deployment = work.deployments.current(project, Alias.CHAMPION)
    if deployment is None:
        return None
    document = tracking.document(deployment.run_id, EVALUATION) if tracking else None
    evaluation = Evaluation.model_validate(document) if document else None
    return Champion(deployment, read_manifest(blobs, deployment.bundle_sha256), evaluation)


class Answers:
    """Lets the champion answer rows of a dataset version."""

    def __init__(self, blobs: BlobStore, datasets: DatasetService) -> None:
        """Work on the given stores."""
        self._blobs = blobs
        self._datasets = datasets

    def of(self, champion: Champion, version: DatasetVersion, most: int = ROWS) -> Answered:
        """Return the champion's answers to at most ``most`` rows of the version, drawn with a fixed seed.

        Only rows it has not learned: a model that knows its rows by heart answers them differently, and that is
        neither drift nor performance.
        """
        from core.training import bundle, tables

        manifest = champion.manifest
        places = self._unseen(champion, version)
        if len(places) > most:
            places = np.sort(np.random.default_rng(0).choice(places, most, replace=False))
        names = [*champion.kinds, *([manifest.target] if version.column(manifest.target) else [])]
        frame = self._datasets.frame(version, list(dict.fromkeys(names))).iloc[places].reset_index(drop=True)
        pipeline = bundle.load_pipeline(self._blobs, manifest)
        found = tables.score(manifest, pipeline, tables.align(manifest, frame))
        unknown = pd.Series([None] * len(frame), dtype=object)
        return Answered(
            places,
            pd.Series(found.predictions, dtype=object if manifest.classes else "float64"),
            np.empty((len(frame), 0)) if found.scores is None else found.scores,
            frame.get(manifest.target, unknown),
        )

    def _unseen(self, champion: Champion, version: DatasetVersion) -> Array:
        """Return the places of the rows that the champion has not learned, known by their content."""
        from core.training import holdout

        everywhere = np.arange(version.rows)
        if champion.manifest.split_sha256 is None:
            return everywhere
        split = holdout.read_split(self._blobs.read(champion.manifest.split_sha256))
        used = [column for column in version.columns if column.name in split.columns]
        if len(used) < len(split.columns):
            return everywhere
        hashes = holdout.row_hashes(self._datasets.frame(version, [column.name for column in used]), used)
        return np.flatnonzero(~np.isin(hashes, split.train))
