"""The verdict on a window as a whole, and on windows in a row, with the sentence that says why."""

from collections.abc import Sequence
from dataclasses import dataclass

from core.monitoring.judging import Measured
from core.monitoring.roles import FEATURE, PREDICTION, TARGET
from core.records.drift_rule import RuleDraft
from core.records.monitor import ColumnVerdict, severity

NAMED = 3


@dataclass(frozen=True)
class Verdict:
    """``drifted`` on the whole, how many columns of how many tested, and why, in one sentence.

    ``share`` is that of the drifted features: of their importance where ``is_weighted``, else of their number.
    """

    drifted: bool
    drifted_columns: int
    tested_columns: int
    share: float
    is_weighted: bool
    summary: str

    @property
    def figures(self) -> dict[str, float]:
        """The numbers that alert rules can watch."""
        return {
            "drifted_columns": float(self.drifted_columns),
            "tested_columns": float(self.tested_columns),
            "drifted_share": self.share,
        }


def of_window(columns: Sequence[Measured], rule: RuleDraft | None = None) -> Verdict:
    """Call a window drifted when enough of its features did, by importance or number, or target or prediction."""
    rule = rule or RuleDraft()
    taking = [column for column in columns if not _is_ignored(column, rule)]
    tested = [column for column in taking if column.verdict in (ColumnVerdict.DRIFTED, ColumnVerdict.STABLE)]
    moved = [column for column in tested if column.verdict is ColumnVerdict.DRIFTED]
    features = [column for column in tested if column.role == FEATURE]
    drifted = [column for column in moved if column.role == FEATURE]
    share, is_weighted = _share(features, drifted, rule)
    many = bool(drifted) and share >= rule.share
    answers = [column for column in moved if column.role in (TARGET, PREDICTION)] if rule.answers else []
    if tested:
        sentence = _sentence(columns, features, drifted, answers, (share, is_weighted, many))
    else:
        sentence = _no_verdict(columns, rule.min_rows)
    return Verdict(many or bool(answers), len(moved), len(tested), share, is_weighted, sentence)


def fires(drifted: Sequence[bool], rule: RuleDraft) -> bool:
    """Tell whether enough of the last windows drifted; ``drifted`` is in the order of time, the window itself last."""
    return bool(drifted) and sum(drifted[-rule.windows :]) >= rule.windows_drifted


def _is_ignored(column: Measured, rule: RuleDraft) -> bool:
    own = rule.columns.get(column.name)
    return own is not None and own.ignored


def _share(features: Sequence[Measured], drifted: Sequence[Measured], rule: RuleDraft) -> tuple[float, bool]:
    """Return the share of the drifted features, and whether it is of their importance: where it is known."""
    whole = sum(column.importance or 0.0 for column in features)
    if rule.weighted and whole > 0:
        return sum(column.importance or 0.0 for column in drifted) / whole, True
    return (len(drifted) / len(features) if features else 0.0), False


def _sentence(
    columns: Sequence[Measured],
    features: Sequence[Measured],
    drifted: Sequence[Measured],
    answers: Sequence[Measured],
    found: tuple[float, bool, bool],
) -> str:
    share, is_weighted, many = found
    parts = [_of_answer(column) for column in answers]
    if features:
        part = f"{len(drifted)} of {len(features)} tested features drifted{_names(drifted)}"
        if drifted and is_weighted:
            part += f" with {share:.0%} of the importance"
        if drifted:
            part += ", enough" if many else ", too little to call the data drifted"
        parts.append(part)
    else:
        parts.append("no feature could be tested")
    head = "Drift" if many or answers else "No drift"
    return f"{head}: {'; '.join(parts)}{_untested(columns)}."


def _of_answer(column: Measured) -> str:
    what = f"the target {column.name}" if column.role == TARGET else "the prediction"
    return f"{what} drifted ({column.statistic:.3g}, threshold {column.threshold:.3g})"


def _names(columns: Sequence[Measured]) -> str:
    if not columns:
        return ""
    worst = sorted(columns, key=lambda column: -(column.importance or 0.0) - severity(column) / 1e3)
    shown = ", ".join(column.name for column in worst[:NAMED])
    return f" ({shown}{', ...' if len(worst) > NAMED else ''})"


def _untested(columns: Sequence[Measured]) -> str:
    left = [column.name for column in columns if column.verdict in (ColumnVerdict.TOO_FEW, ColumnVerdict.UNTESTABLE)]
    if not left:
        return ""
    shown = ", ".join(left[:NAMED]) + (", ..." if len(left) > NAMED else "")
    return f"; {len(left)} {'column' if len(left) == 1 else 'columns'} without a verdict ({shown})"


def _no_verdict(columns: Sequence[Measured], least: int) -> str:
    if any(column.verdict is ColumnVerdict.TOO_FEW for column in columns):
        return f"No verdict: a test needs {least} values on each side, and no column has them."
    return "No verdict: no column could be tested; the reason stands beside each."
