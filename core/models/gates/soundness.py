"""Gates on the model as a thing that serves: its file and probe, its speed and size, the data it learned from."""

import time
from collections.abc import Callable

from core.clock import Clock
from core.errors import BlobCorrupt, BlobNotFound, BundleMismatch, ParityFailed, UnsafeModel
from core.models.gates.case import Case, Served, failed, finite, not_applicable, number, passed
from core.ports.blobs import BlobStore
from core.ports.unit_of_work import Store
from core.records.base import JsonObject
from core.records.contract import Outcome
from core.records.gate import ContractGate, GateResult, LatencyGate, ParityGate, SizeGate
from core.training import tables, verification

CALLS, WARM = 30, 3


def measured(store: Store, blobs: BlobStore, clock: Clock, bundle_sha256: str, subject: str) -> Served:
    """Load a bundle as a server would, prove it, and time single answers by what answers when it serves."""
    try:
        model = verification.prove(store, blobs, clock, bundle_sha256, subject)
    except (BlobNotFound, BlobCorrupt, BundleMismatch, ParityFailed, UnsafeModel) as error:
        return Served(unsound=error.message)
    manifest, compiled = model.manifest, model.compiled

    def answer(record: JsonObject) -> None:
        if compiled is not None:
            compiled.one(record)
        else:
            tables.answer(manifest, model.pipeline, [record])

    ms = _median_ms(answer, [row.features for row in manifest.probe])
    return Served(ms=ms, mb=blobs.size(manifest.model_sha256) / 1e6)


def _median_ms(answer: Callable[[JsonObject], None], records: list[JsonObject]) -> float:
    spent = []
    for call in range(WARM + CALLS):
        start = time.perf_counter()
        answer(records[call % len(records)])
        spent.append(time.perf_counter() - start)
    return sorted(spent[WARM:])[CALLS // 2] * 1000


def parity(gate: ParityGate, case: Case) -> GateResult:
    """Judge whether the stored bytes are whole and answer as at training."""
    if case.served.unsound:
        return failed(gate.kind, case.served.unsound, certain=True)
    rows = len(case.manifest.probe)
    return passed(gate.kind, f"Its bytes are whole, and it answers {rows} known rows as at training.", rows=rows)


def latency(gate: LatencyGate, case: Case) -> GateResult:
    """Judge the time of one answer."""
    return _at_most(gate.kind, "One answer takes", case.served.ms, gate.most_ms, "ms")


def size(gate: SizeGate, case: Case) -> GateResult:
    """Judge the size of the model's file."""
    return _at_most(gate.kind, "The model's file has", case.served.mb, gate.most_mb, "MB")


def _at_most(kind: str, what: str, value: float | None, most: float, unit: str) -> GateResult:
    if value is None:
        return failed(kind, "It could not be measured, since the model was refused.")
    facts = {**finite(value=value, measured=value, threshold=most), "wanted": "below", "unit": unit}
    told = f"{what} {number(value)} {unit}"
    if value <= most:
        return passed(kind, f"{told}; at most {number(most)} {unit} is allowed.", **facts)
    return failed(kind, f"{told}, more than {number(most)} {unit}.", certain=unit == "MB", **facts)


def contract(gate: ContractGate, case: Case) -> GateResult:
    """Judge whether the data it learned from passed their contract."""
    data = case.manifest.dataset
    if case.contract is None:
        return not_applicable(gate.kind, f"{data} has no contract.")
    told = f"{data} {case.contract.outcome.value} its contract (version {case.contract.contract})"
    broken = case.contract.failed
    if broken:
        told += f": {broken[0].sentence}" + (f", and {len(broken) - 1} more" if len(broken) > 1 else "")
    if case.contract.outcome is Outcome.FAILS:
        return failed(gate.kind, f"{told}.", certain=True)
    if case.contract.outcome is Outcome.WARNS and not gate.warnings:
        return failed(gate.kind, f"{told}, and warnings are not let pass.")
    return passed(gate.kind, f"{told}.")
