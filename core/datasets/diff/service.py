"""Differences between dataset versions: computed once, kept, shown page by page."""

import hashlib
import json
import tempfile
from collections.abc import Callable
from pathlib import Path

from core import audit
from core.access.permissions import require
from core.clock import Clock
from core.datasets.service import DatasetService
from core.ports.blobs import BlobStore
from core.ports.unit_of_work import Store
from core.records.access import Actor, Permission
from core.records.dataset import DatasetVersion
from core.records.difference import (
    ColumnDifference,
    Difference,
    DifferenceRequest,
    Distribution,
    RowDifference,
    RowSelection,
    SchemaChange,
)
from core.records.project import Project

SMALL_CELLS = 8_000_000
"""Cells of both versions together up to which a difference is found while one waits; larger ones are a job."""

PAGE_LIMIT = 1_000
METHOD = 1
"""Grows when the same two versions would give another document, so that kept ones are computed anew."""

Tell = Callable[[str, float], None]


class DifferenceService:
    """Compares two versions of datasets of one project and keeps what it finds."""

    def __init__(self, store: Store, blobs: BlobStore, datasets: DatasetService, clock: Clock) -> None:
        """Nothing is opened before its first use."""
        self._store = store
        self._blobs = blobs
        self._datasets = datasets
        self._clock = clock

    def is_small(self, project: str, request: DifferenceRequest) -> bool:
        """Tell whether :meth:`compute` answers while one waits.

        Raises:
            DatasetNotFound: there is no such version; the message names the ones there are.
        """
        versions = self._versions(project, request)
        return sum(version.rows * len(version.columns) for version in versions) <= SMALL_CELLS

    def find(self, project: str, request: DifferenceRequest) -> Difference | None:
        """Return the difference when it was computed already and its rows are still there.

        Raises:
            ProjectNotFound: there is no such project.
            DatasetNotFound: there is no such version; the message names the ones there are.
        """
        with self._store.read() as work:
            known = work.projects.get(project)
        identity = _identity(known, request, self._versions(project, request))
        with self._store.read() as work:
            found = work.differences.get(identity)
        return found if found is not None and self._blobs.exists(found.rows_sha256) else None

    def known(self, project: str, id: str) -> Difference | None:
        """Return a difference of a project by its id, or None."""
        with self._store.read() as work:
            found = work.differences.get(id)
        return found if found is not None and found.project == project else None

    def compute(
        self, actor: Actor, project: str, request: DifferenceRequest, tell: Tell = lambda _stage, _fraction: None
    ) -> Difference:
        """Return the difference, from what was kept or computed out of core; ``tell`` hears stage and fraction.

        Memory stays below about one gigabyte whatever the size.

        Raises:
            Denied: the actor may not look at data.
            ProjectNotFound, DatasetNotFound: there is no such project or version.
            InvalidKey: the given key is no column of both, or rows share it; the message has examples.
            BlobNotFound, BlobCorrupt: a stored table cannot be trusted.
        """
        require(actor, Permission.VIEW)
        found = self.find(project, request)
        if found is not None:
            return found
        with self._store.read() as work:
            known = work.projects.get(project)
        with tempfile.TemporaryDirectory(prefix="pilothouse-") as folder:
            return self._compute(actor, known, request, Path(folder) / "rows.parquet", tell)

    def page(
        self, difference: Difference, selection: RowSelection, offset: int = 0, limit: int = 100
    ) -> list[RowDifference]:
        """Return at most ``limit`` differing rows from ``offset`` on, in the order of the older version.

        Raises:
            InvalidInput: the selection names no column that both versions have.
            BlobNotFound, BlobCorrupt: the stored rows cannot be trusted; compute the difference again.
        """
        from core.datasets.diff import rows

        path = self._blobs.path(difference.rows_sha256)
        return rows.page(path, difference, selection, max(offset, 0), min(limit, PAGE_LIMIT))

    def count(self, difference: Difference, selection: RowSelection) -> int:
        """Return how many differing rows a selection has; errors as in :meth:`page`."""
        from core.datasets.diff import rows

        return rows.count(self._blobs.path(difference.rows_sha256), difference, selection)

    def export(self, difference: Difference, selection: RowSelection, target: Path) -> None:
        """Write the selected rows to ``target``: CSV that is harmless to spreadsheets, or Parquet by the suffix.

        The file appears whole or not at all. Errors as in :meth:`page`.
        """
        from core.datasets.diff import rows

        path = self._blobs.path(difference.rows_sha256)
        with tempfile.TemporaryDirectory(dir=target.parent, prefix=".pilothouse-") as folder:
            part = Path(folder) / f"part{target.suffix}"
            rows.export(path, difference, selection, part)
            part.replace(target)

    def places(self, difference: Difference) -> dict[str, list[int]]:
        """Return the places in the older version of the rows that changed and of those that went.

        Raises:
            BlobNotFound, BlobCorrupt: the stored rows cannot be trusted; compute the difference again.
        """
        from core.datasets.diff import rows

        return rows.places(self._blobs.path(difference.rows_sha256))

    def _versions(self, project: str, request: DifferenceRequest) -> tuple[DatasetVersion, DatasetVersion]:
        return self._datasets.get(project, request.before), self._datasets.get(project, request.after)

    def _compute(
        self, actor: Actor, project: Project, request: DifferenceRequest, rows: Path, tell: Tell
    ) -> Difference:
        from core.datasets import duck
        from core.datasets.diff import comparison, distributions, keys
        from core.datasets.diff.sides import Side, Sides

        versions = self._versions(project.name, request)
        sides = Sides(*(Side(version, self._blobs.path(version.parquet_sha256)) for version in versions))
        with duck.bounded() as connection:
            tell("key", 0.05)
            key = keys.propose(connection, sides, project) if request.key is None else request.key
            if request.key:
                keys.check(connection, sides, key)
            tell("rows", 0.25)
            counted = comparison.compare(connection, sides, key, request.tolerance, rows)
            tell("distributions", 0.7)
            is_exact = not (key and request.tolerance)
            found = dict(distributions.distributions(connection, sides, rows, is_exact=is_exact))
        with rows.open("rb") as file:
            rows_sha256, _ = self._blobs.put(file)
        before, after = versions
        difference = Difference(
            id=_identity(project, request, versions),
            project=project.name,
            before=str(before.ref),
            after=str(after.ref),
            key=key,
            is_key_proposed=request.key is None,
            tolerance=request.tolerance,
            rows_before=before.rows,
            rows_after=after.rows,
            added=counted.added,
            removed=counted.removed,
            changed=counted.changed,
            unchanged=before.rows - counted.removed - counted.changed,
            schema_changes=_schema(sides.names, before, after),
            columns=_columns(sides.names, before, after, counted.cells, found),
            rows_sha256=rows_sha256,
            created_at=self._clock.now(),
        )
        return self._keep(actor, difference)

    def _keep(self, actor: Actor, difference: Difference) -> Difference:
        with self._store.write() as work:
            work.differences.keep(difference)
            counts = {"added": difference.added, "removed": difference.removed, "changed": difference.changed}
            subject = f"{difference.before} {difference.after}"
            audit.record(work, difference.created_at, actor.name, "dataset.diff", difference.project, subject, counts)
            work.commit()
        return difference


def _identity(project: Project, request: DifferenceRequest, versions: tuple[DatasetVersion, DatasetVersion]) -> str:
    """Return an id that two requests share exactly when they have the same answer."""
    roles = [project.id_column, project.time_column, project.target] if request.key is None else []
    facts = [METHOD, project.name, request.model_dump(mode="json"), [v.parquet_sha256 for v in versions], roles]
    return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()[:32]


def _schema(names: tuple[str, ...], before: DatasetVersion, after: DatasetVersion) -> tuple[SchemaChange, ...]:
    return tuple(
        SchemaChange(name=column.name, before=column.before, after=column.after)
        for column in _columns(names, before, after, {}, {})
        if column.before is not column.after
    )


def _columns(
    names: tuple[str, ...],
    before: DatasetVersion,
    after: DatasetVersion,
    cells: dict[str, int],
    found: dict[str, Distribution],
) -> tuple[ColumnDifference, ...]:
    old = {column.name: column.kind for column in before.columns}
    new = {column.name: column.kind for column in after.columns}
    return tuple(
        ColumnDifference(
            name=name,
            before=old.get(name),
            after=new.get(name),
            changed=cells.get(name, 0),
            distribution=found.get(name),
        )
        for name in names
    )
