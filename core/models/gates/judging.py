"""From a case to results: each gate of the policy in turn."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from core.models.gates import figures, groups, people, soundness, traffic
from core.models.gates.case import Case
from core.records.gate import Gate, GateResult

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
    "replay": traffic.replay,
    "approval": people.approval,
}


def judge(gates: Sequence[Gate], case: Case) -> tuple[GateResult, ...]:
    """Return what each gate found, in the order of the policy."""
    return tuple(_JUDGES[gate.kind](gate, case) for gate in gates)
