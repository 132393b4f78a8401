"""Dataset versions in SQL."""

from sqlalchemy import delete, func, select, update

from core.errors import Conflict, DatasetNotFound
from core.records.dataset import DatasetRef, DatasetVersion
from core.records.removal import DeletedVersion
from storage.blob_tables import deleted_version
from storage.dataset_rules import refuse_deleted
from storage.rows import to_row
from storage.statements import Statements
from storage.tables import dataset_version as table


class SqlDatasets:
    """A :class:`core.ports.datasets.DatasetRepository`."""

    def __init__(self, statements: Statements) -> None:
        self._db = statements

    def add(self, version: DatasetVersion) -> None:
        """Store a new version.

        Raises:
            Conflict: that number is taken.
            ProjectNotFound: there is no such project.
        """
        self._db.need_project(version.project)
        if not self._db.change(self._db.insert(table).on_conflict_do_nothing(), to_row(version)):
            raise Conflict(problem=f"Dataset version {version.ref} exists already. Try again.")

    def describe(self, version: DatasetVersion) -> None:
        """Replace the note, the tags and the profile of a stored version; all else of it never changes.

        Raises:
            DatasetNotFound: there is no such version.
        """
        of = (table.c.project == version.project) & (table.c.dataset == version.dataset)
        row = to_row(version)
        values = {name: row[name] for name in ("note", "tags", "profile")}
        if not self._db.change(update(table).where(of, table.c.number == version.number).values(values)):
            self.get(version.project, version.ref)

    def get(self, project: str, ref: DatasetRef) -> DatasetVersion:
        """Return one version.

        Raises:
            DatasetDeleted: it was deleted; the message says by whom and why.
            DatasetNotFound: there is no such version; the message names the ones there are.
        """
        query = select(table).where(
            table.c.project == project, table.c.dataset == ref.name, table.c.number == ref.number
        )
        version = self._db.one(DatasetVersion, query)
        if version is None:
            refuse_deleted(self.deleted(project), ref)
            known = ", ".join(str(other.ref) for other in self.find(project)) or "none"
            raise DatasetNotFound(project=project, ref=str(ref), known=known)
        return version

    def next_number(self, project: str, dataset: str) -> int:
        """Return the number for the next version."""
        numbers = [
            self._db.value(select(func.max(one.c.number)).where(one.c.project == project, one.c.dataset == dataset))
            for one in (table, deleted_version)
        ]
        return max(number or 0 for number in numbers) + 1

    def remove(self, tombstone: DeletedVersion) -> None:
        """Remove a version and keep what is left of it.

        Raises:
            DatasetNotFound: there is no such version.
        """
        ref = DatasetRef(name=tombstone.dataset, number=tombstone.number)
        self.get(tombstone.project, ref)
        gone = (table.c.project == tombstone.project) & (table.c.dataset == ref.name) & (table.c.number == ref.number)
        self._db.change(delete(table).where(gone))
        self._db.change(self._db.insert(deleted_version), to_row(tombstone))

    def deleted(self, project: str) -> list[DeletedVersion]:
        """Return what is left of deleted versions, newest deletion first."""
        query = select(deleted_version).where(deleted_version.c.project == project)
        return self._db.all(DeletedVersion, query.order_by(deleted_version.c.seq.desc()))

    def latest(self, project: str, dataset: str) -> DatasetVersion | None:
        """Return the version with the highest number, or None."""
        query = select(table).where(table.c.project == project, table.c.dataset == dataset)
        return self._db.one(DatasetVersion, query.order_by(table.c.number.desc()).limit(1))

    def find_content(self, project: str, dataset: str, sha256: str) -> list[DatasetVersion]:
        """Return the versions of the dataset with these original bytes, newest first."""
        query = select(table).where(table.c.project == project, table.c.dataset == dataset, table.c.sha256 == sha256)
        return self._db.all(DatasetVersion, query.order_by(table.c.number.desc()))

    def find(self, project: str) -> list[DatasetVersion]:
        """Return all versions of all datasets of the project, newest first."""
        query = select(table).where(table.c.project == project)
        return self._db.all(DatasetVersion, query.order_by(table.c.seq.desc()))
