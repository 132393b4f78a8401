"""Gates and verdicts in memory."""

from core.errors import Conflict
from core.model_errors import VerdictNotFound
from core.records.gate import GatePolicy, Verdict
from storage.memory.tables import View, loose
from storage.rows import settled


class MemoryGatePolicies:
    """A :class:`core.ports.verdicts.GatePolicyRepository`."""

    def __init__(self, view: View) -> None:
        self._view = view

    def add(self, policy: GatePolicy) -> None:
        """Store the next version.

        Raises:
            ProjectNotFound: there is no such project.
            Conflict: that number is taken.
        """
        kept = self._view.change.gate_policies
        self._view.need_project(policy.project)
        if (policy.project, policy.number) in kept:
            raise Conflict(problem=f"Gate policy {policy.number} exists already. Try again.")
        kept[policy.project, policy.number] = settled(policy)

    def newest(self, project: str) -> GatePolicy | None:
        """Return the policy in force, or None when none was set."""
        return next(iter(self.history(project)), None)

    def history(self, project: str) -> list[GatePolicy]:
        """Return all versions, newest first."""
        mine = [policy for policy in self._view.see.gate_policies.values() if policy.project == project]
        return [loose(policy) for policy in sorted(mine, key=lambda policy: -policy.number)]


class MemoryVerdicts:
    """A :class:`core.ports.verdicts.VerdictRepository`."""

    def __init__(self, view: View) -> None:
        self._view = view

    def add(self, verdict: Verdict) -> None:
        """Store a new verdict; one with the same id is kept as it is.

        Raises:
            ProjectNotFound: there is no such project.
        """
        kept = self._view.change.verdicts
        self._view.need_project(verdict.project)
        kept.setdefault(verdict.id, settled(verdict))

    def get(self, id: str) -> Verdict:
        """Return one verdict.

        Raises:
            VerdictNotFound: there is none with that id.
        """
        found = self._view.see.verdicts.get(id)
        if found is None:
            raise VerdictNotFound(id=id)
        return loose(found)

    def newest(self, project: str, version: int) -> Verdict | None:
        """Return the last verdict on a version, or None."""
        return next(iter(self.find(project, version, 1)), None)

    def find(self, project: str, version: int | None = None, limit: int = 50) -> list[Verdict]:
        """Return the verdicts on one version or on all of a project, newest first."""
        chosen = [
            one
            for one in reversed(self._view.see.verdicts.values())
            if one.project == project and version in (None, one.version)
        ]
        return [loose(one) for one in chosen[:limit]]
