"""Approvals in memory."""

from core.errors import Conflict
from core.model_errors import ApprovalNotFound
from core.records.approval import Approval, ApprovalState
from storage.memory.tables import View, loose
from storage.rows import settled


class MemoryApprovals:
    """A :class:`core.ports.approvals.ApprovalRepository`."""

    def __init__(self, view: View) -> None:
        self._view = view

    def add(self, approval: Approval) -> None:
        """Store a new request.

        Raises:
            ProjectNotFound: there is no such project.
            Conflict: a request for that version waits already.
        """
        kept = self._view.change.approvals
        self._view.need_project(approval.project)
        if approval.id in kept or self.find(approval.project, approval.version, ApprovalState.WAITING):
            raise Conflict(problem=f"A request to approve version {approval.version} waits already.")
        kept[approval.id] = settled(approval)

    def get(self, id: str) -> Approval:
        """Return one request.

        Raises:
            ApprovalNotFound: there is none with that id.
        """
        found = self._view.see.approvals.get(id)
        if found is None:
            raise ApprovalNotFound(id=id)
        return loose(found)

    def answer(self, approval: Approval) -> bool:
        """Store the answer to a request that waits; False, and nothing is changed, when it was answered before."""
        old = self._view.change.approvals.get(approval.id)
        if old is None or old.state is not ApprovalState.WAITING:
            return False
        said = {name: getattr(approval, name) for name in ("state", "answer", "answered_by", "answered_at")}
        self._view.change.approvals[old.id] = settled(old.model_copy(update=said))
        return True

    def find(
        self,
        project: str | None = None,
        version: int | None = None,
        state: ApprovalState | None = None,
        limit: int = 50,
    ) -> list[Approval]:
        """Return requests, newest first; None means any."""
        chosen = [
            one
            for one in reversed(self._view.see.approvals.values())
            if project in (None, one.project) and version in (None, one.version) and state in (None, one.state)
        ]
        return [loose(one) for one in chosen[:limit]]
