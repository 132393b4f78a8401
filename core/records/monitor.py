"""Stored results of checks over a window."""

from enum import StrEnum

from core.records.base import Moment, Record
from core.records.dataset import ColumnKind


class ReportKind(StrEnum):
    """What a check looked at."""

    DRIFT = "drift"


class ColumnVerdict(StrEnum):
    """What a drift test says of a column."""

    DRIFTED = "drifted"
    STABLE = "stable"
    TOO_FEW = "too_few_rows"
    UNTESTABLE = "untestable"


class ColumnDrift(Record):
    """The drift test of one column.

    ``role`` is feature, target, prediction, or extra (only the current data have it); ``test`` a key of
    :mod:`core.monitoring.methods`. ``statistic`` is a p-value or a distance, as ``is_p_value`` says; ``drifted``
    follows from ``threshold``, which already knows how many rows there were. ``reason`` says why there is no verdict,
    or adds to a finding.
    ``labels`` name the bins (ranges or categories); ``reference`` and ``current`` are shares of the non-missing
    values per bin; missing shares are apart.
    """

    name: str
    kind: ColumnKind
    role: str
    test: str
    statistic: float | None
    threshold: float | None
    is_p_value: bool
    verdict: ColumnVerdict
    reason: str = ""
    rows_reference: int
    rows_current: int
    missing_reference: float
    missing_current: float
    labels: tuple[str, ...] = ()
    edges: tuple[float, ...] = ()
    reference: tuple[float, ...] = ()
    current: tuple[float, ...] = ()
    mean_reference: float | None = None
    mean_current: float | None = None


class MonitorReport(Record):
    """The result of one check: ``drifted`` is the verdict on the whole, ``summary`` the reason in one sentence."""

    id: str
    project: str
    kind: ReportKind
    reference: str
    current: str
    rows_reference: int
    rows_current: int
    drifted: bool
    drifted_columns: int
    tested_columns: int
    summary: str
    columns: tuple[ColumnDrift, ...]
    job_id: str | None
    created_at: Moment

    @property
    def outcome(self) -> str:
        """``drifted`` or ``stable``, and ``untested`` when nothing could be tested: no verdict is no good news."""
        if not self.tested_columns:
            return "untested"
        return "drifted" if self.drifted else "stable"
