"""Deployment intervals in memory."""

from collections.abc import Iterator
from datetime import datetime

from core.records.model import Alias, AliasExpectation, Deployment
from storage.memory.tables import View, loose
from storage.rows import settled


class MemoryDeployments:
    """A :class:`core.ports.deployments.DeploymentRepository`."""

    def __init__(self, view: View) -> None:
        self._view = view

    def open(
        self,
        project: str,
        alias: Alias,
        version: int,
        run_id: str,
        bundle_sha256: str,
        actor: str,
        reason: str,
        now: datetime,
        *,
        verdict: str = "",
        overridden: bool = False,
    ) -> Deployment:
        """Close the open interval of (project, alias), if any, and open a new one; both at ``now``.

        Raises:
            ProjectNotFound: there is no such project.
        """
        tables = self._view.change
        self._view.need_project(project)
        self.close(project, alias, now)
        tables.last_deployment += 1
        deployment = Deployment(
            id=tables.last_deployment,
            project=project,
            alias=alias,
            version=version,
            run_id=run_id,
            bundle_sha256=bundle_sha256,
            since=now,
            until=None,
            actor=actor,
            reason=reason,
            verdict=verdict,
            overridden=overridden,
        )
        tables.deployments[deployment.id] = settled(deployment)
        return deployment

    def close(self, project: str, alias: Alias, now: datetime) -> Deployment | None:
        """Close the open interval and return it, or None when none is open."""
        tables = self._view.change
        current = self.current(project, alias)
        if current is None:
            return None
        closed = current.model_copy(update={"until": now})
        tables.deployments[closed.id] = closed
        return closed

    def current(self, project: str, alias: Alias) -> Deployment | None:
        """Return the open interval, or None."""
        return next((deployment for deployment in self._of(project, alias) if deployment.until is None), None)

    def live(self, alias: Alias = Alias.CHAMPION) -> list[Deployment]:
        """Return the open intervals of ``alias`` in all projects."""
        rows = self._view.see.deployments.values()
        live = [loose(row) for row in rows if row.alias is alias and row.until is None]
        return sorted(live, key=lambda deployment: deployment.project)

    def history(self, project: str, alias: Alias) -> list[Deployment]:
        """Return all intervals, newest first."""
        return list(self._of(project, alias))

    def at(self, project: str, alias: Alias, moment: datetime) -> Deployment | None:
        """Return the interval that held at ``moment`` (``since <= moment < until``), or None."""
        held = (
            deployment
            for deployment in self._of(project, alias)
            if deployment.since <= moment and (deployment.until is None or moment < deployment.until)
        )
        return next(held, None)

    def expectation(self, project: str, alias: Alias) -> AliasExpectation:
        """Return what MLflow's alias is expected to say: no version while nothing else was stored."""
        found = self._view.see.expectations.get((project, alias))
        return loose(found) if found else AliasExpectation(project=project, alias=alias)

    def expect(self, expectation: AliasExpectation) -> None:
        """Store what an alias is expected to say from now on.

        Raises:
            ProjectNotFound: there is no such project.
        """
        self._view.need_project(expectation.project)
        self._view.change.expectations[expectation.project, expectation.alias] = settled(expectation)

    def prove(self, bundle_sha256: str, environment: str, now: datetime) -> None:
        """Remember that a bundle answered as it did at training, in ``environment``; once is enough."""
        self._view.change.proofs.setdefault((bundle_sha256, environment), now)

    def is_proven(self, bundle_sha256: str, environment: str) -> bool:
        """Whether that is remembered."""
        return (bundle_sha256, environment) in self._view.see.proofs

    def _of(self, project: str, alias: Alias) -> Iterator[Deployment]:
        for row in reversed(self._view.see.deployments.values()):
            if row.project == project and row.alias is alias:
                yield loose(row)
