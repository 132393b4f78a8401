"""Gates on parts of the held-out rows: no kind of rows falls, and groups are treated alike."""

import math
from collections.abc import Iterator
from typing import Any

import numpy as np

from core.models.gates.case import ALONE, Case, failed, finite, not_applicable, number, passed
from core.models.gates.material import Material, Pairing
from core.records.gate import FairnessGate, GatePart, GateResult, SlicesGate
from core.training import fairness, slices
from core.training.measures import Array

SHOWN = 10


def falling(gate: SlicesGate, case: Case) -> GateResult:
    """Judge each kind of rows: did its errors grow by more than the margin, and by more than chance?"""
    if not case.champion:
        return not_applicable(gate.kind, ALONE)
    if case.material is None:
        return failed(gate.kind, case.unjudged)
    pairing = case.material.pairing
    if pairing is None:
        return failed(gate.kind, f"Both cannot be compared on the same rows: {case.material.why_alone}.")
    columns = gate.columns or tuple(feature.column.name for feature in case.manifest.features)
    missing = [name for name in columns if name not in case.material.frame]
    if missing:
        return failed(gate.kind, f"The data {case.manifest.dataset} has no column {missing[0]!r}.")
    return _judged(gate, pairing, list(_kinds(gate, case.material, pairing, columns)))


def _kinds(
    gate: SlicesGate, material: Material, pairing: Pairing, columns: tuple[str, ...]
) -> Iterator[tuple[str, Array]]:
    frame = material.frame.iloc[pairing.places]
    for name in columns:
        for label, mask in slices.parts(frame[name]):
            if gate.least <= mask.sum():
                yield f"{name} is {label}", mask


def _judged(gate: SlicesGate, pairing: Pairing, kinds: list[tuple[str, Array]]) -> GateResult:
    before, after = slices.errors_of(pairing.champion), slices.errors_of(pairing.challenger)
    is_share = pairing.champion.task.is_classification
    margin = gate.margin if is_share else gate.margin * float(before.mean())
    facts = {"threshold": margin, "wanted": "below", "unit": "share" if is_share else "target"}
    if not kinds:
        return not_applicable(gate.kind, f"No kind of rows has {gate.least} held-out rows.", **facts)
    width = _quantile(1 - 0.05 / 2 / len(kinds))
    parts = [_part(name, mask, before, after, width, margin) for name, mask in kinds]
    parts.sort(key=lambda part: (part.passed, -((part.value or 0.0) - (part.champion or 0.0))))
    fallen = [part for part in parts if not part.passed]
    worst = parts[0]
    facts |= {
        "parts": tuple(parts[:SHOWN]),
        "rows": len(before),
        "method": f"normal intervals of paired differences, for {len(kinds):,} kinds of rows at once (Bonferroni)",
        **finite(
            measured=(worst.value or 0.0) - (worst.champion or 0.0),
            low=worst.low,
            high=worst.high,
            value=worst.value,
            champion=worst.champion,
        ),
    }
    what = "errors" if is_share else "mean error"
    told = f"{worst.name}: {what} {number(worst.champion)} → {number(worst.value)} on {worst.rows:,} rows"
    if not fallen and worst.value is not None and worst.value - (worst.champion or 0.0) > margin:
        told += f", more than {number(margin)} but within chance"
    if not fallen:
        return passed(gate.kind, f"None of {len(kinds):,} kinds of rows falls. The least good: {told}.", **facts)
    more = f", and {len(fallen) - 1} more" if len(fallen) > 1 else ""
    sentence = f"{told}{more}; at most {number(margin)} more is allowed."
    return failed(gate.kind, sentence, certain=bool(gate.columns), **facts)


def _part(name: str, mask: Array, before: Array, after: Array, width: float, margin: float) -> GatePart:
    grown = after[mask] - before[mask]
    rows = len(grown)
    middle = float(grown.mean())
    half = width * float(grown.std(ddof=1)) / math.sqrt(rows)
    return GatePart(
        name=name,
        rows=rows,
        value=float(after[mask].mean()),
        champion=float(before[mask].mean()),
        low=middle - half,
        high=middle + half,
        passed=not (middle > margin and middle - half > 0),
    )


def _quantile(share: float) -> float:
    from scipy.special import ndtri

    return float(ndtri(share))


def alike(gate: FairnessGate, case: Case) -> GateResult:
    """Judge the largest difference of a figure between two groups of each column."""
    title = f"Fairness: {fairness.FIGURES[gate.figure].lower()}"
    if case.material is None:
        return failed(gate.kind, case.unjudged, title=title)
    frame = case.material.frame
    missing = [name for name in gate.columns if name not in frame]
    if missing:
        return failed(gate.kind, f"The data {case.manifest.dataset} has no column {missing[0]!r}.", title=title)
    found = fairness.groups(frame[list(gate.columns)], case.material.outcome)
    gaps = {name: fairness.differences(found, name, gate.least).get(gate.figure) for name in gate.columns}
    parts = tuple(
        GatePart(name=f"{one.column} is {one.group}", rows=one.rows, value=one.figures.get(gate.figure))
        for one in found
        if one.rows >= gate.least
    )
    facts: dict[str, Any] = {
        "title": title,
        "threshold": gate.most,
        "wanted": "below",
        "rows": len(frame),
        "parts": parts[:50],
    }
    unknown = next((name for name, gap in gaps.items() if gap is None or not math.isfinite(gap)), None)
    if unknown is not None:
        sentence = f"The groups of {unknown!r} cannot be compared: too few have {gate.least} rows with such a figure."
        return failed(gate.kind, sentence, **facts)
    name, gap = max(((name, float(gap or 0.0)) for name, gap in gaps.items()), key=lambda pair: pair[1])
    facts |= finite(measured=gap, value=gap)
    told = f"Groups of {name!r} are {number(gap)} apart"
    if np.isfinite(gap) and gap <= gate.most:
        return passed(gate.kind, f"{told}; at most {number(gate.most)} is allowed.", **facts)
    return failed(gate.kind, f"{told}, more than {number(gate.most)}.", certain=True, **facts)
