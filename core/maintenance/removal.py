"""Deleting data and runs with care: what is live is refused, numbers are never given again, the trail remembers."""

from dataclasses import dataclass

from core import audit
from core.access.permissions import require
from core.clock import Clock
from core.maintenance.impact import Inspector
from core.maintenance_errors import StillNeeded
from core.ports.tracking import Tracking
from core.ports.unit_of_work import Store, UnitOfWork
from core.records.access import Actor, Permission
from core.records.base import clipped
from core.records.dataset import DatasetRef, DatasetVersion
from core.records.model import Alias
from core.records.removal import DeletedVersion, Impact

LONGEST_REASON = 500


@dataclass(frozen=True)
class RemovalService:
    """Previews and carries out deletions; disk space comes back with the next tidying."""

    store: Store
    tracking: Tracking
    inspector: Inspector
    clock: Clock

    def preview_data(self, project: str, name: str, number: int | None = None) -> Impact:
        """Return what :meth:`delete_data` would do.

        Raises:
            ProjectNotFound, DatasetNotFound: there is no such thing.
        """
        return self.inspector.data(project, name, number)

    def preview_run(self, project: str, run_id: str) -> Impact:
        """Return what :meth:`delete_run` would do.

        Raises:
            RunNotFound: there is no such run.
        """
        return self.inspector.run(project, run_id)

    def preview_project(self, project: str) -> Impact:
        """Return what deleting the project would do.

        Raises:
            ProjectNotFound: there is none of that name.
        """
        return self.inspector.project(project)

    def deleted(self, project: str) -> list[DeletedVersion]:
        """Return the dataset versions that were deleted, newest deletion first."""
        with self.store.read() as work:
            return work.datasets.deleted(project)

    def delete_data(
        self, actor: Actor, project: str, name: str, number: int | None = None, *, reason: str = ""
    ) -> Impact:
        """Delete a dataset version, or with None all versions of the dataset; return what that did.

        Raises:
            Denied: the actor may not delete data.
            ProjectNotFound, DatasetNotFound: there is no such thing.
            StillNeeded: a version trained on it serves or served lately, or a job works with it; nothing was deleted.
        """
        require(actor, Permission.DELETE_DATA)
        impact = self._allowed(self.inspector.data(project, name, number))
        unused = self.inspector.only(project, impact.versions)
        with self.store.write() as work:
            for ref in impact.versions:
                self._delete_version(work, actor, work.datasets.get(project, DatasetRef.parse(ref)), reason)
            work.blobs.mark(unused, self.clock.now())
            work.commit()
        return impact

    def delete_run(self, actor: Actor, project: str, run_id: str, *, reason: str = "") -> Impact:
        """Delete a run with the runs nested in it and its model version; return what that did.

        The event comes first: a run that MLflow still has after a failure can be deleted again.

        Raises:
            Denied: the actor may not delete runs.
            RunNotFound: there is no such run.
            StillNeeded: its version serves or served lately, or it runs; nothing was deleted.
        """
        require(actor, Permission.DELETE_DATA)
        impact = self._allowed(self.inspector.run(project, run_id))
        now = self.clock.now()
        details = {"versions": list(impact.model_versions), "reason": clipped(reason, LONGEST_REASON)}
        with self.store.write() as work:
            challenger = work.deployments.current(project, Alias.CHALLENGER)
            if challenger and challenger.version in impact.model_versions:
                work.deployments.close(project, Alias.CHALLENGER, max(now, challenger.since))
            audit.record(work, now, actor.name, "run.delete", project, run_id, details)
            work.commit()
        for one in reversed(impact.runs):
            self.tracking.delete_run(project, one)
        with self.store.write() as work:
            work.run_index.gone(project, impact.runs, now)
            work.commit()
        return impact

    def _delete_version(self, work: UnitOfWork, actor: Actor, version: DatasetVersion, reason: str) -> None:
        now, ref = self.clock.now(), str(version.ref)
        work.differences.forget(version.project, ref)
        work.contracts.forget(version.project, version.ref)
        work.datasets.remove(
            DeletedVersion(
                project=version.project,
                dataset=version.dataset,
                number=version.number,
                sha256=version.sha256,
                rows=version.rows,
                source=version.source,
                deleted_at=now,
                deleted_by=actor.name,
                reason=clipped(reason, LONGEST_REASON),
            )
        )
        details = {"sha256": version.sha256, "rows": version.rows, "reason": clipped(reason, LONGEST_REASON)}
        audit.record(work, now, actor.name, "dataset.delete", version.project, ref, details)

    def _allowed(self, impact: Impact) -> Impact:
        if impact.refused:
            raise StillNeeded(subject=impact.subject, problem="; ".join(impact.refused))
        return impact
