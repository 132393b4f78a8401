"""Deployment intervals at rest."""

from datetime import datetime
from typing import Protocol

from core.records.model import Alias, AliasExpectation, Deployment


class DeploymentRepository(Protocol):
    """Which version held which alias when. For each (project, alias) at most one interval is open."""

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
        ...

    def close(self, project: str, alias: Alias, now: datetime) -> Deployment | None:
        """Close the open interval and return it, or None when none is open."""
        ...

    def current(self, project: str, alias: Alias) -> Deployment | None:
        """Return the open interval, or None."""
        ...

    def live(self, alias: Alias = Alias.CHAMPION) -> list[Deployment]:
        """Return the open intervals of ``alias`` in all projects: of champions, what the scoring API must serve."""
        ...

    def history(self, project: str, alias: Alias) -> list[Deployment]:
        """Return all intervals, newest first."""
        ...

    def at(self, project: str, alias: Alias, moment: datetime) -> Deployment | None:
        """Return the interval that held at ``moment`` (``since <= moment < until``), or None."""
        ...

    def expectation(self, project: str, alias: Alias) -> AliasExpectation:
        """Return what MLflow's alias is expected to say: no version while nothing else was stored."""
        ...

    def expect(self, expectation: AliasExpectation) -> None:
        """Store what an alias is expected to say from now on.

        Raises:
            ProjectNotFound: there is no such project.
        """
        ...

    def prove(self, bundle_sha256: str, environment: str, now: datetime) -> None:
        """Remember that a bundle answered as it did at training, in ``environment``; once is enough."""
        ...

    def is_proven(self, bundle_sha256: str, environment: str) -> bool:
        """Whether that is remembered."""
        ...
