"""Retraining policies as people write and read them."""

from core.records.simulation import PolicyKind, RetrainPolicy
from core.retraining import triggers
from core.retraining_errors import CannotSimulate

KNOWN = "never, every:4, performance:10, rows:2000, drift"
COUNTED = (PolicyKind.EVERY, PolicyKind.PERFORMANCE, PolicyKind.ROWS)


def parse(text: str) -> RetrainPolicy:
    """Read ``never``, ``every:4``, ``performance:10``, ``rows:2000`` or ``drift``, each with a window as ``drift@90d``.

    Raises:
        CannotSimulate: it has another shape.
        InvalidSchedule: its window is no length.
    """
    said, _, span = text.strip().partition("@")
    kind, _, amount = said.partition(":")
    if span:
        triggers.period(span)
    try:
        found = PolicyKind(kind)
        return RetrainPolicy(kind=found, amount=float(amount or 0) if found in COUNTED else 0.0, span=span)
    except ValueError as error:
        raise CannotSimulate(
            problem=f"{text!r} is no policy: write one of {KNOWN}, with a window as drift@90d"
        ) from error


def words(policy: RetrainPolicy, step_s: int) -> str:
    """Return a policy in words; ``step_s`` is how far checks lie apart."""
    rows = f" on the last {policy.span}" if policy.span else " on all rows"
    amount = policy.amount
    said = {
        PolicyKind.NEVER: "never retrain",
        PolicyKind.EVERY: f"retrain every {amount * step_s / 86_400:g} days{rows}",
        PolicyKind.PERFORMANCE: f"retrain when the performance falls by {amount:g}%{rows}",
        PolicyKind.DRIFT: f"retrain when data drift{rows}",
        PolicyKind.ROWS: f"retrain at {amount:,.0f} new rows{rows}",
    }
    return said[policy.kind]
