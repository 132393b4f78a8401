import numpy as np
import pandas as pd
import pytest

from core.models.gates import groups, ledger, soundness
from core.models.gates.case import Served
from core.records.contract import CheckResult, ContractResult, Outcome, Severity
from core.records.gate import (
    ContractGate,
    FairnessGate,
    GateResult,
    LatencyGate,
    ParityGate,
    SizeGate,
    SlicesGate,
    Standing,
    VerdictOutcome,
)
from tests.builders import START
from tests.core.models.gates.cases import ACTUAL, case, outcome

RIGHT = outcome(np.where(ACTUAL == 1, 0.9, 0.1))
WRONG_FOR_GOLD = outcome(np.where((ACTUAL == 1) ^ (np.arange(400) < 50), 0.9, 0.1))


def test_a_kind_of_rows_that_falls_is_named_with_its_figures() -> None:
    found = groups.falling(SlicesGate(columns=("plan",)), case(WRONG_FOR_GOLD, RIGHT))
    assert (found.standing, found.certain) == (Standing.FAILED, True)
    assert "plan is gold: errors 0 → 0.5 on 100 rows" in found.sentence
    worst, other = found.parts
    assert (worst.rows, worst.champion, worst.value, worst.passed) == (100, 0.0, 0.5, False)
    assert worst.low < 0.5 < worst.high
    assert (other.rows, other.value, other.passed) == (300, 0.0, True)


def test_a_fall_within_the_margin_or_within_chance_is_let_pass() -> None:
    told = case(WRONG_FOR_GOLD, RIGHT)
    assert groups.falling(SlicesGate(columns=("plan",), margin=0.5), told).standing is Standing.PASSED
    one_more = outcome(np.where((ACTUAL == 1) ^ (np.arange(400) < 4), 0.9, 0.1))
    found = groups.falling(SlicesGate(columns=("plan",)), case(one_more, RIGHT))
    assert found.parts[0].value == pytest.approx(0.04)
    assert found.standing is Standing.PASSED


def test_without_columns_every_input_makes_kinds_and_a_fall_asks_people_to_look() -> None:
    frame = pd.DataFrame(
        {"tenure": np.arange(400), "monthly charges": 1.0, "plan": np.where(np.arange(400) < 100, "gold", "basic")}
    )
    found = groups.falling(SlicesGate(), case(WRONG_FOR_GOLD, RIGHT, frame))
    assert (found.standing, found.certain) == (Standing.FAILED, False)
    assert ledger.outcome_of([found]) is VerdictOutcome.HOLD
    assert found.parts[0].name in ("tenure is 0 to 99.75", "plan is gold")


def test_small_kinds_and_unknown_columns() -> None:
    assert groups.falling(SlicesGate(least=350), case(RIGHT, RIGHT)).standing is Standing.FAILED
    few = groups.falling(SlicesGate(columns=("plan",), least=350), case(RIGHT, RIGHT))
    assert few.standing is Standing.NOT_APPLICABLE
    assert groups.falling(SlicesGate(columns=("plan",)), case(RIGHT)).standing is Standing.NOT_APPLICABLE


def test_groups_are_compared_by_their_largest_difference() -> None:
    score = np.where(np.arange(400) < 100, 0.9, np.where(np.arange(400) % 4 == 0, 0.9, 0.1))
    found = groups.alike(FairnessGate(columns=("plan",)), case(outcome(score)))
    assert (found.standing, found.certain, found.measured) == (Standing.FAILED, True, pytest.approx(0.75))
    assert {part.name: part.value for part in found.parts} == {"plan is gold": 1.0, "plan is basic": 0.25}
    assert groups.alike(FairnessGate(columns=("plan",), most=0.76), case(outcome(score))).standing is Standing.PASSED
    assert groups.alike(FairnessGate(columns=("sex",)), case(outcome(score))).standing is Standing.FAILED
    few = groups.alike(FairnessGate(columns=("plan",), least=350), case(outcome(score)))
    assert (few.standing, few.certain) == (Standing.FAILED, False)
    assert "cannot be compared" in few.sentence


def contract(outcome: Outcome) -> ContractResult:
    check = CheckResult(
        key="nulls:plan", kind="nulls", columns=("plan",), sentence="plan is never missing", severity=Severity.FAIL,
        passed=outcome is Outcome.PASSES,
    )  # fmt: skip
    return ContractResult(
        project="churn", dataset="customers", number=1, contract=3, outcome=outcome, rows=3, checks=(check,),
        checked_at=START,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("found", "warnings", "standing"),
    [
        (None, True, Standing.NOT_APPLICABLE),
        (Outcome.PASSES, False, Standing.PASSED),
        (Outcome.WARNS, True, Standing.PASSED),
        (Outcome.WARNS, False, Standing.FAILED),
        (Outcome.FAILS, True, Standing.FAILED),
    ],
)
def test_the_contract_of_the_data(found: Outcome | None, warnings: bool, standing: Standing) -> None:
    told = case(RIGHT, contract=None if found is None else contract(found))
    assert soundness.contract(ContractGate(warnings=warnings), told).standing is standing


def test_speed_size_and_soundness() -> None:
    told = case(RIGHT)
    assert soundness.latency(LatencyGate(most_ms=2), told).standing is Standing.PASSED
    assert soundness.latency(LatencyGate(most_ms=1.9), told).standing is Standing.FAILED
    assert soundness.size(SizeGate(most_mb=1.4), told).certain
    assert soundness.parity(ParityGate(), told).standing is Standing.PASSED
    broken = case(RIGHT, served=Served(unsound="Its bytes were altered."))
    assert soundness.latency(LatencyGate(), broken).standing is Standing.FAILED
    refused = soundness.parity(ParityGate(), broken)
    assert (refused.certain, refused.sentence) == (True, "Its bytes were altered.")


def result(standing: Standing, *, certain: bool = False) -> GateResult:
    return GateResult(kind="size", title="Size", standing=standing, sentence="It is so.", certain=certain)


@pytest.mark.parametrize(
    ("results", "outcome", "summary"),
    [
        ([result(Standing.PASSED), result(Standing.NOT_APPLICABLE)], VerdictOutcome.PROMOTE,
         "1 of 1 gates passed, 1 not applicable."),
        ([result(Standing.PASSED), result(Standing.FAILED)], VerdictOutcome.HOLD,
         "1 of 2 gates passed. Size: It is so."),
        ([result(Standing.FAILED), result(Standing.FAILED, certain=True)], VerdictOutcome.REJECT,
         "0 of 2 gates passed. Size: It is so."),
    ],
)  # fmt: skip
def test_what_follows_from_all_gates(results: list[GateResult], outcome: VerdictOutcome, summary: str) -> None:
    assert ledger.outcome_of(results) is outcome
    assert ledger.summed_up(results) == summary
