from typing import Any

from core import audit
from core.errors import (
    TrackingUnavailable,
)
from core.models.service import ModelService
from core.ports.tracking import Tracking
from core.records.access import Actor, Role
from core.records.model import Alias, ModelVersion
from storage.memory import MemoryBlobs, MemoryStore
from storage.memory.tracking import MemoryTracking
from tests import bundles
from tests.builders import FakeClock, project

ANN = Actor(name="ann", role=Role.ADMIN)
BOB = Actor(name="bob", role=Role.ADMIN)


class Failing:
    """A tracking whose alias writes fail while ``broken``; everything else passes through."""

    def __init__(self, inner: Tracking) -> None:
        self.inner = inner
        self.broken = False
        self.error: Exception = TrackingUnavailable(problem="MLflow is away")

    def __getattr__(self, name: str) -> Any:
        if self.broken and name in ("set_alias", "remove_alias", "alias"):
            raise self.error
        return getattr(self.inner, name)


class House:
    """A model service over stores in memory."""

    def __init__(self) -> None:
        self.clock = FakeClock()
        self.store = MemoryStore()
        self.blobs = MemoryBlobs()
        self.tracking = Failing(MemoryTracking())
        self.models = ModelService(self.store, self.blobs, self.tracking, self.clock)
        self.tracking.create_project("churn")
        with self.store.write() as work:
            work.projects.add(project())
            work.commit()

    def register(self, **changes: Any) -> ModelVersion:
        return bundles.registered(self.store, self.blobs, self.tracking, self.clock, **changes)

    def aliases(self) -> dict[Alias, int | None]:
        return {alias: self.tracking.inner.alias("churn", alias) for alias in Alias}

    def events(self) -> list[tuple[str, str, str]]:
        with self.store.read() as work:
            found = work.events.all()
        assert audit.first_broken(found) is None
        return [(event.actor, event.action, event.subject) for event in found if event.action != "version.register"]
