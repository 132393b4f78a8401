import pytest

from core.errors import Conflict, InvalidInput, ProjectNotFound
from core.model_errors import ApprovalNotFound, VerdictNotFound
from core.ports.unit_of_work import Store
from core.records.approval import Approval, ApprovalState
from core.records.gate import (
    CalibrationGate,
    FairnessGate,
    GatePart,
    GatePolicy,
    GateResult,
    MinimumGate,
    NotWorseGate,
    ParityGate,
    Standing,
    Verdict,
    VerdictOutcome,
)
from tests.builders import START


def policy(**changes: object) -> GatePolicy:
    fields = {
        "project": "churn",
        "number": 1,
        "gates": (
            MinimumGate(metric="roc_auc", bound=0.8),
            MinimumGate(),
            NotWorseGate(margin=0.01),
            CalibrationGate(),
            FairnessGate(columns=("plan",), most=0.1),
            ParityGate(),
        ),
        "note": "Ä strict one",
        "author": "ann",
        "created_at": START,
    }
    return GatePolicy.model_validate({**fields, **changes})


def verdict(**changes: object) -> Verdict:
    result = GateResult(
        kind="not_worse",
        title="ROC AUC against the champion",
        standing=Standing.FAILED,
        sentence="A tie is no.",
        certain=False,
        value=0.81,
        champion=0.81,
        measured=0.0,
        low=-1e-3,
        high=1e-3,
        threshold=0.0,
        wanted="above",
        rows=200,
        parts=(GatePart(name="plan is gold", rows=30, value=0.1, passed=False),),
    )
    fields = {
        "id": "j1",
        "project": "churn",
        "version": 2,
        "run_id": "r2",
        "bundle_sha256": "c" * 64,
        "champion": 1,
        "policy": 0,
        "outcome": VerdictOutcome.HOLD,
        "gates": (result,),
        "summary": "0 of 1 gates passed.",
        "actor": "ann",
        "created_at": START,
    }
    return Verdict.model_validate({**fields, **changes})


def test_a_policy_comes_back_as_it_was_set_and_the_newest_is_in_force(store: Store) -> None:
    with store.write() as work:
        work.gate_policies.add(policy())
        work.gate_policies.add(policy(number=2, note="looser", gates=(ParityGate(),)))
        work.gate_policies.add(policy(project="bikes"))
        work.commit()
    with store.read() as work:
        assert work.gate_policies.newest("churn") == policy(number=2, note="looser", gates=(ParityGate(),))
        assert work.gate_policies.history("churn")[1] == policy()
        assert work.gate_policies.newest("bikes") == policy(project="bikes")


def test_a_number_is_given_once(store: Store) -> None:
    with store.write() as work:
        work.gate_policies.add(policy())
        with pytest.raises(Conflict):
            work.gate_policies.add(policy(note="another"))
    with store.read() as work:
        assert work.gate_policies.newest("churn") is None


def test_a_verdict_comes_back_as_it_was_stored(store: Store) -> None:
    with store.write() as work:
        work.verdicts.add(verdict())
        work.commit()
    with store.read() as work:
        assert work.verdicts.get("j1") == verdict()
        assert work.verdicts.newest("churn", 2) == verdict()
        assert work.verdicts.newest("churn", 3) is None
        with pytest.raises(VerdictNotFound):
            work.verdicts.get("j2")


def test_a_second_verdict_of_the_same_job_changes_nothing(store: Store) -> None:
    with store.write() as work:
        work.verdicts.add(verdict())
        work.verdicts.add(verdict(outcome=VerdictOutcome.PROMOTE))
        assert work.verdicts.find("churn") == [verdict()]


def test_verdicts_are_found_newest_first_within_their_version_and_project(store: Store) -> None:
    with store.write() as work:
        for name, version in (("a", 1), ("b", 2), ("c", 1)):
            work.verdicts.add(verdict(id=name, version=version))
        work.verdicts.add(verdict(id="d", project="bikes"))
        assert [one.id for one in work.verdicts.find("churn")] == ["c", "b", "a"]
        assert [one.id for one in work.verdicts.find("churn", 1)] == ["c", "a"]
        assert [one.id for one in work.verdicts.find("churn", 1, limit=1)] == ["c"]


def test_a_figure_that_is_not_finite_is_refused(store: Store) -> None:
    with pytest.raises(ValueError, match="not finite"):
        verdict(gates=({**verdict().gates[0].model_dump(), "value": float("nan")},))
    part = GatePart(name="plan is gold", value=float("inf"))
    bad = verdict(gates=({**verdict().gates[0].model_dump(), "parts": (part,)},))
    with store.write() as work, pytest.raises(InvalidInput):
        work.verdicts.add(bad)


def test_gates_and_verdicts_go_with_their_project(store: Store) -> None:
    with store.write() as work:
        work.gate_policies.add(policy())
        work.verdicts.add(verdict())
        work.projects.delete("churn")
        assert work.verdicts.find("churn") == []
        assert work.gate_policies.history("churn") == []
        with pytest.raises(ProjectNotFound):
            work.verdicts.add(verdict())
        with pytest.raises(ProjectNotFound):
            work.gate_policies.add(policy())


def approval(**changes: object) -> Approval:
    fields = {
        "id": "a1",
        "project": "churn",
        "version": 2,
        "bundle_sha256": "c" * 64,
        "champion": 1,
        "policy": 3,
        "verdict": "j1",
        "comment": "please",
        "requested_by": "sam",
        "requested_at": START,
    }
    return Approval.model_validate({**fields, **changes})


ANSWERED = {"state": ApprovalState.APPROVED, "answer": "yes", "answered_by": "ann", "answered_at": START}


def test_of_a_version_one_request_waits_at_a_time(store: Store) -> None:
    with store.write() as work:
        work.approvals.add(approval())
        with pytest.raises(Conflict):
            work.approvals.add(approval(id="a2"))
        work.approvals.add(approval(id="a3", version=3))
        assert work.approvals.answer(approval(**ANSWERED))
        work.approvals.add(approval(id="a4"))
        work.commit()
    with store.read() as work:
        assert [one.id for one in work.approvals.find("churn", 2)] == ["a4", "a1"]
        assert [one.id for one in work.approvals.find(state=ApprovalState.WAITING)] == ["a4", "a3"]
        assert [one.id for one in work.approvals.find("churn", limit=1)] == ["a4"]
        assert work.approvals.get("a1") == approval(**ANSWERED)
        with pytest.raises(ApprovalNotFound):
            work.approvals.get("a9")


def test_a_request_is_answered_once(store: Store) -> None:
    with store.write() as work:
        work.approvals.add(approval())
        assert work.approvals.answer(approval(**ANSWERED))
        assert not work.approvals.answer(approval(**{**ANSWERED, "state": ApprovalState.REJECTED}))
        assert not work.approvals.answer(approval(id="a9", **ANSWERED))
        assert work.approvals.get("a1").state is ApprovalState.APPROVED
        work.projects.delete("churn")
        assert work.approvals.find() == []
