"""Gates and verdicts at rest."""

from typing import Protocol

from core.records.gate import GatePolicy, Verdict


class GatePolicyRepository(Protocol):
    """Immutable, numbered versions of each project's gates; all methods take part in the surrounding transaction."""

    def add(self, policy: GatePolicy) -> None:
        """Store the next version.

        Raises:
            ProjectNotFound: there is no such project.
            Conflict: that number is taken.
        """
        ...

    def newest(self, project: str) -> GatePolicy | None:
        """Return the policy in force, or None when none was set."""
        ...

    def history(self, project: str) -> list[GatePolicy]:
        """Return all versions, newest first."""
        ...


class VerdictRepository(Protocol):
    """The ledger of verdicts: rows are added and never changed; all methods take part in the transaction."""

    def add(self, verdict: Verdict) -> None:
        """Store a new verdict; one with the same id is kept as it is.

        Raises:
            ProjectNotFound: there is no such project.
        """
        ...

    def get(self, id: str) -> Verdict:
        """Return one verdict.

        Raises:
            VerdictNotFound: there is none with that id.
        """
        ...

    def newest(self, project: str, version: int) -> Verdict | None:
        """Return the last verdict on a version, or None."""
        ...

    def find(self, project: str, version: int | None = None, limit: int = 50) -> list[Verdict]:
        """Return the verdicts on one version or on all of a project, newest first."""
        ...
