"""How served answers did, window by window: measured where labels are in, estimated where they are not."""

from core.records.base import Moment, Record

Band = tuple[float, float]


class MetricFigure(Record):
    """One metric in one window, each with its 95 % interval where there is one.

    ``value`` is measured on labelled answers, ``estimated`` computed for all answers from the model's own
    confidence, or from the errors it had on rows alike,
    ``expected`` what the versions that answered had on their held-out rows.
    """

    name: str
    value: float | None = None
    band: Band | None = None
    estimated: float | None = None
    estimated_band: Band | None = None
    expected: float | None = None
    expected_band: Band | None = None


class ProductionWindow(Record):
    """What is known of the answers of a window.

    ``labelled`` of ``predictions`` have a label that the model could have answered, ``foreign`` one that it could not;
    ``early`` labels were observed before their prediction was made: clocks differ. ``provisional`` says that fewer
    have a label than the project's ``enough`` (a share), so that the measured figures may still change. ``reason`` says
    why nothing was measured, ``estimate_reason`` why nothing was estimated, ``calibration`` what the estimate rests on.
    ``worth`` is what the labelled answers were worth by the project's cost matrix, ``worth_expected`` what as many like
    those at training would have been.
    """

    predictions: int
    labelled: int
    foreign: int = 0
    early: int = 0
    versions: tuple[int, ...] = ()
    enough: float
    provisional: bool
    metrics: tuple[MetricFigure, ...] = ()
    reason: str = ""
    estimate_reason: str = ""
    calibration: str = ""
    worth: float | None = None
    worth_expected: float | None = None

    @property
    def coverage(self) -> float | None:
        """The share of answers with a label, None without answers."""
        return self.labelled / self.predictions if self.predictions else None

    def metric(self, name: str) -> MetricFigure | None:
        """Return the figures of one metric."""
        return next((one for one in self.metrics if one.name == name), None)


class DayOfLabels(Record):
    """How many of the answers of a day have a label."""

    day: Moment
    predictions: int
    labelled: int


class LabelInbox(Record):
    """What came true so far for the answers of a time.

    ``delays`` counts labels by how long after the answer they were observed: (upper bound in hours, None for the last;
    labels). ``early`` were observed before: clocks differ. ``missing`` are the oldest answers without a label.
    """

    days: tuple[DayOfLabels, ...]
    predictions: int
    labelled: int
    delays: tuple[tuple[float | None, int], ...]
    median_hours: float | None
    early: int
    missing: tuple[tuple[str, Moment], ...]


class SystemPoint(Record):
    """What the scoring API did from ``at`` on, for the length of a step: requests, those that failed by our fault or
    were refused by the caller's, rows, and quantiles of latency in ms (None without answers). ``cores`` is the
    processor time of its processes as a number of busy cores, ``memory_mb`` the most memory they had together; None
    where that was not measured."""

    at: Moment
    requests: int
    failed: int
    refused: int
    rows: int
    p50_ms: float | None
    p95_ms: float | None
    p99_ms: float | None
    cores: float | None = None
    memory_mb: float | None = None
