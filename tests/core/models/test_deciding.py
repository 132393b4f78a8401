"""Promotions by the verdict, against it, undone; approvals; who may do what."""

import pytest

from core.errors import BlobNotFound, ChampionChanged, Conflict, Denied, ReasonMissing
from core.model_errors import (
    ApprovalAnswered,
    GatesHold,
    NothingToApprove,
    NotJudged,
    OwnRequest,
    TooLateToUndo,
)
from core.models import inputs
from core.models.approvals import ApprovalService
from core.records.access import Actor, Role
from core.records.approval import Approval, ApprovalState
from core.records.gate import (
    ApprovalGate,
    GatePolicy,
    GateResult,
    ParityGate,
    Standing,
    Verdict,
    VerdictOutcome,
)
from core.records.model import Alias, InputChange
from tests.builders import START
from tests.core.models.house import ANN, BOB, House

APE = Actor(name="ape", role=Role.APPROVER)
SAM = Actor(name="sam", role=Role.SCIENTIST)


def judged(house: House, version: int, outcome: VerdictOutcome = VerdictOutcome.PROMOTE, **changes: object) -> Verdict:
    """Store a verdict as a judgement would."""
    found = house.models.version("churn", version)
    champion = house.models.champion("churn")
    gates = (
        GateResult(kind="parity", title="Parity probe", standing=Standing.PASSED, sentence="It is whole."),
        GateResult(kind="approval", title="Approval", standing=Standing.FAILED, sentence="Nobody has approved it yet."),
    )
    fields = {
        "id": f"verdict-{version}-{house.models.history('churn')[0].id if house.models.history('churn') else 0}",
        "project": "churn",
        "version": version,
        "run_id": found.run_id,
        "bundle_sha256": found.bundle_sha256,
        "champion": champion.version if champion else 0,
        "policy": 0,
        "outcome": outcome,
        "gates": gates,
        "summary": "1 of 2 gates passed.",
        "actor": "ann",
        "created_at": START,
    }
    verdict = Verdict.model_validate({**fields, **changes})
    with house.store.write() as work:
        work.verdicts.add(verdict)
        work.commit()
    return verdict


def test_a_verdict_to_promote_needs_neither_reason_nor_override(house: House) -> None:
    house.register()
    verdict = judged(house, 1)
    made = house.models.promote(APE, "churn", 1)
    assert (made.verdict, made.overridden) == (verdict.id, False)
    assert made.reason == "Verdict PROMOTE: 1 of 2 gates passed."
    assert house.models.history("churn") == [made]


@pytest.mark.parametrize("outcome", [VerdictOutcome.HOLD, VerdictOutcome.REJECT])
def test_another_verdict_is_overridden_with_a_reason_by_a_role_that_may(house: House, outcome: VerdictOutcome) -> None:
    house.register()
    with pytest.raises(NotJudged):
        house.models.promote(APE, "churn", 1, "please")
    verdict = judged(house, 1, outcome)
    with pytest.raises(GatesHold, match=f"its verdict is {outcome.value.upper()}. 1 of 2 gates passed."):
        house.models.promote(APE, "churn", 1, "please")
    with pytest.raises(Denied, match="promote against the verdict"):
        house.models.promote(APE, "churn", 1, "please", override=True)
    with pytest.raises(ReasonMissing):
        house.models.promote(ANN, "churn", 1, " ", override=True)
    made = house.models.promote(ANN, "churn", 1, "the fair is today", override=True)
    assert (made.verdict, made.overridden, made.reason) == (verdict.id, True, "the fair is today")
    with house.store.read() as work:
        event = work.events.find("churn")[0]
    assert (event.details["verdict"], event.details["overridden"]) == (verdict.id, True)


def test_a_verdict_against_another_champion_policy_or_model_does_not_count(house: House) -> None:
    for _ in range(3):
        house.register()
    judged(house, 2)
    house.models.promote(ANN, "churn", 1, "r", override=True)
    with pytest.raises(NotJudged):
        house.models.promote(ANN, "churn", 2)
    judged(house, 3, bundle_sha256="f" * 64)
    with pytest.raises(NotJudged):
        house.models.promote(ANN, "churn", 3)
    judged(house, 2)
    policy = GatePolicy(
        project="churn", number=1, gates=(ParityGate(),), note="", author="ann", created_at=house.clock.now()
    )
    with house.store.write() as work:
        work.gate_policies.add(policy)
        work.commit()
    with pytest.raises(NotJudged):
        house.models.promote(ANN, "churn", 2)


def test_of_two_who_promote_by_their_verdicts_the_second_is_told_who_was_first(house: House) -> None:
    house.register()
    house.register(flipped=True)
    judged(house, 1)
    judged(house, 2)
    house.models.promote(ANN, "churn", 1, expected=0)
    with pytest.raises(ChampionChanged, match="ann made version 1 the champion"):
        house.models.promote(BOB, "churn", 2, expected=0)


def test_a_missing_artefact_is_not_promoted_and_raises_the_alarm(house: House) -> None:
    version = house.register()
    judged(house, 1)
    house.blobs.delete(version.model_sha256)
    with pytest.raises(BlobNotFound):
        house.models.promote(ANN, "churn", 1)
    assert house.models.champion("churn") is None
    assert house.events() == [("ann", "model.refuse", "version 1")]
    with house.store.read() as work:
        assert [fault.sha256 for fault in work.blobs.faults()] == [version.model_sha256]


def test_a_promotion_is_undone_within_seconds_and_the_version_challenges_again(house: House) -> None:
    house.register()
    house.register(flipped=True)
    first = house.models.promote(ANN, "churn", 1, "r", override=True)
    house.clock.advance(60)
    second = house.models.promote(ANN, "churn", 2, "r", override=True)
    house.clock.advance(14)
    with pytest.raises(Denied):
        house.models.undo(SAM, "churn", second.id)
    back = house.models.undo(APE, "churn", second.id)
    assert (back.version, back.reason, back.overridden) == (1, "Undo of version 2", True)
    assert house.aliases() == {Alias.CHAMPION: 1, Alias.CHALLENGER: 2}
    assert house.models.reconcile() == []
    assert house.events()[-1] == ("ape", "model.undo", "version 2")
    with pytest.raises(ChampionChanged):
        house.models.undo(ANN, "churn", second.id)
    with pytest.raises(ChampionChanged):
        house.models.undo(ANN, "churn", first.id)


def test_undoing_the_first_promotion_leaves_nothing_serving(house: House) -> None:
    house.register()
    made = house.models.promote(ANN, "churn", 1, "r", override=True)
    assert house.models.undo(ANN, "churn", made.id) is None
    assert house.models.champion("churn") is None
    assert house.aliases() == {Alias.CHAMPION: None, Alias.CHALLENGER: 1}
    assert house.models.alias_move("churn") is None


def test_later_than_that_only_a_rollback_helps(house: House) -> None:
    house.register()
    made = house.models.promote(ANN, "churn", 1, "r", override=True)
    house.clock.advance(21)
    with pytest.raises(TooLateToUndo, match="21 seconds have passed"):
        house.models.undo(ANN, "churn", made.id)


def test_a_rollback_keeps_the_verdict_it_once_had(house: House) -> None:
    house.register()
    house.register(flipped=True)
    verdict = judged(house, 1)
    house.models.promote(ANN, "churn", 1)
    house.models.promote(ANN, "churn", 2, "r", override=True)
    back = house.models.rollback(APE, "churn", "worse")
    assert (back.version, back.verdict, back.overridden) == (1, verdict.id, False)


def test_inputs_that_differ_from_the_champions_are_named(house: House) -> None:
    manifest = house.models.manifest(house.register())
    fewer = manifest.model_copy(update={"features": manifest.features[:1]})
    change = inputs.changes(manifest, fewer)
    assert change == InputChange(removed=("monthly charges", "plan"))
    assert inputs.told(change) == "It no longer reads monthly charges, plan."
    assert inputs.changes(fewer, manifest) == InputChange(added=("monthly charges", "plan"))
    assert house.models.input_change("churn", 1) == InputChange()
    assert inputs.told(InputChange()) == ""


@pytest.fixture
def asked(house: House) -> tuple[House, ApprovalService, Approval]:
    """A version whose gates want approval, judged and asked for."""
    house.register()
    policy = GatePolicy(
        project="churn", number=1, gates=(ParityGate(), ApprovalGate()), note="", author="ann", created_at=START
    )
    with house.store.write() as work:
        work.gate_policies.add(policy)
        work.commit()
    service = ApprovalService(house.store, house.clock)
    with pytest.raises(NothingToApprove, match="no verdict"):
        service.request(SAM, "churn", 1)
    judged(house, 1, VerdictOutcome.HOLD, policy=1)
    return house, service, service.request(SAM, "churn", 1, "it is good")


def test_an_approval_is_followed_by_a_verdict_of_its_own(asked) -> None:
    house, service, request = asked
    assert service.waiting() == [request]
    with pytest.raises(Conflict):
        service.request(ANN, "churn", 1)
    with pytest.raises(Denied):
        service.approve(SAM, request.id)
    answered = service.approve(APE, request.id, "I agree")
    assert (answered.state, answered.answered_by, answered.answer) == (ApprovalState.APPROVED, "ape", "I agree")
    with house.store.read() as work:
        later, first = work.verdicts.find("churn", 1)
    assert (first.outcome, later.outcome, later.basis) == (VerdictOutcome.HOLD, VerdictOutcome.PROMOTE, first.id)
    assert [gate.sentence for gate in later.gates] == ["It is whole.", "ape approved it: I agree"]
    assert service.waiting("churn") == []
    with pytest.raises(ApprovalAnswered, match=r"ape answered the request on version 1 already \(approved\)"):
        service.reject(APE, request.id)
    assert house.models.promote(APE, "churn", 1).verdict == later.id
    actions = [event[1] for event in house.events()]
    assert actions == ["approval.request", "approval.approved", "model.promote"]


def test_a_rejection_rejects_the_version(asked) -> None:
    house, service, request = asked
    service.reject(APE, request.id, "not before Easter")
    with pytest.raises(GatesHold, match="its verdict is REJECT"):
        house.models.promote(APE, "churn", 1)
    with pytest.raises(NothingToApprove, match="verdict on version 1 is reject"):
        service.request(SAM, "churn", 1)


def test_nobody_approves_their_own_request_where_another_person_is_wanted(asked) -> None:
    house, service, request = asked
    service.reject(APE, request.id)
    judged(house, 1, VerdictOutcome.HOLD, policy=1, id="again")
    own = service.request(APE, "churn", 1)
    with pytest.raises(OwnRequest):
        service.approve(APE, own.id)
    assert service.approve(ANN, own.id).state is ApprovalState.APPROVED


def test_an_answer_after_the_champion_changed_is_refused_and_a_new_request_takes_its_place(asked) -> None:
    house, service, request = asked
    house.register(flipped=True)
    house.models.promote(ANN, "churn", 2, "r", override=True)
    with pytest.raises(NothingToApprove, match="changed since approval was asked for"):
        service.approve(APE, request.id)
    judged(house, 1, VerdictOutcome.HOLD, policy=1)
    again = service.request(SAM, "churn", 1)
    assert [(one.id, one.state) for one in service.of("churn", 1)] == [
        (again.id, ApprovalState.WAITING),
        (request.id, ApprovalState.WITHDRAWN),
    ]


def test_without_such_a_gate_there_is_nothing_to_approve(house: House) -> None:
    house.register()
    judged(house, 1, VerdictOutcome.HOLD)
    with pytest.raises(NothingToApprove, match="ask for no approval"):
        ApprovalService(house.store, house.clock).request(SAM, "churn", 1)
