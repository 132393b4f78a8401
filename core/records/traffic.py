"""How the requests of a project are divided between its champion and one candidate."""

from enum import StrEnum

from pydantic import Field

from core.records.base import Moment, Record


class TrafficMode(StrEnum):
    """What a candidate takes part in; its answers are logged in a cohort of this name."""

    CANARY = "canary"
    """A share of the requests is answered by the candidate, which is rolled back when it does worse."""
    AB = "ab"
    """A share of the requests is answered by the candidate, to measure a difference."""
    SHADOW = "shadow"
    """The candidate computes beside the champion; nobody gets its answers."""


class TrafficEnd(StrEnum):
    """Why a candidate's part in the traffic ended."""

    CHANGED = "changed"
    STOPPED = "stopped"
    ROLLED_BACK = "rolled back"
    PROMOTED = "promoted"
    CHAMPION_CHANGED = "champion changed"


class Guards(Record):
    """What makes a canary roll back, each by itself; None leaves that one out.

    ``minimum`` is how many answers of the candidate, or labels of them, there must be before it is judged.
    ``errors`` is by how much its share of failed requests may exceed the champion's. ``latency`` is how many times the
    champion's 95th percentile its own may be. ``loss`` is by how much its mean loss by labels may exceed the champion's
    (share of wrong classes, or mean absolute error in units of the target).
    """

    minimum: int = Field(default=100, ge=10)
    errors: float | None = Field(default=0.01, ge=0, lt=1)
    latency: float | None = Field(default=2.0, ge=1)
    loss: float | None = Field(default=0.0, ge=0)


class Traffic(Record):
    """The interval during which a candidate took part in the traffic; ``until`` is None while it still does.

    ``share`` is the part of the requests it answers, or that are mirrored to it. ``sticky`` names the header whose
    value decides who answers; empty, or where a request lacks it, the prediction id does.
    """

    id: int
    project: str
    mode: TrafficMode
    version: int
    run_id: str
    bundle_sha256: str
    share: float = Field(gt=0, le=1)
    sticky: str
    guards: Guards
    since: Moment
    until: Moment | None = None
    actor: str
    reason: str
    end: TrafficEnd | None = None
    ended_by: str = ""
    end_reason: str = ""


class ServingTally(Record):
    """What one process of the scoring API answered in one minute with one version in one cohort.

    ``requests`` are those that version was asked; of them ``refused`` were the caller's fault and ``failed`` ours.
    ``rows`` were answered. ``buckets`` counts answered requests by how long they took, one more than
    :data:`LATENCY_S` has bounds; ``seconds`` is their sum. ``cpu_s`` is the processor time and ``memory_mb`` the most
    memory of the process in that minute, its workers included and for all it answered: the same in each of its tallies
    of a minute, 0 where it was not measured.
    """

    project: str
    process: str
    minute: Moment
    version: int
    cohort: str
    requests: int
    refused: int
    failed: int
    rows: int
    buckets: tuple[int, ...]
    seconds: float
    cpu_s: float = 0.0
    memory_mb: float = 0.0


LATENCY_S = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
"""Upper bounds of the classes of latency, in seconds; the last class has none."""


class Measure(StrEnum):
    """What candidate and champion are compared by."""

    ERRORS = "errors"
    """Share of requests that failed."""
    LATENCY = "latency"
    """95th percentile of the time to an answer, in seconds; judged by the share of slow answers."""
    LOSS = "loss"
    """Share of wrong classes, or mean absolute error, by the labels that came."""
    ANSWER = "answer"
    """Share of answers with the positive class, or mean answer: different, but neither better nor worse."""


class Finding(StrEnum):
    """What can be said of a difference at this moment."""

    FEW = "too few yet"
    OPEN = "no difference shown"
    BETTER = "better"
    WORSE = "worse"
    SHIFTED = "shifted"


class Comparison(Record):
    """A candidate beside the champion by one measure, since it takes part.

    ``low`` and ``high`` bound the difference of what is compared (for latency that of the shares of answers slower
    than ``slow_s``), at all times at once; None where nothing bounds it. ``p`` stays valid however often one looks.
    """

    measure: Measure
    champion: float | None
    candidate: float | None
    champion_rows: int
    candidate_rows: int
    difference: float | None
    low: float | None
    high: float | None
    p: float
    minimum: int
    finding: Finding
    slow_s: float | None = None
    breach: str = ""


class Standing(Record):
    """All comparisons of a candidate with the champion."""

    traffic: Traffic
    comparisons: tuple[Comparison, ...]
    confidence: float
