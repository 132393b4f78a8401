"""Gates and verdicts in SQL."""

from sqlalchemy import select

from core.errors import Conflict
from core.model_errors import VerdictNotFound
from core.records.gate import GatePolicy, Verdict
from storage.decision_tables import gate_policy as policies
from storage.decision_tables import verdict as table
from storage.rows import to_row
from storage.statements import Statements


class SqlGatePolicies:
    """A :class:`core.ports.verdicts.GatePolicyRepository`."""

    def __init__(self, statements: Statements) -> None:
        self._db = statements

    def add(self, policy: GatePolicy) -> None:
        """Store the next version.

        Raises:
            ProjectNotFound: there is no such project.
            Conflict: that number is taken.
        """
        self._db.need_project(policy.project)
        if not self._db.change(self._db.insert(policies).on_conflict_do_nothing(), to_row(policy)):
            raise Conflict(problem=f"Gate policy {policy.number} exists already. Try again.")

    def newest(self, project: str) -> GatePolicy | None:
        """Return the policy in force, or None when none was set."""
        query = select(policies).where(policies.c.project == project).order_by(policies.c.number.desc())
        return self._db.one(GatePolicy, query.limit(1))

    def history(self, project: str) -> list[GatePolicy]:
        """Return all versions, newest first."""
        query = select(policies).where(policies.c.project == project).order_by(policies.c.number.desc())
        return self._db.all(GatePolicy, query)


class SqlVerdicts:
    """A :class:`core.ports.verdicts.VerdictRepository`."""

    def __init__(self, statements: Statements) -> None:
        self._db = statements

    def add(self, verdict: Verdict) -> None:
        """Store a new verdict; one with the same id is kept as it is.

        Raises:
            ProjectNotFound: there is no such project.
        """
        self._db.need_project(verdict.project)
        self._db.change(self._db.insert(table).on_conflict_do_nothing(), to_row(verdict))

    def get(self, id: str) -> Verdict:
        """Return one verdict.

        Raises:
            VerdictNotFound: there is none with that id.
        """
        found = self._db.one(Verdict, select(table).where(table.c.id == id))
        if found is None:
            raise VerdictNotFound(id=id)
        return found

    def newest(self, project: str, version: int) -> Verdict | None:
        """Return the last verdict on a version, or None."""
        return next(iter(self.find(project, version, 1)), None)

    def find(self, project: str, version: int | None = None, limit: int = 50) -> list[Verdict]:
        """Return the verdicts on one version or on all of a project, newest first."""
        query = select(table).where(table.c.project == project)
        if version is not None:
            query = query.where(table.c.version == version)
        return self._db.all(Verdict, query.order_by(table.c.seq.desc()).limit(limit))
