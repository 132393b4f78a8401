"""The gate on what real requests would have been answered."""

from core.models.gates.case import ALONE, Case, failed, finite, not_applicable, number, passed
from core.records.gate import GatePart, GateResult, ReplayGate


def replay(gate: ReplayGate, case: Case) -> GateResult:
    """Judge the share of logged requests that the challenger answers otherwise than the champion."""
    if not case.champion:
        return not_applicable(gate.kind, ALONE)
    if case.replay is None and case.replay_problem:
        return failed(gate.kind, case.replay_problem)
    if case.replay is None:
        told = f"{case.logged:,} answers were logged, and the gate speaks from {gate.least:,} on."
        return not_applicable(gate.kind, told)
    found = case.replay.findings
    if found.rows < gate.least:
        return not_applicable(gate.kind, f"It was replayed on {found.rows:,} requests; {gate.least:,} are needed.")
    parts = tuple(
        GatePart(name=f"{flip.before} → {flip.after}", rows=flip.rows, value=flip.share) for flip in found.flips
    )
    facts = {
        **finite(
            value=found.flip_share, measured=found.flip_share, low=found.low, high=found.high, threshold=gate.most
        ),
        "wanted": "below",
        "unit": "share",
        "rows": found.rows,
        "method": "Wilson's 95 % interval",
        "parts": parts,
    }
    until, made = (f"{moment:%Y-%m-%d %H:%M}" for moment in (case.replay.until, case.replay.created_at))
    when = f"Requests until {until} UTC, replayed {made} UTC."
    if found.flip_share <= gate.most:
        return passed(gate.kind, f"{case.replay.summary} At most {number(100 * gate.most)} % may. {when}", **facts)
    return failed(gate.kind, f"{case.replay.summary} More than {number(100 * gate.most)} %. {when}", **facts)
