"""Retraining plans, and what became of retrainings, at rest."""

from typing import Protocol

from core.records.plan import Retraining, RetrainingPlan
from core.records.simulation import Simulation


class PlanRepository(Protocol):
    """One plan a project, and a row for each retraining."""

    def get(self, project: str) -> RetrainingPlan | None:
        """Return the plan of a project, or None when nobody set one."""
        ...

    def set(self, plan: RetrainingPlan) -> None:
        """Store the plan of a project, in place of the one before.

        Raises:
            ProjectNotFound: there is no such project.
        """
        ...

    def keep(self, retraining: Retraining) -> None:
        """Store a retraining as it is now, in place of what was stored under its id.

        Raises:
            ProjectNotFound: there is no such project.
        """
        ...

    def retraining(self, id: str) -> Retraining | None:
        """Return a retraining, or None; in a write transaction no other writer changes it until it ends."""
        ...

    def retrainings(self, project: str, limit: int = 100) -> list[Retraining]:
        """Return the retrainings of a project, newest first."""
        ...

    def open(self) -> list[Retraining]:
        """Return the retrainings of all projects of which something may still come, oldest first."""
        ...

    def keep_simulation(self, simulation: Simulation) -> None:
        """Store a simulation; one with the same id is kept as it is.

        Raises:
            ProjectNotFound: there is no such project.
        """
        ...

    def simulation(self, id: str) -> Simulation | None:
        """Return a simulation, or None."""
        ...

    def simulations(self, project: str, limit: int = 20) -> list[Simulation]:
        """Return the simulations of a project, newest first."""
        ...
