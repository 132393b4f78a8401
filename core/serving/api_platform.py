"""What the scoring API needs of the platform."""

from typing import Protocol

from core.access.service import AccessService
from core.clock import Clock
from core.ports.blobs import BlobStore
from core.ports.unit_of_work import Store
from core.serving.elsewhere.door import TakesVersions
from core.serving.labels import LabelService
from core.serving.service import ServingService
from core.serving.signals import HearsSignals
from core.settings import Settings


class ApiPlatform(Protocol):
    """What the API needs of the platform."""

    @property
    def settings(self) -> Settings:
        """The settings in force."""
        ...

    @property
    def clock(self) -> Clock:
        """The time."""
        ...

    @property
    def store(self) -> Store:
        """The metadata."""
        ...

    @property
    def blobs(self) -> BlobStore:
        """The stored bytes."""
        ...

    @property
    def access(self) -> AccessService:
        """Who may do what."""
        ...

    @property
    def serving(self) -> ServingService:
        """Answers and their log."""
        ...

    @property
    def labels(self) -> LabelService:
        """The truth that arrives later."""
        ...

    @property
    def arrivals(self) -> TakesVersions:
        """Versions that others push here."""
        ...

    @property
    def rules(self) -> HearsSignals:
        """What signals from outside may lead to."""
        ...
