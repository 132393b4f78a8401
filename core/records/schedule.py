"""Schedules and their firings."""

from enum import StrEnum

from core.records.base import JsonObject, Moment, Record


class ScheduleAction(StrEnum):
    """What a schedule starts."""

    RETRAIN = "retrain"
    MONITOR = "monitor"


class TriggerKind(StrEnum):
    """How the moments of a schedule are given."""

    CRON = "cron"
    EVERY = "every"
    AT = "at"


class MissedPolicy(StrEnum):
    """What happens to moments that passed while no worker was up."""

    RUN_ONCE = "run-once"
    SKIP = "skip"


class Trigger(Record):
    """When a schedule fires: a cron expression, a period like ``6h``, or a moment; read in ``timezone``."""

    kind: TriggerKind
    expression: str
    timezone: str


class Schedule(Record):
    """A trigger with an action; ``next_at`` is None when it will not fire again."""

    id: str
    project: str
    action: ScheduleAction
    payload: JsonObject
    trigger: Trigger
    missed: MissedPolicy
    enabled: bool
    anchor: Moment
    next_at: Moment | None
    created_at: Moment
    created_by: str


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
