"""Stored results of checks over a window, the rule that judges them, and what people say of them."""

from enum import StrEnum

from pydantic import Field

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
    ``summary`` is the reason in one sentence. ``production`` is of served
    answers. ``figures`` are numbers by name that alert rules can watch.
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


class Correction(StrEnum):
    """How p-values are adjusted for the number of columns looked at."""

    FDR = "fdr"
    HOLM = "holm"
    NONE = "none"


class ColumnRule(Record):
    """What a rule says of columns: the test (None: by their kind), and the distance from which one counts as drifted
    (None: the test's own). ``ignored`` columns are shown but take no part in the verdict."""

    test: str | None = None
    threshold: float | None = Field(default=None, gt=0)
    ignored: bool = False


class RuleDraft(Record):
    """When a project counts as drifted.

    A column has drifted when its distance reaches its threshold *and* chance gives such a distance in fewer than
    ``significance`` of cases, adjusted for the number of columns (``correction``), on at least ``min_rows`` values a
    side. A window has drifted when ``share`` of what was tested has: of the features' importance for the champion
    with ``weighted``, else of their number; or when the target or the prediction has, with ``answers``. The rule fires
    when ``windows_drifted`` of the last ``windows`` windows have.
    """

    numbers: ColumnRule = ColumnRule()
    categories: ColumnRule = ColumnRule()
    columns: dict[str, ColumnRule] = {}
    missing: float = Field(default=0.1, gt=0, le=1)
    significance: float = Field(default=0.05, gt=0, lt=1)
    correction: Correction = Correction.FDR
    min_rows: int = Field(default=200, ge=5)
    weighted: bool = True
    share: float = Field(default=0.5, gt=0, le=1)
    answers: bool = True
    windows_drifted: int = Field(default=1, ge=1)
    windows: int = Field(default=1, ge=1, le=60)
    retrain_rate: float = Field(default=0.0, ge=0)


class DriftRule(RuleDraft):
    """A rule as it was kept: immutable, ``number`` counts within the project from 1; 0 is the one that everyone starts
    with and nobody kept."""

    project: str
    number: int
    note: str = ""
    created_at: Moment
    created_by: str


class BackTest(Record):
    """What a rule would have done over stored windows: which fired, and which of these had a drop in performance.

    ``fired`` are ids of reports; ``drops`` those with a measured drop among all windows, ``known`` how many windows
    have a measured performance.
    """

    windows: int
    days: float
    fired: tuple[str, ...]
    drops: tuple[str, ...]
    known: int
    sentence: str


class ReviewDecision(StrEnum):
    """What a reviewer says of a drift."""

    EXPECTED = "expected"
    INVESTIGATE = "investigate"
    RETRAIN = "retrain"


class DriftReview(Record):
    """What a person said of a report, or of one column in it (``column`` is empty for the whole)."""

    id: str
    project: str
    report: str
    column: str
    decision: ReviewDecision
    note: str
    job_id: str | None = None
    created_at: Moment
    created_by: str


class Cost(Record):
    """What drift costs beside what retraining costs.

    ``lost`` is the sum over windows of what answers like those at training would have been worth more, ``windows`` how
    many had a measured performance; ``retraining`` is the measured time of the last retraining or training, ``hours``,
    times the project's rate. None where it is not known; ``sentence`` says what to do about it.
    """

    lost: float | None
    windows: int
    hours: float | None
    retraining: float | None
    sentence: str
