"""The champion's part in a check: what it was trained on, and what it answers for rows of the reference."""

from dataclasses import dataclass
from typing import Any

import pandas as pd

from core.datasets.service import DatasetService
from core.ports.blobs import BlobStore
from core.ports.tracking import Tracking
from core.ports.unit_of_work import Store
from core.records.dataset import ColumnKind, DatasetVersion
from core.records.model import Alias, Deployment, ModelManifest
from core.training.manifests import read_manifest

ROWS = 5_000
"""Rows of the reference the champion answers at most, to compare its logged answers with."""


@dataclass(frozen=True)
class Champion:
    """The deployment that serves and what its bundle says of it."""

    deployment: Deployment
    manifest: ModelManifest

    @property
    def kinds(self) -> dict[str, ColumnKind]:
        """The features and their kinds, in the model's order."""
        return {feature.column.name: feature.column.kind for feature in self.manifest.features}


def find(store: Store, blobs: BlobStore, project: str) -> Champion | None:
    """Return the champion of a project, or None."""
    with store.read() as work:
        deployment = work.deployments.current(project, Alias.CHAMPION)
    if deployment is None:
        return None
    return Champion(deployment, read_manifest(blobs, deployment.bundle_sha256))


class Answers:
    """Lets the champion answer rows of a dataset version."""

    def __init__(self, blobs: BlobStore, datasets: DatasetService, tracking: Tracking) -> None:
        """Work on the given stores."""
        self._blobs = blobs
        self._datasets = datasets
        self._tracking = tracking

    def of(self, champion: Champion, version: DatasetVersion) -> "pd.Series[Any]":
        """Return the champion's answers for at most ``ROWS`` rows of the version, drawn with a fixed seed.

        Of the data it was trained on, only rows it never saw: a model that knows its rows by heart answers them
        differently, and that is no drift.
        """
        from core.training import bundle

        manifest = champion.manifest
        frame = self._unseen(champion, version)
        if len(frame) > ROWS:
            frame = frame.sample(ROWS, random_state=0)
        pipeline = bundle.load_pipeline(self._blobs, manifest)
        scores = bundle.score(manifest, pipeline, bundle.align(manifest, frame))
        return pd.Series(scores.predictions, dtype=object if manifest.classes else "float64")

    def _unseen(self, champion: Champion, version: DatasetVersion) -> pd.DataFrame:
        from core.training import trainer

        manifest, names = champion.manifest, list(champion.kinds)
        if version.ref != manifest.dataset:
            return self._datasets.frame(version, names)
        spec = self._tracking.run(version.project, champion.deployment.run_id).spec
        if spec is None:
            return self._datasets.frame(version, names)
        needed = [*names, spec.target, *([spec.split.time_column] if spec.split.time_column else [])]
        table = self._datasets.frame(version, list(dict.fromkeys(needed)))
        return trainer.part(table, [feature.column for feature in manifest.features], spec).test
