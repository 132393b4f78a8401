"""Alert rules, alerts and what became of them."""

from enum import StrEnum

from pydantic import Field

from core.records.base import Moment, Record


class Severity(StrEnum):
    """How much an alert matters."""

    INFO = "info"
    WARNING = "warning"
    CRITICAL = "critical"

    @property
    def rank(self) -> int:
        """Higher is worse."""
        return list(Severity).index(self)


class Watched(StrEnum):
    """What a rule looks at.

    Figures of stored reports: the verdict of drift (1 or 0), the share of tested columns that drifted, the statistic of
    a column's drift test, any other figure by its name; a metric on labelled answers, the same estimated without
    labels, the share of answers that have a label. Figures of the scoring API: latency and share of failed requests,
    requests, busy cores and memory. Counts of a time: failed jobs, and champions that the API could not load.
    """

    DRIFT = "drift"
    DRIFT_SHARE = "drift_share"
    COLUMN = "column_statistic"
    FIGURE = "figure"
    PERFORMANCE = "performance"
    ESTIMATE = "estimated_performance"
    COVERAGE = "label_coverage"
    LATENCY = "latency_ms"
    ERRORS = "error_rate"
    REQUESTS = "requests"
    CORES = "cores"
    MEMORY = "memory_mb"
    FAILED_JOBS = "failed_jobs"
    FAILED_LOADS = "failed_loads"


class ConditionKind(StrEnum):
    """How a value is judged: against a limit, against the mean of those before, against their mean and spread, or by
    its not being there."""

    THRESHOLD = "threshold"
    CHANGE = "change"
    ZSCORE = "zscore"
    ABSENCE = "absence"


class Direction(StrEnum):
    """The side on which a value is bad."""

    ABOVE = "above"
    BELOW = "below"


class Condition(Record):
    """When a value is bad.

    ``limit`` is in the unit of what is watched for THRESHOLD, a share for CHANGE (0.2: a fifth more or less than
    before), standard deviations for ZSCORE, and hours for ABSENCE. CHANGE and ZSCORE compare with the ``earlier``
    values before. It fires when ``times`` of the last ``of`` values are bad; values of fewer than ``least`` rows say
    nothing.
    """

    kind: ConditionKind = ConditionKind.THRESHOLD
    direction: Direction = Direction.ABOVE
    limit: float = Field(allow_inf_nan=False)
    earlier: int = Field(default=10, ge=3, le=100)
    times: int = Field(default=1, ge=1, le=30)
    of: int = Field(default=1, ge=1, le=30)
    least: int = Field(default=0, ge=0)


class AlertRuleDraft(Record):
    """What people decide about a rule.

    ``subject`` narrows what is watched: a column (``*`` for each), a figure as ``kind:name``, a metric, ``p50``,
    ``p95`` or ``p99`` of latency, a kind of job.
    ``window_s`` is the time over which figures of the API and counts are taken. Within ``cooldown_s``
    nobody is told a second time of one cause. ``channels`` are ids; none means every channel of the project.
    """

    name: str = Field(min_length=1, max_length=80)
    watched: Watched
    subject: str = Field(default="", max_length=200)
    condition: Condition
    severity: Severity = Severity.WARNING
    window_s: int = Field(default=3600, ge=60, le=31 * 86_400)
    cooldown_s: int = Field(default=6 * 3600, ge=0, le=31 * 86_400)
    owner: str = Field(default="", max_length=80)
    channels: tuple[str, ...] = ()


class AlertRule(AlertRuleDraft):
    """A rule in force. ``cursor`` names the newest sample that was judged; while ``muted_until`` lies ahead, what
    fires opens muted and nobody is told."""

    id: str
    project: str
    enabled: bool = True
    muted_until: Moment | None = None
    cursor: str = ""
    created_at: Moment
    created_by: str

    @property
    def draft(self) -> AlertRuleDraft:
        """What people decided about it."""
        return AlertRuleDraft(**{name: getattr(self, name) for name in AlertRuleDraft.model_fields})


class AlertState(StrEnum):
    """Where an alert is in its life."""

    OPEN = "open"
    ACKNOWLEDGED = "acknowledged"
    MUTED = "muted"
    RESOLVED = "resolved"

    def may_become(self, target: "AlertState") -> bool:
        """Whether the step from this state to ``target`` is legal."""
        return target in TRANSITIONS[self]


TRANSITIONS: dict[AlertState, frozenset[AlertState]] = {
    AlertState.OPEN: frozenset({AlertState.ACKNOWLEDGED, AlertState.MUTED, AlertState.RESOLVED}),
    AlertState.ACKNOWLEDGED: frozenset({AlertState.OPEN, AlertState.MUTED, AlertState.RESOLVED}),
    AlertState.MUTED: frozenset({AlertState.OPEN, AlertState.ACKNOWLEDGED, AlertState.RESOLVED}),
    AlertState.RESOLVED: frozenset({AlertState.OPEN, AlertState.MUTED}),
}
"""Legal steps; RESOLVED to OPEN is a cause that came back."""

UNRESOLVED = (AlertState.OPEN, AlertState.ACKNOWLEDGED, AlertState.MUTED)


class Alert(Record):
    """One cause that made a rule fire, with its life.

    ``cause`` is unique within the project: the rule and, where it watches several things, the one (``series``). A cause
    that comes back opens the same alert again: ``openings`` counts that, ``told_opening`` is the last of them that
    people were told of, ``times`` counts the samples that fired. ``sample`` names the last of these and ``evidence``
    the report it came from.
    """

    id: str
    project: str
    rule_id: str
    cause: str
    series: str
    title: str
    summary: str
    severity: Severity
    owner: str
    state: AlertState
    value: float | None
    sample: str
    evidence: str | None
    openings: int
    told_opening: int
    told_at: Moment | None
    times: int
    first_at: Moment
    opened_at: Moment
    seen_at: Moment
    muted_until: Moment | None = None


class AlertChange(Record):
    """One step in an alert's life; ``before`` is None for the first. ``number`` grows over all alerts of all projects,
    so that readers can go on where they stopped; 0 until it is stored."""

    number: int = 0
    alert_id: str
    project: str
    at: Moment
    actor: str
    before: AlertState | None
    after: AlertState
    note: str = ""


class PastFiring(Record):
    """One sample of the past on which a rule would have fired; ``opens`` when it would have opened an alert."""

    at: Moment
    series: str
    value: float | None
    why: str
    opens: bool


class AlertBackTest(Record):
    """What a rule would have done on the stored history: how many of its ``samples`` had fired, how many alerts these
    had opened, and of how many people had been told. ``points`` are the values it had looked at: (moment, what of,
    value). Of the openings ``judged`` lie in a window whose performance is known, ``with_drop`` in one where it
    dropped; ``missed`` are drops during which it was silent. ``sentence`` says it in words."""

    samples: int
    first_at: Moment | None
    last_at: Moment | None
    fired: int
    opened: int
    told: int
    firings: tuple[PastFiring, ...]
    points: tuple[tuple[Moment, str, float], ...] = ()
    judged: int = 0
    with_drop: int = 0
    missed: int = 0
    sentence: str = ""
