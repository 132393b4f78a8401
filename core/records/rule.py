"""Retraining rules: which signs together say that it is time to retrain, and what each look at them found."""

from enum import StrEnum
from typing import Self

from pydantic import Field, model_validator

from core.records.base import Moment, Record

DAY_S = 86_400


class Sign(StrEnum):
    """What a condition looks for in what the stores hold."""

    DRIFT = "drift"
    CONCEPT = "concept"
    PERFORMANCE = "performance"
    ESTIMATED = "estimated"
    QUALITY = "quality"
    VERSION = "version"
    ROWS = "rows"
    LABELS = "labels"
    ALERT = "alert"
    WEBHOOK = "webhook"


class Condition(Record):
    """One sign, seen since the rule last started or suggested something.

    ``of`` narrows it: the dataset of VERSION and ROWS, the least severity of ALERT, the name of a WEBHOOK's signal.
    ``amount`` is how many new rows or labels, or by how many percent the performance fell.
    """

    sign: Sign
    of: str = Field(default="", max_length=80)
    amount: float | None = Field(default=None, gt=0)


class RuleMode(StrEnum):
    """What a rule does when its conditions hold."""

    SUGGEST = "suggest"
    ACT = "act"


class QuietHours(Record):
    """The hours of the day (``22:00`` to ``06:00``) in which a rule waits, on the clocks of ``timezone``."""

    start: str = Field(pattern=r"^([01]\d|2[0-3]):[0-5]\d$")
    end: str = Field(pattern=r"^([01]\d|2[0-3]):[0-5]\d$")
    timezone: str = "UTC"


class RuleDraft(Record):
    """What people decide about a rule: at least ``needed`` of its conditions must hold.

    It waits ``cooldown_s`` after it last started or suggested something, and does so ``per_day`` times a day at most
    (days of its quiet hours' time zone, else UTC).
    """

    name: str = Field(default="", max_length=80)
    conditions: tuple[Condition, ...] = Field(min_length=1, max_length=12)
    needed: int = Field(default=1, ge=1)
    mode: RuleMode = RuleMode.SUGGEST
    quiet: QuietHours | None = None
    cooldown_s: int = Field(default=DAY_S, ge=0, le=366 * DAY_S)
    per_day: int = Field(default=1, ge=1, le=100)

    @model_validator(mode="after")
    def _can_hold(self) -> Self:
        if self.needed > len(self.conditions):
            raise ValueError(f"{self.needed} of {len(self.conditions)} conditions can never hold")
        return self


class RetrainingRule(RuleDraft):
    """A rule of a project.

    What happened before ``since`` does not count. ``seen`` stands for what it last looked at; ``look_at`` is when it
    looks again though nothing changed, since what held it ends then.
    """

    id: str
    project: str
    enabled: bool
    since: Moment
    seen: str = ""
    look_at: Moment | None = None
    created_at: Moment
    created_by: str

    @property
    def draft(self) -> RuleDraft:
        """What people decided about it."""
        return RuleDraft(**{name: getattr(self, name) for name in RuleDraft.model_fields})


class Finding(Record):
    """What one look found of one condition, in words; ``evidence`` names what it rests on, as ``report:ID``,
    ``alert:ID`` or ``data:NAME@N``, where that is one stored thing."""

    sign: Sign
    met: bool
    reason: str
    evidence: str = ""


class Decision(StrEnum):
    """What came of a look at a rule's conditions."""

    NOT_MET = "not met"
    HELD = "held"
    JOINED = "joined"
    SUGGESTED = "suggested"
    ACTED = "acted"


class Answer(StrEnum):
    """What a person made of a suggestion."""

    ACCEPTED = "accepted"
    DISMISSED = "dismissed"


class Evaluation(Record):
    """One look at a rule: what was found, what was decided, and why.

    ``job_id`` is the retraining it started or joined. A SUGGESTED one waits until a person gave an ``answer``.
    """

    id: str
    rule_id: str
    project: str
    at: Moment
    decision: Decision
    reason: str
    findings: tuple[Finding, ...]
    job_id: str | None = None
    answer: Answer | None = None
    answered_by: str | None = None
    answered_at: Moment | None = None

    @property
    def waits(self) -> bool:
        """Whether it is a suggestion that nobody answered."""
        return self.decision is Decision.SUGGESTED and self.answer is None


class Signal(Record):
    """Something another program told a project: its ``id`` never counts twice."""

    id: str
    project: str
    name: str = ""
    note: str = ""
    at: Moment
    by: str
