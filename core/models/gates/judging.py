"""From a case to a verdict: each gate of the policy in turn, then what follows from all."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from core.models.gates import figures, groups, soundness
from core.models.gates.case import Case
from core.records.gate import Gate, GateResult, Standing, VerdictOutcome

_JUDGES: Mapping[str, Callable[[Any, Case], GateResult]] = {
    "minimum": figures.minimum,
    "not_worse": figures.not_worse,
    "slices": groups.falling,
    "calibration": figures.calibration,
    "fairness": groups.alike,
    "contract": soundness.contract,
    "latency": soundness.latency,
    "size": soundness.size,
    "parity": soundness.parity,
}


def judge(gates: Sequence[Gate], case: Case) -> tuple[GateResult, ...]:
    """Return what each gate found, in the order of the policy."""
    return tuple(_JUDGES[gate.kind](gate, case) for gate in gates)


def outcome_of(results: Sequence[GateResult]) -> VerdictOutcome:
    """Return what follows: no where a failure is certain, wait where one may still turn, else go."""
    missed = [result for result in results if result.standing is Standing.FAILED]
    if any(result.certain for result in missed):
        return VerdictOutcome.REJECT
    return VerdictOutcome.HOLD if missed else VerdictOutcome.PROMOTE


def summed_up(results: Sequence[GateResult]) -> str:
    """Return the verdict in one sentence: how many gates are met, and the first that is not."""
    counts = Counter(result.standing for result in results)
    told = f"{counts[Standing.PASSED]} of {len(results) - counts[Standing.NOT_APPLICABLE]} gates passed"
    if counts[Standing.NOT_APPLICABLE]:
        told += f", {counts[Standing.NOT_APPLICABLE]} not applicable"
    missed = [result for result in results if result.standing is Standing.FAILED]
    missed.sort(key=lambda result: not result.certain)
    return f"{told}." if not missed else f"{told}. {missed[0].title}: {missed[0].sentence}"
