"""Data that is fetched: looked into before it is kept, or added at once, and refreshed from where it came."""

import tempfile
from collections.abc import Mapping
from pathlib import Path

from core.access.permissions import require
from core.data_errors import NoOrigin
from core.datasets.intake import Fence, Progress, unfenced, unheard
from core.datasets.origins import addresses
from core.datasets.origins.fetching import Fetcher
from core.datasets.service import DatasetService
from core.datasets.uploads import UploadService
from core.ports.unit_of_work import Store
from core.records.access import Actor, Permission
from core.records.base import JsonObject
from core.records.dataset import AddedVersion, DatasetVersion
from core.records.origin import Origin
from core.records.reading import AS_DETECTED, ReadingChoices
from core.records.upload import Upload

_FETCHING = 0.4
"""The share of the work that fetching is taken for."""


class OriginService:
    """Fetches data from origins."""

    def __init__(
        self, store: Store, datasets: DatasetService, uploads: UploadService, fetcher: Fetcher, folder: Path
    ) -> None:
        """``folder`` takes what is fetched while it is read."""
        self._store = store
        self._datasets = datasets
        self._uploads = uploads
        self._fetcher = fetcher
        self._folder = folder

    def order(self, actor: Actor, origin: Origin) -> JsonObject:
        """Return the payload of the ingest job that fetches data to be looked into.

        Raises:
            Denied: the actor may not add data.
            OriginRefused, OriginUnreachable: it cannot be kept or may not be asked.
        """
        require(actor, Permission.ADD_DATA)
        return {"do": "fetch", **self._fetcher.check(origin).model_dump()}

    def fetch(
        self, actor: Actor, project: str, origin: Origin, progress: Progress = unheard, fence: Fence = unfenced
    ) -> Upload:
        """Stage what an origin has now, to be looked into by the actor.

        Raises:
            Denied: the actor may not add data.
            OriginRefused, OriginUnreachable, ExtraMissing, NotATable: it cannot be fetched.
        """
        upload = self._uploads.expect(actor, project, addresses.file_name(origin), origin)
        try:
            path = self._uploads.path(upload.id)
            found = self._fetcher.fetch(origin, path, lambda share: progress("fetch", share))
            return self._uploads.arrived(actor, upload, found.sha256, found.size, fence)
        except BaseException:
            self._uploads.forget(upload.id)
            raise

    def add(
        self,
        actor: Actor,
        project: str,
        origin: Origin,
        dataset: str | None = None,
        *,
        note: str = "",
        tags: Mapping[str, str] | None = None,
        choices: ReadingChoices = AS_DETECTED,
        parent: int | None = None,
        progress: Progress = unheard,
        fence: Fence = unfenced,
    ) -> AddedVersion:
        """Fetch data and keep it as the next version; what the dataset has already makes no second.

        ``dataset`` None: named after the last part of the address.

        Raises:
            Denied: the actor may not add data.
            OriginRefused, OriginUnreachable, ExtraMissing: it cannot be fetched.
            NotATable: it is no table that can be read.
        """
        require(actor, Permission.ADD_DATA)
        kept = self._fetcher.check(origin)
        name = dataset or self._datasets.default_name(addresses.file_name(kept))
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        with tempfile.TemporaryDirectory(prefix="outside-", dir=self._folder) as folder:
            path = Path(folder) / "fetched"
            found = self._fetcher.fetch(kept, path, lambda share: progress("fetch", _FETCHING * share))
            return self._datasets.add_staged(
                actor,
                project,
                name,
                path,
                found.sha256,
                found.filename,
                note=note,
                tags=tags,
                choices=choices,
                parent=parent,
                origin=kept,
                progress=lambda stage, share: progress(stage, _FETCHING + (1 - _FETCHING) * share),
                fence=fence,
            )

    def latest(self, project: str, dataset: str) -> DatasetVersion:
        """Return the newest version of a dataset that was fetched.

        Raises:
            ProjectNotFound: there is no such project.
            DatasetNotFound: the project has no such dataset.
            NoOrigin: none of its versions was fetched.
        """
        self._datasets.resolve(project, dataset)
        versions = self._datasets.versions(project)
        found = (one for one in versions if one.dataset == dataset and one.origin is not None)
        version = next(found, None)
        if version is None:
            raise NoOrigin(project=project, dataset=dataset)
        return version

    def refresh(
        self, actor: Actor, project: str, dataset: str, progress: Progress = unheard, fence: Fence = unfenced
    ) -> AddedVersion:
        """Fetch again what a dataset was fetched from, read as its newest fetched version was.

        Raises:
            NoOrigin: it was not fetched.
            Denied, OriginRefused, OriginUnreachable, ExtraMissing, NotATable: as :meth:`add`.
        """
        require(actor, Permission.ADD_DATA)
        newest = self.latest(project, dataset)
        assert newest.origin is not None  # noqa: S101 - that is what it was looked up by
        return self.add(
            actor,
            project,
            newest.origin,
            dataset,
            note="Refreshed from its source",
            tags=newest.tags,
            choices=ReadingChoices.model_validate(newest.reading.get("choices", {})),
            progress=progress,
            fence=fence,
        )
