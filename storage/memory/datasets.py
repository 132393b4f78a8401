"""Dataset versions in memory."""

from core.errors import Conflict, DatasetNotFound
from core.records.dataset import DatasetRef, DatasetVersion
from core.records.removal import DeletedVersion
from storage.dataset_rules import refuse_deleted
from storage.memory.tables import View, loose
from storage.rows import settled


class MemoryDatasets:
    """A :class:`core.ports.datasets.DatasetRepository`."""

    def __init__(self, view: View) -> None:
        self._view = view

    def add(self, version: DatasetVersion) -> None:
        """Store a new version.

        Raises:
            Conflict: that number is taken.
            ProjectNotFound: there is no such project.
        """
        datasets = self._view.change.datasets
        self._view.need_project(version.project)
        key = (version.project, version.dataset, version.number)
        if key in datasets:
            raise Conflict(problem=f"Dataset version {version.ref} exists already. Try again.")
        datasets[key] = settled(version)

    def describe(self, version: DatasetVersion) -> None:
        """Replace the note, the tags and the profile of a stored version; all else of it never changes.

        Raises:
            DatasetNotFound: there is no such version.
        """
        stored = self.get(version.project, version.ref)
        described = {"note": version.note, "tags": version.tags, "profile": version.profile}
        key = (version.project, version.dataset, version.number)
        self._view.change.datasets[key] = settled(stored.model_copy(update=described))

    def get(self, project: str, ref: DatasetRef) -> DatasetVersion:
        """Return one version.

        Raises:
            DatasetNotFound: there is no such version; the message names the ones there are.
        """
        version = self._view.see.datasets.get((project, ref.name, ref.number))
        if version is None:
            refuse_deleted(self.deleted(project), ref)
            known = ", ".join(str(other.ref) for other in self._of(project)) or "none"
            raise DatasetNotFound(project=project, ref=str(ref), known=known)
        return loose(version)

    def next_number(self, project: str, dataset: str) -> int:
        """Return the number for the next version."""
        keys = (*self._view.see.datasets, *self._view.see.deleted)
        return max((number for *of, number in keys if of == [project, dataset]), default=0) + 1

    def remove(self, tombstone: DeletedVersion) -> None:
        """Remove a version and keep what is left of it.

        Raises:
            DatasetNotFound: there is no such version.
        """
        self.get(tombstone.project, DatasetRef(name=tombstone.dataset, number=tombstone.number))
        key = (tombstone.project, tombstone.dataset, tombstone.number)
        del self._view.change.datasets[key]
        self._view.change.deleted[key] = settled(tombstone)

    def deleted(self, project: str) -> list[DeletedVersion]:
        """Return what is left of deleted versions, newest deletion first."""
        return [loose(left) for left in reversed(self._view.see.deleted.values()) if left.project == project]

    def latest(self, project: str, dataset: str) -> DatasetVersion | None:
        """Return the version with the highest number, or None."""
        versions = [version for version in self._of(project) if version.dataset == dataset]
        return loose(max(versions, key=lambda version: version.number)) if versions else None

    def find_content(self, project: str, dataset: str, sha256: str) -> list[DatasetVersion]:
        """Return the versions of the dataset with these original bytes, newest first."""
        same = [version for version in self._of(project) if (version.dataset, version.sha256) == (dataset, sha256)]
        return [loose(version) for version in sorted(same, key=lambda version: -version.number)]

    def find(self, project: str) -> list[DatasetVersion]:
        """Return all versions of all datasets of the project, newest first."""
        return [loose(version) for version in self._of(project)]

    def _of(self, project: str) -> list[DatasetVersion]:
        return [version for version in reversed(self._view.see.datasets.values()) if version.project == project]
