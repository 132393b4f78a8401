"""An installation in memory with data, a served model and its MLflow, to be damaged and kept."""

import io
from datetime import timedelta
from typing import Any

from core.datasets.diff.service import DifferenceService
from core.datasets.limits import LIMITS
from core.datasets.service import DatasetService
from core.maintenance.collection import CollectionService
from core.maintenance.impact import Inspector
from core.maintenance.integrity import IntegrityService
from core.maintenance.removal import RemovalService
from core.maintenance.watch import MetadataWatch
from core.models.service import ModelService
from core.records.access import LOCAL
from core.records.dataset import DatasetVersion
from core.records.model import ModelVersion
from storage.memory import MemoryBlobs, MemoryPredictionLog, MemoryStore
from storage.memory.tracking import MemoryTracking
from tests import bundles
from tests.builders import FakeClock, project

CSV = "tenure,churn\n1,Yes\n2,No\n3,Yes\n"


class House:
    def __init__(self) -> None:
        self.clock = FakeClock()
        self.store = MemoryStore()
        self.blobs = MemoryBlobs(MetadataWatch(self.store, self.clock))
        self.tracking = MemoryTracking()
        self.datasets = DatasetService(self.store, self.blobs, self.clock)
        self.differences = DifferenceService(self.store, self.blobs, self.datasets, self.clock)
        self.models = ModelService(self.store, self.blobs, self.tracking, self.clock)
        self.integrity = IntegrityService(self.store, self.blobs, self.tracking, LIMITS, self.clock)
        self.log = MemoryPredictionLog()
        inspector = Inspector(self.store, self.blobs, self.tracking, self.log, self.clock, timedelta(days=10))
        self.removal = RemovalService(self.store, self.tracking, inspector, self.clock)
        hour = timedelta(hours=1)
        self.collection = CollectionService(self.store, self.blobs, self.tracking, self.clock, hour)
        self.tracking.create_project("churn")
        with self.store.write() as work:
            work.projects.add(project())
            work.commit()

    def add(self, content: str = CSV, dataset: str = "customers") -> DatasetVersion:
        return self.datasets.add_version(LOCAL, "churn", dataset, io.BytesIO(content.encode()), "c.csv").version

    def register(self, **changes: Any) -> ModelVersion:
        return bundles.registered(self.store, self.blobs, self.tracking, self.clock, **changes)

    def damage(self, sha256: str) -> None:
        content = self.blobs.read(sha256)
        self.blobs.overwrite(sha256, bytes([content[0] ^ 1]) + content[1:])

    def actions(self) -> list[str]:
        with self.store.read() as work:
            return [event.action for event in work.events.all()]
