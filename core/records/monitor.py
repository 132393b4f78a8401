"""Stored results of checks over a window."""

import math
from enum import StrEnum

from core.records.base import Moment, Record
from core.records.dataset import ColumnKind
from core.records.evaluation import Slice
from core.records.performance import ProductionWindow


class ReportKind(StrEnum):
    """What a check looked at."""

    DRIFT = "drift"
    QUALITY = "quality"
    CONCEPT = "concept"
    PERFORMANCE = "performance"


class ColumnVerdict(StrEnum):
    """What a drift test says of a column."""

    DRIFTED = "drifted"
    STABLE = "stable"
    TOO_FEW = "too_few_rows"
    UNTESTABLE = "untestable"


class Segment(Record):
    """A part of the rows that a column's drift may come from: rows where ``column`` is ``value``.

    ``distance`` is that within the segment, ``without`` that of all other rows: where it falls, the drift came from
    here. ``share`` is the segment's share of the current rows.
    """

    column: str
    value: str
    share: float
    distance: float
    without: float


class ColumnDrift(Record):
    """The drift test of one column.

    ``role`` is feature, target, prediction, or extra (only the current data have it); ``test`` a key of
    :mod:`core.monitoring.methods`. ``statistic`` is a p-value or a distance, as ``is_p_value`` says; ``threshold``
    already knows how many rows there were. ``p_value`` is how often chance alone gives samples so far apart,
    ``p_adjusted`` the same for as many columns as were tested; ``drifted`` needs both. ``scores`` holds every
    statistic of :mod:`core.monitoring.methods` that the column has, so that another rule can judge it later.
    ``reason`` says why there is no verdict, or adds to a finding.
    ``labels`` name the bins (ranges or categories); ``reference`` and ``current`` are shares of the non-missing
    values per bin; missing shares are apart. ``quantiles_*`` are at 1, 5, 25, 50, 75, 95 and 99 percent; ``gained``
    and ``lost`` are categories that only one side has, with their shares; ``rows`` are the places (from 0) of rows in
    the current data that contribute most.
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
    p_value: float | None = None
    p_adjusted: float | None = None
    importance: float | None = None
    scores: dict[str, float] = {}
    rows_reference: int
    rows_current: int
    values_reference: int = 0
    values_current: int = 0
    missing_reference: float
    missing_current: float
    categories: int = 0
    labels: tuple[str, ...] = ()
    edges: tuple[float, ...] = ()
    reference: tuple[float, ...] = ()
    current: tuple[float, ...] = ()
    mean_reference: float | None = None
    mean_current: float | None = None
    quantiles_reference: tuple[float, ...] = ()
    quantiles_current: tuple[float, ...] = ()
    gained: tuple[tuple[str, float], ...] = ()
    lost: tuple[tuple[str, float], ...] = ()
    segments: tuple[Segment, ...] = ()
    rows: tuple[int, ...] = ()


class Performance(Record):
    """How the champion did on the rows of a window whose truth is known.

    ``value`` is the project's ``metric`` on ``rows`` rows, ``expected`` the same on the rows held out when version
    ``version`` was trained, with its 95 % ``interval`` where it is known. ``dropped`` is whether the window is worse
    than that: outside of the interval, or by a tenth where there is none; None when nothing can be said.
    ``worth`` is what the answers were worth by the cost matrix, ``worth_expected`` what as many answers like those at
    training would have been.
    """

    metric: str
    value: float | None
    expected: float | None
    interval: tuple[float, float] | None = None
    rows: int
    version: int
    dropped: bool | None
    worth: float | None = None
    worth_expected: float | None = None
    note: str = ""


class QualityCheck(Record):
    """One look at the quality of a window: ``column`` is empty for the table as a whole; ``observed`` says in words
    what was found, ``figure`` in a number where there is one; ``outcome`` is passed, warn, fail or unchecked."""

    column: str
    check: str
    outcome: str
    observed: str
    figure: float | None = None


class ConceptPoint(Record):
    """The mean error of the champion over some labelled rows in the order of their time; ``at`` is when the first of
    them was, as ISO 8601 text, empty without a time."""

    at: str
    rows: int
    error: float


class Association(Record):
    """How much a feature tells of the target in the reference and in the current data, 0 to 1, and how often chance
    alone shifts it so far, adjusted for all features."""

    feature: str
    reference: float
    current: float
    p_adjusted: float
    shifted: bool


class Cell(Record):
    """A column in a window, small enough to draw many: a cell of the heat map."""

    name: str
    role: str
    kind: ColumnKind
    verdict: ColumnVerdict
    test: str
    statistic: float | None
    threshold: float | None
    is_p_value: bool
    p_value: float | None = None
    p_adjusted: float | None = None
    importance: float | None = None
    reason: str = ""
    scores: dict[str, float] = {}
    values_reference: int = 0
    values_current: int = 0
    missing_reference: float = 0.0
    missing_current: float = 0.0
    rows_reference: int = 0
    rows_current: int = 0
    categories: int = 0


class ReportFacts(Record):
    """What every form of a report says.

    ``since`` and ``until`` are the time of the current side (``since <= t < until``) where it has one; ``series`` is
    shared by the windows of one job. ``drifted`` is the verdict on this window, ``fires`` what the project's rule
    (``rule`` is its number, 0 for the one that everyone starts with) says together with the windows before it;
    ``summary`` is the reason in one sentence. ``production`` is of served answers. ``figures`` are numbers by name that
    alert rules can watch. ``dataset`` is the dataset version that the current side is a part of, empty for logged
    predictions.
    """

    id: str
    project: str
    kind: ReportKind
    reference: str
    current: str
    rows_reference: int
    rows_current: int
    drifted: bool
    fires: bool = False
    drifted_columns: int
    tested_columns: int
    summary: str
    since: Moment | None = None
    until: Moment | None = None
    series: str = ""
    rule: int = 0
    engine: str = ""
    dataset: str = ""
    figures: dict[str, float] = {}
    performance: Performance | None = None
    production: ProductionWindow | None = None
    job_id: str | None
    created_at: Moment

    @property
    def outcome(self) -> str:
        """``drifted`` or ``stable``, and ``untested`` when nothing could be tested: no verdict is no good news."""
        if not self.tested_columns:
            return "untested"
        return "drifted" if self.drifted else "stable"

    @property
    def moment(self) -> Moment:
        """When the window began, or when it was looked at: where it stands in time."""
        return self.since or self.created_at


class ReportOutline(ReportFacts):
    """A report without the shapes of its columns: what lists, heat maps, alert rules and triggers read."""

    cells: tuple[Cell, ...] = ()


class MonitorReport(ReportFacts):
    """The whole result of one check.

    ``columns`` are of a drift check, ``checks`` of a quality check; ``points``, ``changes`` (places among the points
    from which on the error is another) and ``associations`` of a concept check; ``slices`` are kinds of labelled
    answers that fare worse than all others.
    """

    columns: tuple[ColumnDrift, ...] = ()
    checks: tuple[QualityCheck, ...] = ()
    points: tuple[ConceptPoint, ...] = ()
    changes: tuple[int, ...] = ()
    associations: tuple[Association, ...] = ()
    slices: tuple[Slice, ...] = ()

    @property
    def outline(self) -> ReportOutline:
        """The report without the shapes of its columns."""
        shared = {name: getattr(self, name) for name in ReportFacts.model_fields}
        return ReportOutline(**shared, cells=tuple(cell(column) for column in self.columns))


def cell(column: ColumnDrift) -> Cell:
    """Return what a heat map needs of a column."""
    return Cell(**{name: getattr(column, name) for name in Cell.model_fields})


MOST_SEVERE = 8.0


def severity(column: ColumnDrift | Cell) -> float:
    """Return how far the statistic is beyond its threshold, 1 at the threshold, at most ``MOST_SEVERE``; 0 when not
    tested.

    p-values are compared on a logarithmic scale, on which smaller means stronger evidence.
    """
    statistic, threshold = column.statistic, column.threshold
    if statistic is None or not threshold:
        return 0.0
    if column.is_p_value:
        evidence = math.log(max(statistic, 1e-300)) / math.log(threshold) if threshold < 1 else 0.0
        return min(max(evidence, 0.0), MOST_SEVERE)
    return min(statistic / threshold, MOST_SEVERE)
