"""Files on their way in, in memory."""

from datetime import datetime
from typing import Any

from core.records.reading import ReadingChoices
from core.records.upload import Upload
from storage.memory.tables import View, loose
from storage.rows import settled


class MemoryUploads:
    """A :class:`core.ports.uploads.UploadRepository`."""

    def __init__(self, view: View) -> None:
        self._view = view

    def add(self, upload: Upload) -> None:
        """Store a new upload.

        Raises:
            ProjectNotFound: there is no such project.
        """
        uploads = self._view.change.uploads
        self._view.need_project(upload.project)
        uploads[upload.id] = settled(upload)

    def get(self, id: str) -> Upload | None:
        """Return one upload, or None."""
        found = self._view.see.uploads.get(id)
        return None if found is None else loose(found)

    def complete(self, id: str, sha256: str, size: int) -> None:
        """Note the hash and the size of what arrived in full; nothing when the upload is gone."""
        self._update(id, sha256=sha256, size=size)

    def choose(self, id: str, choices: ReadingChoices) -> None:
        """Note what the author overrules; nothing when the upload is gone."""
        self._update(id, choices=choices.model_copy(deep=True))

    def remove(self, id: str) -> None:
        """Forget an upload; one that is not there is fine."""
        self._view.change.uploads.pop(id, None)

    def find(self, before: datetime | None = None) -> list[Upload]:
        """Return all uploads, or those that began before a moment, oldest first."""
        found = self._view.see.uploads.values()
        return [loose(upload) for upload in found if before is None or upload.created_at < before]

    def _update(self, id: str, **changes: Any) -> None:
        uploads = self._view.change.uploads
        if id in uploads:
            uploads[id] = uploads[id].model_copy(update=changes)
