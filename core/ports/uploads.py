"""Uploads at rest."""

from datetime import datetime
from typing import Protocol

from core.records.reading import ReadingChoices
from core.records.upload import Upload


class UploadRepository(Protocol):
    """The rows of files on their way in; a row with a hash stands for a whole file that is safe on disk.

    All methods take part in the surrounding transaction.
    """

    def add(self, upload: Upload) -> None:
        """Store a new upload.

        Raises:
            ProjectNotFound: there is no such project.
        """
        ...

    def get(self, id: str) -> Upload | None:
        """Return one upload, or None."""
        ...

    def complete(self, id: str, sha256: str, size: int) -> None:
        """Note the hash and the size of what arrived in full; nothing when the upload is gone."""
        ...

    def choose(self, id: str, choices: ReadingChoices) -> None:
        """Note what the author overrules; nothing when the upload is gone."""
        ...

    def remove(self, id: str) -> None:
        """Forget an upload; one that is not there is fine."""
        ...

    def find(self, before: datetime | None = None) -> list[Upload]:
        """Return all uploads, or those that began before a moment, oldest first."""
        ...
