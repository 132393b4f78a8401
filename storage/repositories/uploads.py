"""Files on their way in, in SQL."""

from datetime import datetime

from sqlalchemy import delete, select, update

from core.records.reading import ReadingChoices
from core.records.upload import Upload
from storage.rows import to_row
from storage.statements import Statements
from storage.upload_tables import upload as table


class SqlUploads:
    """A :class:`core.ports.uploads.UploadRepository`."""

    def __init__(self, statements: Statements) -> None:
        self._db = statements

    def add(self, upload: Upload) -> None:
        """Store a new upload.

        Raises:
            ProjectNotFound: there is no such project.
        """
        self._db.need_project(upload.project)
        self._db.change(self._db.insert(table), to_row(upload))

    def get(self, id: str) -> Upload | None:
        """Return one upload, or None."""
        return self._db.one(Upload, select(table).where(table.c.id == id))

    def complete(self, id: str, sha256: str, size: int) -> None:
        """Note the hash and the size of what arrived in full; nothing when the upload is gone."""
        self._db.change(update(table).where(table.c.id == id).values(sha256=sha256, size=size))

    def choose(self, id: str, choices: ReadingChoices) -> None:
        """Note what the author overrules; nothing when the upload is gone."""
        self._db.change(update(table).where(table.c.id == id).values(choices=choices.model_dump()))

    def remove(self, id: str) -> None:
        """Forget an upload; one that is not there is fine."""
        self._db.change(delete(table).where(table.c.id == id))

    def find(self, before: datetime | None = None) -> list[Upload]:
        """Return all uploads, or those that began before a moment, oldest first."""
        query = select(table).order_by(table.c.seq)
        return self._db.all(Upload, query if before is None else query.where(table.c.created_at < before))
