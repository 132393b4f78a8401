"""The gate that a person opens."""

from core.models.gates.case import Case, failed, passed
from core.records.approval import Approval, ApprovalState
from core.records.gate import ApprovalGate, GateResult

WAITING = "Nobody has approved it yet: ask for approval."


def approval(gate: ApprovalGate, case: Case) -> GateResult:
    """Judge what an approver said of this version against this champion by this policy."""
    return answered(gate.kind, case.approval)


def answered(kind: str, found: Approval | None) -> GateResult:
    """Return how the gate stands after an answer, or without one."""
    if found is None:
        return failed(kind, WAITING)
    said = f": {found.answer}" if found.answer else "."
    if found.state is ApprovalState.APPROVED:
        return passed(kind, f"{found.answered_by} approved it{said}")
    return failed(kind, f"{found.answered_by} rejected it{said}", certain=True)
