"""Approvals at rest."""

from typing import Protocol

from core.records.approval import Approval, ApprovalState


class ApprovalRepository(Protocol):
    """Requests and their answers; all methods take part in the surrounding transaction."""

    def add(self, approval: Approval) -> None:
        """Store a new request.

        Raises:
            ProjectNotFound: there is no such project.
            Conflict: a request for that version waits already.
        """
        ...

    def get(self, id: str) -> Approval:
        """Return one request.

        Raises:
            ApprovalNotFound: there is none with that id.
        """
        ...

    def answer(self, approval: Approval) -> bool:
        """Store the answer to a request that waits; False, and nothing is changed, when it was answered before."""
        ...

    def find(
        self,
        project: str | None = None,
        version: int | None = None,
        state: ApprovalState | None = None,
        limit: int = 50,
    ) -> list[Approval]:
        """Return requests, newest first; None means any."""
        ...
