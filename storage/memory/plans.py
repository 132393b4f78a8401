"""Retraining plans, and what became of retrainings, in memory."""

from core.records.plan import Retraining, RetrainingPlan
from core.records.simulation import Simulation
from storage.memory.tables import View, loose
from storage.rows import settled


class MemoryPlans:
    """A :class:`core.ports.plans.PlanRepository`."""

    def __init__(self, view: View) -> None:
        self._view = view

    def get(self, project: str) -> RetrainingPlan | None:
        """Return the plan of a project, or None when nobody set one."""
        found = self._view.see.plans.get(project)
        return None if found is None else loose(found)

    def set(self, plan: RetrainingPlan) -> None:
        """Store the plan of a project, in place of the one before.

        Raises:
            ProjectNotFound: there is no such project.
        """
        plans = self._view.change.plans
        self._view.need_project(plan.project)
        plans[plan.project] = settled(plan)

    def keep(self, retraining: Retraining) -> None:
        """Store a retraining as it is now, in place of what was stored under its id.

        Raises:
            ProjectNotFound: there is no such project.
        """
        retrainings = self._view.change.retrainings
        self._view.need_project(retraining.project)
        retrainings[retraining.id] = settled(retraining)

    def retraining(self, id: str) -> Retraining | None:
        """Return a retraining, or None."""
        found = self._view.see.retrainings.get(id)
        return None if found is None else loose(found)

    def retrainings(self, project: str, limit: int = 100) -> list[Retraining]:
        """Return the retrainings of a project, newest first."""
        rows = reversed(self._view.see.retrainings.values())
        return [loose(row) for row in rows if row.project == project][:limit]

    def open(self) -> list[Retraining]:
        """Return the retrainings of all projects of which something may still come, oldest first."""
        return [loose(row) for row in self._view.see.retrainings.values() if row.outcome.is_open]

    def keep_simulation(self, simulation: Simulation) -> None:
        """Store a simulation; one with the same id is kept as it is.

        Raises:
            ProjectNotFound: there is no such project.
        """
        simulations = self._view.change.simulations
        self._view.need_project(simulation.project)
        simulations.setdefault(simulation.id, loose(simulation))

    def simulation(self, id: str) -> Simulation | None:
        """Return a simulation, or None."""
        found = self._view.see.simulations.get(id)
        return None if found is None else loose(found)

    def simulations(self, project: str, limit: int = 20) -> list[Simulation]:
        """Return the simulations of a project, newest first."""
        rows = reversed(self._view.see.simulations.values())
        return [loose(row) for row in rows if row.project == project][:limit]
