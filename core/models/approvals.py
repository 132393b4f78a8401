"""Requests for approval: asked on a verdict, answered by somebody who may, followed by a verdict of their own."""

from core import audit
from core.access.permissions import require
from core.clock import Clock
from core.model_errors import ApprovalAnswered, NothingToApprove, OwnRequest
from core.models.gates.ledger import in_force, outcome_of, policy_of, summed_up
from core.ports.unit_of_work import Store, UnitOfWork
from core.records.access import Actor, Permission
from core.records.approval import Approval, ApprovalState
from core.records.base import clipped, new_id
from core.records.gate import ApprovalGate, Verdict, VerdictOutcome

LONGEST = 1_000


class ApprovalService:
    """Keeps requests and answers, and lets the verdict follow an answer."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    def request(self, actor: Actor, project: str, version: int, comment: str = "") -> Approval:
        """Ask that a version may be promoted; one request of a version waits at a time.

        Raises:
            Denied: the actor may not run checks.
            ProjectNotFound: there is no such project.
            NothingToApprove: the gates ask for no approval, the version has no verdict in force, or it was answered.
            Conflict: a request waits already.
        """
        require(actor, Permission.MONITOR)
        with self._store.write() as work:
            verdict = self._basis(work, project, version)
            made = Approval(
                id=new_id(),
                project=project,
                version=version,
                bundle_sha256=verdict.bundle_sha256,
                champion=verdict.champion,
                policy=verdict.policy,
                verdict=verdict.id,
                comment=clipped(comment, LONGEST),
                requested_by=actor.name,
                requested_at=self._clock.now(),
            )
            self._withdraw_stale(work, made)
            work.approvals.add(made)
            self._tell(work, actor, made, "approval.request", made.comment)
            work.commit()
        return made

    def _basis(self, work: UnitOfWork, project: str, version: int) -> Verdict:
        if _gate(work, project) is None:
            raise NothingToApprove(problem=f"The gates of {project!r} ask for no approval.")
        verdict = in_force(work, project, version)
        if verdict is None:
            problem = f"Version {version} has no verdict against what serves now. Judge it first."
            raise NothingToApprove(problem=problem)
        if verdict.outcome is not VerdictOutcome.HOLD:
            problem = f"The verdict on version {version} is {verdict.outcome}: there is nothing to approve."
            raise NothingToApprove(problem=problem)
        return verdict

    def _withdraw_stale(self, work: UnitOfWork, made: Approval) -> None:
        """Withdraw a request that was made against another champion or policy: its answer would not count."""
        for old in work.approvals.find(made.project, made.version, ApprovalState.WAITING):
            if (old.champion, old.policy, old.bundle_sha256) != (made.champion, made.policy, made.bundle_sha256):
                end = {"state": ApprovalState.WITHDRAWN, "answer": "champion or gates changed"}
                work.approvals.answer(old.model_copy(update={**end, "answered_at": made.requested_at}))

    def approve(self, actor: Actor, id: str, comment: str = "") -> Approval:
        """Approve a request; the verdict it was made on is followed by one in which that gate is passed.

        Raises:
            Denied: the actor may not approve.
            OwnRequest: the gates want another person than who asked.
            ApprovalNotFound: there is no such request.
            ApprovalAnswered: somebody answered it already.
            NothingToApprove: champion or gates changed since it was asked.
        """
        return self._answer(actor, id, ApprovalState.APPROVED, comment)

    def reject(self, actor: Actor, id: str, comment: str = "") -> Approval:
        """Reject a request; errors are those of :meth:`approve`."""
        return self._answer(actor, id, ApprovalState.REJECTED, comment)

    def _answer(self, actor: Actor, id: str, state: ApprovalState, comment: str) -> Approval:
        require(actor, Permission.APPROVE)
        now = self._clock.now()
        with self._store.write() as work:
            old = work.approvals.get(id)
            if old.state is not ApprovalState.WAITING:
                raise ApprovalAnswered(who=old.answered_by or "somebody", version=old.version, state=old.state.value)
            gate, verdict = _gate(work, old.project), in_force(work, old.project, old.version)
            if gate is None or verdict is None or (verdict.champion, verdict.policy) != (old.champion, old.policy):
                problem = "Champion or gates changed since approval was asked for. Judge the version and ask again."
                raise NothingToApprove(problem=problem)
            if gate.other_person and old.requested_by == actor.name:
                raise OwnRequest(version=old.version, name=actor.name)
            said = {"state": state, "answer": clipped(comment, LONGEST), "answered_by": actor.name, "answered_at": now}
            answered = old.model_copy(update=said)
            if not work.approvals.answer(answered):
                raise ApprovalAnswered(who="somebody", version=old.version, state="answered")
            self._follow(work, verdict, answered)
            self._tell(work, actor, answered, f"approval.{state.value}", answered.answer)
            work.commit()
        return answered

    def _follow(self, work: UnitOfWork, verdict: Verdict, answered: Approval) -> None:
        """Add the verdict that follows from an answer; the one it was given on stays as it is."""
        from core.models.gates import people

        results = tuple(people.answered(one.kind, answered) if one.kind == "approval" else one for one in verdict.gates)
        changed = {
            "id": new_id(),
            "gates": results,
            "outcome": outcome_of(results),
            "summary": summed_up(results),
            "basis": verdict.id,
            "actor": answered.answered_by,
            "created_at": self._clock.now(),
        }
        work.verdicts.add(verdict.model_copy(update=changed))

    def _tell(self, work: UnitOfWork, actor: Actor, approval: Approval, action: str, said: str) -> None:
        details = {"approval": approval.id, "verdict": approval.verdict, "comment": said[:500]}
        subject = f"version {approval.version}"
        audit.record(work, self._clock.now(), actor.name, action, approval.project, subject, details)

    def waiting(self, project: str | None = None) -> list[Approval]:
        """Return the requests that wait, of all projects when none is named, newest first."""
        with self._store.read() as work:
            return work.approvals.find(project, state=ApprovalState.WAITING)

    def of(self, project: str, version: int | None = None) -> list[Approval]:
        """Return all requests of a project, or on one version, newest first."""
        with self._store.read() as work:
            return work.approvals.find(project, version)


def _gate(work: UnitOfWork, project: str) -> ApprovalGate | None:
    gates = policy_of(work, project).gates
    return next((gate for gate in gates if isinstance(gate, ApprovalGate)), None)
