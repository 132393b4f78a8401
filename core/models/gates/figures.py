"""Gates on figures over all held-out rows: a minimum, not worse than the champion, calibration."""

import math
from typing import Any

import numpy as np

from core.models.gates.case import ALONE, SEED, Case, failed, finite, not_applicable, number, passed, title_of
from core.models.gates.material import Material
from core.records.gate import CalibrationGate, GateResult, MinimumGate, NotWorseGate
from core.records.metric import METRICS
from core.records.project import Task
from core.training import intervals
from core.training.measures import Outcome, measure_one

BIN_ROWS, MOST_BINS = 50, 10
"""Rows a bin of a calibration needs, and how many bins there are at most."""


def minimum(gate: MinimumGate, case: Case) -> GateResult:
    """Judge the challenger's metric alone: its whole interval must clear the bound."""
    if case.material is None:
        return failed(gate.kind, case.unjudged)
    metric, outcome = case.metric(gate.metric), case.material.outcome
    title, higher = title_of(metric), METRICS[metric].higher_is_better
    value = figure(outcome, metric)
    bound = constant(outcome, metric) if gate.bound is None else gate.bound
    heading: dict[str, Any] = {"title": f"{title} {'at least' if higher else 'at most'} a bound", "metric": metric}
    if not math.isfinite(value) or not math.isfinite(bound):
        what = "the bound" if math.isfinite(value) else "its value"
        sentence = f"{title} is not defined on these {len(outcome.actual):,} rows ({what} is not a number)."
        return failed(gate.kind, sentence, certain=True, **heading)
    bands, method = intervals.bootstrap(outcome, SEED, {metric: value})
    low, high = bands.get(metric, (None, None))
    facts = {
        **heading,
        **finite(value=value, measured=value, low=low, high=high, threshold=bound),
        "wanted": "above" if higher else "below",
        "rows": len(outcome.actual),
        "method": method,
        "unit": METRICS[metric].unit,
    }
    wall = "what an answer without looking at any column gets" if gate.bound is None else "the bound"
    told = f"{title} is {number(value)} ({_band(low, high)}); {wall} is {number(bound)}"
    if low is None or high is None:
        return failed(gate.kind, f"{told}. There are too few rows for an interval.", **facts)
    if (low > bound) if higher else (high < bound):
        return passed(gate.kind, f"{told}.", **facts)
    missed = (high <= bound) if higher else (low >= bound)
    why = "All of the interval misses it" if missed else "The interval does not clear it"
    return failed(gate.kind, f"{told}. {why}.", certain=missed, **facts)


def figure(outcome: Outcome, metric: str) -> float:
    """Return a metric, NaN where an answer is no number."""
    told = outcome.scores if outcome.task.is_classification else outcome.answered
    return measure_one(outcome, metric) if np.isfinite(told).all() else math.nan


def constant(outcome: Outcome, metric: str) -> float:
    """Return the metric of the best answer that looks at no column: the shares of the classes, or the mean."""
    rows = len(outcome.actual)
    if not outcome.task.is_classification:
        mean = np.full(rows, outcome.actual.mean())
        return measure_one(Outcome(outcome.task, outcome.actual, mean, outcome.scores, None), metric)
    shares = np.bincount(outcome.actual.astype(np.int64), minlength=outcome.scores.shape[1]) / rows
    scores = np.tile(shares, (rows, 1))
    likeliest = np.full(rows, int(shares.argmax()))
    return measure_one(Outcome(outcome.task, outcome.actual, likeliest, scores, outcome.positive), metric)


def not_worse(gate: NotWorseGate, case: Case) -> GateResult:
    """Judge the gain over the champion on the same rows: the lower end of its interval decides, and a tie is no."""
    metric = case.metric(gate.metric)
    heading: dict[str, Any] = {"title": f"{title_of(metric)} against the champion", "metric": metric}
    if not case.champion:
        return not_applicable(gate.kind, ALONE, **heading)
    if case.material is None:
        return failed(gate.kind, case.unjudged, **heading)
    if case.material.pairing is None:
        sentence = f"Both cannot be compared on the same rows: {case.material.why_alone}."
        return failed(gate.kind, sentence, **heading)
    return _gain(gate, metric, case.material, heading)


def _gain(gate: NotWorseGate, metric: str, material: Material, heading: dict[str, Any]) -> GateResult:
    pairing = material.pairing
    assert pairing is not None  # noqa: S101 - the caller looked
    title = title_of(metric)
    sign = 1.0 if METRICS[metric].higher_is_better else -1.0
    rows = len(pairing.places)
    where = f"on the same {rows:,} rows{pairing.rows}"
    if not all(math.isfinite(figure(one, metric)) for one in (pairing.champion, pairing.challenger)):
        return failed(gate.kind, f"{title} is not a number {where}.", certain=True, **heading)
    found = intervals.paired(pairing.champion, pairing.challenger, metric, SEED)
    gain = sign * found.difference
    low, high = (None, None) if found.band is None else sorted(sign * end for end in found.band)
    facts = {
        **heading,
        **finite(value=found.second, champion=found.first, measured=gain, low=low, high=high, threshold=-gate.margin),
        "wanted": "above",
        "rows": rows,
        "method": found.method,
        "unit": METRICS[metric].unit,
    }
    told = f"{title} {number(found.first)} → {number(found.second)} {where}: gain {gain:+.4g} ({_band(low, high)})"
    if low is None or high is None:
        return failed(gate.kind, f"{told}. There are too few rows for an interval.", **facts)
    if low > -gate.margin:
        return passed(gate.kind, f"{told}.", **facts)
    return failed(gate.kind, f"{told}. {_shortfall(gate, gain, high)}", certain=high < -gate.margin, **facts)


def _shortfall(gate: NotWorseGate, gain: float, high: float) -> str:
    wall = f"a loss of {number(gate.margin)}" if gate.margin else "no gain at all"
    if high < -gate.margin:
        return f"It is surely worse than {wall}." if gate.margin else "It is surely worse than the champion."
    if not gain and not gate.margin:
        return "A tie is no."
    return f"The interval does not exclude {wall}, so it is not sure."


def calibration(gate: CalibrationGate, case: Case) -> GateResult:
    """Judge the mean distance between stated probabilities and observed shares, over bins of about as many rows."""
    if not case.project.task.is_classification:
        return not_applicable(gate.kind, "Numbers have no calibration.")
    if case.material is None:
        return failed(gate.kind, case.unjudged)
    outcome = case.material.outcome
    value, bins = calibration_error(outcome)
    rows = len(outcome.actual)
    facts = {**finite(value=value, measured=value, threshold=gate.most), "wanted": "below", "rows": rows}
    if case.material.pairing is not None:
        facts |= finite(champion=calibration_error(case.material.pairing.champion)[0])
    if not math.isfinite(value):
        return failed(gate.kind, "The calibration error is not a number.", certain=True)
    told = f"Probabilities are off by {number(value)} on average ({bins} bins, {rows:,} rows)"
    if value <= gate.most:
        return passed(gate.kind, f"{told}; at most {number(gate.most)} is allowed.", **facts)
    return failed(gate.kind, f"{told}, more than {number(gate.most)}.", **facts)


def calibration_error(outcome: Outcome) -> tuple[float, int]:
    """Return the expected calibration error and over how many bins it was taken; bins have about as many rows each, and
    equal probabilities share one.

    For a binary task of the positive class, else of the likeliest one (Guo et al. 2017).
    """
    if outcome.task is Task.BINARY:
        stated, came = outcome.score, outcome.is_positive.astype(np.float64)
    else:
        likeliest = outcome.scores.argmax(axis=1)
        stated, came = outcome.scores.max(axis=1), (likeliest == outcome.actual).astype(np.float64)
    if not np.isfinite(stated).all() or not len(stated):
        return math.nan, 0
    bins = max(1, min(MOST_BINS, len(stated) // BIN_ROWS))
    edges = np.unique(np.quantile(stated, np.linspace(0, 1, bins + 1)))
    places = np.clip(np.searchsorted(edges, stated, side="right") - 1, 0, max(len(edges) - 2, 0))
    gaps = np.bincount(places, weights=stated - came)
    return float(np.abs(gaps).sum()) / len(stated), int((np.bincount(places) > 0).sum())


def _band(low: float | None, high: float | None) -> str:
    return "no interval" if low is None or high is None else f"95 %: {low:.4g} to {high:.4g}"
