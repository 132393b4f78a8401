"""Schedules and their firings."""

from enum import StrEnum

from pydantic import Field

from core.records.base import JsonObject, Moment, Record


class ScheduleAction(StrEnum):
    """What a schedule starts."""

    RETRAIN = "retrain"
    MONITOR = "monitor"
    INGEST = "ingest"
    BATCH_PREDICT = "batch-predict"
    MATERIALIZE = "materialize"
    REPORT = "report"
    BACKUP = "backup"
    TIDY = "gc"
    CHECK = "fsck"


class TriggerKind(StrEnum):
    """How the moments of a schedule are given."""

    CRON = "cron"
    EVERY = "every"
    AT = "at"


class MissedPolicy(StrEnum):
    """What happens to moments that passed while no worker was up."""

    RUN_ONCE = "run-once"
    RUN_ALL = "run-all"
    SKIP = "skip"


class Overlap(StrEnum):
    """What happens to a moment that comes while as many jobs of its schedule as may be are at work."""

    SKIP = "skip"
    QUEUE = "queue"


class Trigger(Record):
    """When a schedule fires: a cron expression, a period like ``6h``, or a moment; read in ``timezone``."""

    kind: TriggerKind
    expression: str
    timezone: str


class Conduct(Record):
    """How a schedule behaves around its moments.

    ``most_missed`` is how many of the newest missed moments RUN_ALL makes up for; ``at_once`` how many jobs of the
    schedule may be at work; each moment is acted on up to ``jitter_s`` seconds later, by a length of its own that is
    always the same.
    """

    missed: MissedPolicy = MissedPolicy.RUN_ONCE
    most_missed: int = Field(default=5, ge=1, le=100)
    overlap: Overlap = Overlap.SKIP
    at_once: int = Field(default=1, ge=1, le=16)
    jitter_s: int = Field(default=0, ge=0, le=3600)


class ScheduleDraft(Record):
    """What people decide about a schedule: what happens, and when; no moment lies before ``starts_at`` or after
    ``ends_at``."""

    name: str = Field(default="", max_length=80)
    action: ScheduleAction
    payload: JsonObject = {}
    trigger: Trigger
    conduct: Conduct = Conduct()
    starts_at: Moment | None = None
    ends_at: Moment | None = None


class Schedule(ScheduleDraft):
    """A trigger with an action; ``next_at`` is None when it will not fire again.

    ``due_at`` is when the next moment is acted on; ``waiting_since`` is set while it waits for a job of an earlier one.
    """

    id: str
    project: str
    enabled: bool
    anchor: Moment
    next_at: Moment | None
    due_at: Moment | None
    waiting_since: Moment | None = None
    created_at: Moment
    created_by: str

    @property
    def is_over(self) -> bool:
        """Whether no moment of it is left."""
        return self.enabled and self.next_at is None

    @property
    def draft(self) -> ScheduleDraft:
        """What people decided about it."""
        return ScheduleDraft(**{name: getattr(self, name) for name in ScheduleDraft.model_fields})


class FiringOutcome(StrEnum):
    """What became of an expected moment."""

    RAN = "ran"
    LATE = "late"
    MERGED = "merged"
    SKIPPED = "skipped"
    MISSED = "missed"


class Firing(Record):
    """One expected moment of a schedule; unique per schedule and slot."""

    schedule_id: str
    project: str
    slot: Moment
    outcome: FiringOutcome
    job_id: str | None
    reason: str
    decided_at: Moment
