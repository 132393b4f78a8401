"""Dataset versions in memory."""

from core.errors import Conflict, DatasetNotFound
from core.records.dataset import DatasetRef, DatasetVersion
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

    def get(self, project: str, ref: DatasetRef) -> DatasetVersion:
        """Return one version.

        Raises:
            DatasetNotFound: there is no such version; the message names the ones there are.
        """
        version = self._view.see.datasets.get((project, ref.name, ref.number))
        if version is None:
            known = ", ".join(str(other.ref) for other in self._of(project)) or "none"
            raise DatasetNotFound(project=project, ref=str(ref), known=known)
        return loose(version)

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
