"""Approvals in SQL."""

from sqlalchemy import select, update

from core.errors import Conflict
from core.model_errors import ApprovalNotFound
from core.records.approval import Approval, ApprovalState
from storage.decision_tables import approval as table
from storage.rows import to_row
from storage.statements import Statements

ANSWER = ("state", "answer", "answered_by", "answered_at")


class SqlApprovals:
    """A :class:`core.ports.approvals.ApprovalRepository`."""

    def __init__(self, statements: Statements) -> None:
        self._db = statements

    def add(self, approval: Approval) -> None:
        """Store a new request.

        Raises:
            ProjectNotFound: there is no such project.
            Conflict: a request for that version waits already.
        """
        self._db.need_project(approval.project)
        if not self._db.change(self._db.insert(table).on_conflict_do_nothing(), to_row(approval)):
            raise Conflict(problem=f"A request to approve version {approval.version} waits already.")

    def get(self, id: str) -> Approval:
        """Return one request.

        Raises:
            ApprovalNotFound: there is none with that id.
        """
        found = self._db.one(Approval, select(table).where(table.c.id == id))
        if found is None:
            raise ApprovalNotFound(id=id)
        return found

    def answer(self, approval: Approval) -> bool:
        """Store the answer to a request that waits; False, and nothing is changed, when it was answered before."""
        row = to_row(approval)
        waiting = (table.c.id == approval.id) & (table.c.state == ApprovalState.WAITING.value)
        return self._db.change(update(table).where(waiting).values({name: row[name] for name in ANSWER})) > 0

    def find(
        self,
        project: str | None = None,
        version: int | None = None,
        state: ApprovalState | None = None,
        limit: int = 50,
    ) -> list[Approval]:
        """Return requests, newest first; None means any."""
        query = select(table)
        wanted = {"project": project, "version": version, "state": None if state is None else state.value}
        for name, value in wanted.items():
            if value is not None:
                query = query.where(table.c[name] == value)
        return self._db.all(Approval, query.order_by(table.c.seq.desc()).limit(limit))
