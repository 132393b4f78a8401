"""The retraining plan of a project, and what became of each retraining."""

from enum import StrEnum
from typing import Self

from pydantic import Field, model_validator

from core.records.base import Moment, Record

DAY_S = 86_400


class DataChoice(StrEnum):
    """Which rows a retraining learns from."""

    LATEST = "latest"
    WINDOW = "window"
    WEIGHTED = "weighted"
    LABELLED = "labelled"


class Trial(StrEnum):
    """How a challenger is tried on real requests before anybody decides."""

    NONE = "none"
    SHADOW = "shadow"
    CANARY = "canary"


class PlanDraft(Record):
    """What people decide about a project's retrainings.

    ``dataset`` is the champion's when empty; LABELLED takes the logged predictions whose truth is known instead.
    ``span`` is the length of WINDOW or the half-life of WEIGHTED, such as ``90d``, counted back from the newest moment
    of the time column. ``trials`` above 0 searches the hyperparameters anew, for ``seconds`` at most. A challenger that
    passed its gates is tried for ``trial_s`` (``share`` of the requests), then promoted when ``promote`` allows it;
    a new champion that does ``worse_by`` percent worse than at training within ``probation_s`` is rolled back.
    """

    data: DataChoice = DataChoice.LATEST
    dataset: str = Field(default="", max_length=80)
    span: str = Field(default="", max_length=12)
    trials: int = Field(default=0, ge=0, le=200)
    seconds: int | None = Field(default=None, ge=10, le=86_400)
    trial: Trial = Trial.NONE
    trial_s: int = Field(default=DAY_S, ge=60, le=90 * DAY_S)
    share: float = Field(default=0.1, gt=0, le=0.5)
    promote: bool = False
    probation_s: int = Field(default=7 * DAY_S, ge=0, le=366 * DAY_S)
    worse_by: float = Field(default=10.0, gt=0, le=1000)

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        if self.data in (DataChoice.WINDOW, DataChoice.WEIGHTED) and not self.span:
            raise ValueError("say how long it is, such as 90d")
        return self


class RetrainingPlan(PlanDraft):
    """The plan a project has now; one that nobody set has ``changed_by`` empty."""

    project: str
    changed_at: Moment | None = None
    changed_by: str = ""

    @property
    def draft(self) -> PlanDraft:
        """What people decided."""
        return PlanDraft(**{name: getattr(self, name) for name in PlanDraft.model_fields})


class RetrainingOutcome(StrEnum):
    """Where a retraining led."""

    NO_NEW_DATA = "no new data"
    TOO_LITTLE = "too little data"
    DATA_FAILED = "data failed"
    FAILED = "failed"
    CHALLENGER = "waits"
    HELD = "held"
    ON_TRIAL = "on trial"
    TRIED = "tried"
    PROMOTED = "promoted"
    KEPT = "kept"
    ROLLED_BACK = "rolled back"
    PASSED_OVER = "passed over"

    @property
    def is_open(self) -> bool:
        """Whether something may still come of it by itself or by a person."""
        return self in (
            RetrainingOutcome.CHALLENGER,
            RetrainingOutcome.HELD,
            RetrainingOutcome.ON_TRIAL,
            RetrainingOutcome.TRIED,
            RetrainingOutcome.PROMOTED,
        )


class Retraining(Record):
    """One retraining from its cause to its effect; ``id`` is that of its job.

    ``champion`` served when it began. ``value`` and ``champion_value`` are the primary metric of the new version and
    of that champion; ``same_rows`` tells whether both were measured on the same held-out rows. ``decided_at`` is when
    the outcome was last another; ``due_at`` is when it is decided what comes next.
    """

    id: str
    project: str
    cause: str
    cause_id: str = ""
    reason: str = ""
    at: Moment
    champion: int
    version: int | None = None
    dataset: str = ""
    metric: str = ""
    value: float | None = None
    champion_value: float | None = None
    same_rows: bool = False
    verdict: str = ""
    outcome: RetrainingOutcome
    note: str = ""
    seconds: float = 0.0
    decided_at: Moment
    due_at: Moment | None = None


class EffectPoint(Record):
    """The primary metric of the labelled requests of the week from ``at`` on: ``value`` by what served, ``without`` by
    the version that served before any retraining."""

    at: Moment
    rows: int
    value: float | None
    without: float | None


class EffectCurve(Record):
    """What retraining gained on real requests: ``version`` is the one that served before it, ``rows`` how many labelled
    requests were answered anew, ``note`` why there is no curve."""

    version: int | None
    metric: str
    points: tuple[EffectPoint, ...] = ()
    rows: int = 0
    note: str = ""
