"""A rule applied to what was measured: a verdict for each column, for the window, and for windows in a row.

Pure, and the same for a report that is made and for history that is judged anew by another rule.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from core.monitoring import methods
from core.monitoring.methods import Method
from core.records.drift_rule import ColumnRule, Correction, RuleDraft
from core.records.monitor import Cell, ColumnDrift, ColumnVerdict
from core.statistics import significance

T = TypeVar("T", ColumnDrift, Cell)
Measured = ColumnDrift | Cell

_ADJUST: Mapping[Correction, Callable[[Sequence[float]], list[float]]] = {
    Correction.FDR: significance.false_discovery,
    Correction.HOLM: significance.holm,
    Correction.NONE: list,
}


@dataclass(frozen=True)
class _Asked:
    """One look at a column: the test, its number and threshold, and how often chance alone does that."""

    method: str
    statistic: float
    threshold: float
    p_value: float
    is_p_value: bool = False
    is_large: bool = True
    note: str = ""

    def is_drift(self, adjusted: float, significance_: float) -> bool:
        """Whether the distance matters and chance does not explain it."""
        return self.is_large and adjusted < (min(self.threshold, 1.0) if self.is_p_value else significance_)


def of_column(rule: RuleDraft, column: Measured) -> ColumnRule:
    """Return what a rule says of a column: of it alone, else of its kind."""
    usual = rule.numbers if column.kind.is_numeric else rule.categories
    own = rule.columns.get(column.name)
    if own is None:
        return usual
    test = own.test or usual.test
    threshold = own.threshold if own.threshold or own.test else usual.threshold
    return ColumnRule(test=test, threshold=threshold, ignored=own.ignored)


def method_of(column: Measured, rule: RuleDraft) -> Method | None:
    """Return the test that a rule asks of a column; that of its kind where the one named does not fit."""
    if methods.LENGTH in column.scores:
        return methods.BY_KEY[methods.LENGTH]
    named = methods.BY_KEY.get(of_column(rule, column).test or "")
    if named is not None and named.key in column.scores:
        return named
    return methods.method_for(column.kind)


def judge(columns: Sequence[T], rule: RuleDraft) -> tuple[T, ...]:
    """Return the columns with test, threshold, adjusted p-value and verdict by ``rule``.

    Columns without scores (not testable, or of reports from before there were scores) stay as they are.
    """
    own = [_own(column, rule) for column in columns]
    gone = [_missing(column, rule) for column in columns]
    adjusted = _adjusted(own, rule), _adjusted(gone, rule)
    return tuple(
        _judged(column, rule, (own[place], adjusted[0][place]), (gone[place], adjusted[1][place]))
        for place, column in enumerate(columns)
    )


def _own(column: Measured, rule: RuleDraft) -> _Asked | None:
    """Return the look at the values of a column, None where there are too few of them."""
    method, found = method_of(column, rule), column.scores
    sizes = column.values_reference, column.values_current
    if method is None or method.key not in found or min(sizes) < rule.min_rows:
        return None
    asked = of_column(rule, column)
    fits = asked.test is None or asked.test == method.key
    threshold = method.threshold(found, sizes, asked.threshold if fits else None)
    chance = found.get(methods.p_key(method, column.kind), 1.0)
    if method.is_p_value:
        partner = methods.BY_KEY[method.partner]
        is_large = found.get(partner.key, 0.0) >= partner.effect
        return _Asked(method.key, found[method.key], threshold, chance, is_p_value=True, is_large=is_large)
    if _is_blind(method, column) and found[method.key] < threshold:
        return _seen_by_ks(column, method)
    return _Asked(method.key, found[method.key], threshold, chance, is_large=found[method.key] >= threshold)


def _is_blind(method: Method, column: Measured) -> bool:
    """Whether binned numbers may hide everything: equal quantiles, or one far value that makes bins too wide."""
    if not column.kind.is_numeric or method.key in ("ks_distance", "wasserstein"):
        return False
    return method.key != "psi" or column.scores.get(methods.BINS, 10) < methods.FEWEST_BINS


def _seen_by_ks(column: Measured, method: Method) -> _Asked:
    """Return the look by the Kolmogorov-Smirnov distance, which has no bins that could hide something."""
    other, found = methods.BY_KEY["ks_distance"], column.scores
    apart = found[other.key]
    # Twice the effect: bins that work see as much themselves.
    if apart < 2 * other.effect:
        value = found[method.key]
        sizes = column.values_reference, column.values_current
        return _Asked(method.key, value, method.threshold(found, sizes), found[methods.KS], is_large=False)
    note = f"{method.title} is {found[method.key]:.3g}, since its bins hide the difference"
    return _Asked(other.key, apart, other.effect, found[methods.KS], note=note)


def _missing(column: Measured, rule: RuleDraft) -> _Asked | None:
    """Return the look at the share of missing values."""
    found = column.scores
    if methods.MISSING_KEY not in found or min(column.rows_reference, column.rows_current) < rule.min_rows:
        return None
    apart, chance = found[methods.MISSING_KEY], found[methods.MISSING_P]
    return _Asked(methods.MISSING_KEY, apart, rule.missing, chance, is_large=apart >= rule.missing)


def _adjusted(looks: Sequence[_Asked | None], rule: RuleDraft) -> list[float]:
    """Return p-values adjusted for all looks; 1 where there was none."""
    taken = [place for place, look in enumerate(looks) if look is not None]
    values = _ADJUST[rule.correction]([look.p_value for look in looks if look is not None])
    found = [1.0] * len(looks)
    for place, value in zip(taken, values, strict=True):
        found[place] = float(value)
    return found


def _judged(column: T, rule: RuleDraft, own: tuple[_Asked | None, float], missing: tuple[_Asked | None, float]) -> T:
    look, adjusted = own
    if look is not None and look.is_drift(adjusted, rule.significance):
        return _with(column, look, adjusted, ColumnVerdict.DRIFTED, look.note or _newcomers(column))
    gone, chance = missing
    if gone is not None and gone.is_drift(chance, rule.significance):
        shares = f"missing values went from {column.missing_reference:.1%} to {column.missing_current:.1%}"
        return _with(column, gone, chance, ColumnVerdict.DRIFTED, shares)
    if look is not None:
        return _with(column, look, adjusted, ColumnVerdict.STABLE, _kept(column))
    if not (set(column.scores) - {methods.MISSING_KEY, methods.MISSING_P}):
        return column
    few = (
        f"{column.values_reference:,} values in the reference and {column.values_current:,} in the current data; below "
        f"{rule.min_rows} on either side chance alone looks like drift"
    )
    told = {"verdict": ColumnVerdict.TOO_FEW, "reason": few, "statistic": None, "threshold": None}
    return column.model_copy(update={**told, "p_value": None, "p_adjusted": None})


def _kept(column: Measured) -> str:
    return column.reason if methods.LENGTH in column.scores else ""


def _newcomers(column: Measured) -> str:
    gained = getattr(column, "gained", ())
    if not gained:
        return _kept(column) or (column.reason if column.reason.startswith("not in the reference") else "")
    return "not in the reference: " + ", ".join(f"{name[:40]} ({share:.1%})" for name, share in gained[:3])


def _with(column: T, look: _Asked, adjusted: float, verdict: ColumnVerdict, reason: str) -> T:
    told: dict[str, Any] = {
        "test": look.method,
        "statistic": look.statistic,
        "threshold": look.threshold,
        "is_p_value": look.is_p_value,
        "p_value": look.p_value,
        "p_adjusted": adjusted,
        "verdict": verdict,
        "reason": reason,
    }
    return column.model_copy(update=told)
