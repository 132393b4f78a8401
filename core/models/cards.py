"""Model cards: drafted from what the stores hold, completed by people, every saved state kept."""

from pydantic import ValidationError

from core import audit
from core.access.permissions import require
from core.clock import Clock
from core.errors import DatasetNotFound, RunNotFound
from core.models.card_draft import CardFacts, draft
from core.models.service import ModelService
from core.ports.blobs import BlobStore
from core.ports.tracking import Tracking
from core.ports.unit_of_work import Store
from core.records.access import Actor, Permission
from core.records.base import JsonObject
from core.records.card import CARD_FIELDS, CardText, ModelCard
from core.records.dataset import DatasetVersion
from core.records.model import Alias, ModelManifest, ModelVersion
from core.records.reproduction import EnvironmentLock
from core.records.training import Run
from core.training import environment
from core.training.execution import ENVIRONMENT, EVALUATION
from core.training.manifests import read_manifest
from core.training_errors import CardChanged, InvalidCard

MOST_CHARACTERS = 20_000


class CardService:
    """The cards of model versions."""

    def __init__(self, store: Store, blobs: BlobStore, tracking: Tracking, models: ModelService, clock: Clock) -> None:
        self._store = store
        self._blobs = blobs
        self._tracking = tracking
        self._models = models
        self._clock = clock

    def card(self, project: str, version: int) -> ModelCard:
        """Return the card of a version as the stores know it now.

        Raises:
            ProjectNotFound: there is no such project.
            VersionNotFound: there is no such version.
            BlobNotFound: the model's bytes are missing.
        """
        found = self._models.version(project, version)
        manifest = read_manifest(self._blobs, found.bundle_sha256)
        run, data = self._run(found), self._data(project, manifest)
        with self._store.read() as work:
            facts = CardFacts(
                project=work.projects.get(project),
                version=found,
                manifest=manifest,
                run=run,
                evaluation=self._document(run, EVALUATION),
                data=data,
                lock=self._lock(run),
                deployments=work.deployments.history(project, Alias.CHAMPION),
                reproductions=work.reproductions.find(project, found.run_id),
                is_proven=work.deployments.is_proven(found.bundle_sha256, environment.answering()),
                text=next(iter(work.cards.find(project, version)), None),
            )
        return draft(facts)

    def texts(self, project: str, version: int) -> list[CardText]:
        """Return what people wrote on a card, every saved state, newest first."""
        with self._store.read() as work:
            return work.cards.find(project, version)

    def write(
        self, actor: Actor, project: str, version: int, fields: dict[str, str], *, expected: int | None = None
    ) -> CardText:
        """Save what people write on a card as a new state; the earlier ones stay.

        Args:
            actor: who writes.
            project: its name.
            version: the model version.
            fields: Markdown by the names of ``CARD_FIELDS``; fields left out keep what they say.
            expected: the state the writer saw, 0 for none; None takes the newest.

        Raises:
            Denied: the actor may neither train nor promote.
            InvalidCard: a field is unknown, or too long.
            CardChanged: somebody saved another state meanwhile.
            VersionNotFound: there is no such version.
        """
        require(actor, Permission.WRITE_CARDS)
        _check(fields)
        self._models.version(project, version)
        now = self._clock.now()
        with self._store.write() as work:
            newest = next(iter(work.cards.find(project, version)), None)
            number = newest.number if newest else 0
            if expected is not None and expected != number:
                raise CardChanged(version=version, project=project)
            kept = {**(newest.fields if newest else {}), **{name: text.strip() for name, text in fields.items()}}
            text = CardText(
                project=project,
                version=version,
                number=number + 1,
                fields=kept,
                author=actor.name,
                created_at=now,
            )
            work.cards.add(text)
            details = {"state": text.number, "fields": sorted(fields)}
            audit.record(work, now, actor.name, "card.write", project, f"version {version}", details)
            work.commit()
        return text

    def _run(self, version: ModelVersion) -> Run | None:
        try:
            return self._tracking.run(version.project, version.run_id)
        except RunNotFound:
            return None

    def _document(self, run: Run | None, name: str) -> JsonObject:
        return {} if run is None else self._tracking.document(run.run_id, name) or {}

    def _lock(self, run: Run | None) -> EnvironmentLock | None:
        try:
            return EnvironmentLock.model_validate(self._document(run, ENVIRONMENT))
        except ValidationError:
            return None

    def _data(self, project: str, manifest: ModelManifest) -> DatasetVersion | None:
        with self._store.read() as work:
            try:
                return work.datasets.get(project, manifest.dataset)
            except DatasetNotFound:
                return None


def _check(fields: dict[str, str]) -> None:
    unknown = sorted(set(fields) - set(CARD_FIELDS))
    if unknown:
        raise InvalidCard(problem=f"there is no field {unknown[0]!r}. There are: {', '.join(CARD_FIELDS)}.")
    for name, text in fields.items():
        if len(text) > MOST_CHARACTERS:
            raise InvalidCard(problem=f"{name} is longer than {MOST_CHARACTERS:,} characters.")
