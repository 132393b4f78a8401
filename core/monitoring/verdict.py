"""The verdict on the data as a whole, and the sentence that says why."""

from collections.abc import Sequence
from dataclasses import dataclass

from core.monitoring.drift import FEATURE, PREDICTION, TARGET
from core.monitoring.methods import DRIFTED_SHARE, MIN_ROWS
from core.records.monitor import ColumnDrift, ColumnVerdict

NAMED = 3


@dataclass(frozen=True)
class Verdict:
    """``drifted`` on the whole, how many columns of how many tested, and why, in one sentence."""

    drifted: bool
    drifted_columns: int
    tested_columns: int
    summary: str


def judge(columns: Sequence[ColumnDrift], least: int = MIN_ROWS) -> Verdict:
    """Call the data drifted when half of the tested features did, or the target, or the prediction.

    ``least`` is how many values a test needed, for the sentence.
    """
    tested = [column for column in columns if column.verdict in (ColumnVerdict.DRIFTED, ColumnVerdict.STABLE)]
    moved = [column for column in tested if column.verdict is ColumnVerdict.DRIFTED]
    features = [column for column in tested if column.role == FEATURE]
    drifted_features = [column for column in moved if column.role == FEATURE]
    many = bool(features) and len(drifted_features) >= DRIFTED_SHARE * len(features)
    answers = [column for column in moved if column.role in (TARGET, PREDICTION)]
    drifted = many or bool(answers)
    sentence = _sentence(columns, features, drifted_features, answers) if tested else _no_verdict(columns, least)
    return Verdict(drifted, len(moved), len(tested), sentence)


def _sentence(
    columns: Sequence[ColumnDrift],
    features: Sequence[ColumnDrift],
    drifted: Sequence[ColumnDrift],
    answers: Sequence[ColumnDrift],
) -> str:
    parts = [_of_answer(column) for column in answers]
    many = bool(features) and len(drifted) >= DRIFTED_SHARE * len(features)
    if features:
        count = f"{len(drifted)} of {len(features)} tested features drifted{_names(drifted)}"
        parts.append(f"{count}, {'half or more' if many else 'fewer than half'}" if drifted else count)
    else:
        parts.append("no feature could be tested")
    head = "Drift" if many or answers else "No drift"
    return f"{head}: {'; '.join(parts)}{_untested(columns)}."


def _of_answer(column: ColumnDrift) -> str:
    what = f"the target {column.name}" if column.role == TARGET else "the prediction"
    return f"{what} drifted ({column.statistic:.3g}, threshold {column.threshold:.3g})"


def _names(columns: Sequence[ColumnDrift]) -> str:
    if not columns:
        return ""
    worst = sorted(columns, key=lambda column: -(column.statistic or 0.0) / (column.threshold or 1.0))
    shown = ", ".join(column.name for column in worst[:NAMED])
    return f" ({shown}{', ...' if len(worst) > NAMED else ''})"


def _untested(columns: Sequence[ColumnDrift]) -> str:
    left = [column.name for column in columns if column.verdict in (ColumnVerdict.TOO_FEW, ColumnVerdict.UNTESTABLE)]
    if not left:
        return ""
    shown = ", ".join(left[:NAMED]) + (", ..." if len(left) > NAMED else "")
    return f"; {len(left)} {'column' if len(left) == 1 else 'columns'} without a verdict ({shown})"


def _no_verdict(columns: Sequence[ColumnDrift], least: int) -> str:
    if any(column.verdict is ColumnVerdict.TOO_FEW for column in columns):
        return f"No verdict: a test needs {least} values on each side, and no column has them."
    return "No verdict: no column could be tested; the reason stands beside each."
