"""Dataset versions at rest."""

from typing import Protocol

from core.records.dataset import DatasetRef, DatasetVersion
from core.records.removal import DeletedVersion


class DatasetRepository(Protocol):
    """Immutable dataset versions, numbered from 1 within (project, dataset)."""

    def add(self, version: DatasetVersion) -> None:
        """Store a new version.

        Raises:
            Conflict: that number is taken (another writer was faster; take the next number in a new transaction).
            ProjectNotFound: there is no such project.
        """
        ...

    def describe(self, version: DatasetVersion) -> None:
        """Replace the note, the tags and the profile of a stored version; all else of it never changes.

        Raises:
            DatasetNotFound: there is no such version.
        """
        ...

    def get(self, project: str, ref: DatasetRef) -> DatasetVersion:
        """Return one version.

        Raises:
            DatasetDeleted: it was deleted; the message says by whom and why.
            DatasetNotFound: there is no such version; the message names the ones there are.
        """
        ...

    def next_number(self, project: str, dataset: str) -> int:
        """Return the number for the next version: one more than any there is, or was before it was deleted."""
        ...

    def remove(self, tombstone: DeletedVersion) -> None:
        """Remove a version and keep what is left of it.

        Raises:
            DatasetNotFound: there is no such version.
        """
        ...

    def deleted(self, project: str) -> list[DeletedVersion]:
        """Return what is left of deleted versions, newest deletion first."""
        ...

    def latest(self, project: str, dataset: str) -> DatasetVersion | None:
        """Return the version with the highest number, or None."""
        ...

    def find_content(self, project: str, dataset: str, sha256: str) -> list[DatasetVersion]:
        """Return the versions of the dataset with these original bytes, newest first."""
        ...

    def find(self, project: str) -> list[DatasetVersion]:
        """Return all versions of all datasets of the project, newest first."""
        ...
