"""Retraining plans, and what became of retrainings, in SQL."""

from sqlalchemy import select

from core.records.plan import Retraining, RetrainingOutcome, RetrainingPlan
from core.records.simulation import Simulation
from storage.retraining_tables import retraining as retrainings
from storage.retraining_tables import retraining_plan as plans
from storage.retraining_tables import simulation as simulations
from storage.rows import to_row
from storage.statements import Statements

OPEN = [outcome.value for outcome in RetrainingOutcome if outcome.is_open]


class SqlPlans:
    """A :class:`core.ports.plans.PlanRepository`."""

    def __init__(self, statements: Statements) -> None:
        self._db = statements

    def get(self, project: str) -> RetrainingPlan | None:
        """Return the plan of a project, or None when nobody set one."""
        found = self._db.value(select(plans.c.plan).where(plans.c.project == project))
        return None if found is None else RetrainingPlan.model_validate(found)

    def set(self, plan: RetrainingPlan) -> None:
        """Store the plan of a project, in place of the one before.

        Raises:
            ProjectNotFound: there is no such project.
        """
        self._db.need_project(plan.project)
        row = {"project": plan.project, "plan": plan.model_dump(mode="json")}
        insert = self._db.insert(plans)
        self._db.change(insert.on_conflict_do_update(index_elements=["project"], set_={"plan": row["plan"]}), row)

    def keep(self, retraining: Retraining) -> None:
        """Store a retraining as it is now, in place of what was stored under its id.

        Raises:
            ProjectNotFound: there is no such project.
        """
        self._db.need_project(retraining.project)
        row = to_row(retraining)
        insert = self._db.insert(retrainings)
        self._db.change(insert.on_conflict_do_update(index_elements=["id"], set_=row), row)

    def retraining(self, id: str) -> Retraining | None:
        """Return a retraining, or None; in a write transaction no other writer changes it until it ends."""
        return self._db.one(Retraining, self._db.locked(select(retrainings).where(retrainings.c.id == id)))

    def retrainings(self, project: str, limit: int = 100) -> list[Retraining]:
        """Return the retrainings of a project, newest first."""
        query = select(retrainings).where(retrainings.c.project == project)
        return self._db.all(Retraining, query.order_by(retrainings.c.seq.desc()).limit(limit))

    def open(self) -> list[Retraining]:
        """Return the retrainings of all projects of which something may still come, oldest first."""
        query = select(retrainings).where(retrainings.c.outcome.in_(OPEN)).order_by(retrainings.c.seq)
        return self._db.all(Retraining, query)

    def keep_simulation(self, simulation: Simulation) -> None:
        """Store a simulation; one with the same id is kept as it is.

        Raises:
            ProjectNotFound: there is no such project.
        """
        self._db.need_project(simulation.project)
        row = {"id": simulation.id, "project": simulation.project, "document": simulation.model_dump(mode="json")}
        self._db.change(self._db.insert(simulations).on_conflict_do_nothing(), row)

    def simulation(self, id: str) -> Simulation | None:
        """Return a simulation, or None."""
        found = self._db.value(select(simulations.c.document).where(simulations.c.id == id))
        return None if found is None else Simulation.model_validate(found)

    def simulations(self, project: str, limit: int = 20) -> list[Simulation]:
        """Return the simulations of a project, newest first."""
        query = select(simulations.c.document).where(simulations.c.project == project)
        rows = self._db.rows(query.order_by(simulations.c.seq.desc()).limit(limit))
        return [Simulation.model_validate(row["document"]) for row in rows]
