"""Replays: what a challenger would have answered to the requests that were logged."""

from pydantic import Field

from core.records.base import Moment, Record


class ReplayRequest(Record):
    """Which logged requests are scored again: the ``last`` so many, of those since and before two moments."""

    version: int
    last: int = Field(default=10_000, ge=1, le=1_000_000)
    since: Moment | None = None
    until: Moment | None = None


class Flip(Record):
    """Answers that were ``before`` and would be ``after``: how many, and which share of all."""

    before: str
    after: str
    rows: int
    share: float


class ScoreBin(Record):
    """The share of the answers of each model whose score lies from ``low`` to ``high``."""

    low: float
    high: float
    champion: float
    challenger: float


class ReplaySegment(Record):
    """Requests of one kind: how many, the share of them that flips, and the mean score under each model."""

    name: str
    rows: int
    flips: float
    champion: float
    challenger: float


class ReplayFault(Record):
    """Requests that the challenger would refuse: the field, what is wrong, and how many of them there are."""

    field: str
    problem: str
    rows: int


class ReplayLabels(Record):
    """A metric of both models on the requests whose truth arrived, the gain (positive: the challenger is better) and
    its 95 % interval; None where it is not defined."""

    metric: str
    rows: int
    champion: float | None = None
    challenger: float | None = None
    gain: float | None = None
    low: float | None = None
    high: float | None = None


class ReplayFindings(Record):
    """What the comparison showed over ``rows`` requests that both models answered.

    ``flip_share`` has its 95 % interval in ``low`` and ``high``. For numbers an answer flips when it moves by more than
    a tenth of the spread of the champion's answers (5th to 95th percentile), and ``flips`` are up and down.
    ``moved`` is the mean absolute change of the score (the number itself for a regression), ``psi`` and ``ks`` how far
    the distributions of both scores are apart. ``logged_as_champion`` rows were answered by the champion when they
    were logged; for the others it was asked again. ``ms`` is the median time of one answer.
    """

    rows: int
    logged_as_champion: int
    flip_share: float
    low: float
    high: float
    flips: tuple[Flip, ...] = ()
    moved: float
    psi: float
    ks: float
    scores: tuple[ScoreBin, ...] = ()
    segments: tuple[ReplaySegment, ...] = ()
    faults: tuple[ReplayFault, ...] = ()
    refused: int = 0
    ms: float | None = None
    champion_ms: float | None = None
    labels: ReplayLabels | None = None


class Replay(Record):
    """The stored result of one replay of a version against what served; ``since`` and ``until`` are the moments of the
    first and the last request."""

    id: str
    project: str
    version: int
    bundle_sha256: str
    champion: int
    champion_sha256: str
    since: Moment
    until: Moment
    findings: ReplayFindings
    summary: str
    actor: str
    created_at: Moment
